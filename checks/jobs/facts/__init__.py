"""What is so, of Ganeti's jobs."""
