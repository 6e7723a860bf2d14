"""What is read, of Ganeti's jobs."""
