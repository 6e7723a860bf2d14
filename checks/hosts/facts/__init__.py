"""What is so, of hosts under Ganeti."""
