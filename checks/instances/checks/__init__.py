"""What has to hold, of instances."""
