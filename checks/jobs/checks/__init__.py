"""What has to hold, of Ganeti's jobs."""
