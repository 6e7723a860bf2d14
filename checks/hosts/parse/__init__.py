"""What is read, of hosts under Ganeti."""
