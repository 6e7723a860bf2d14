"""What has to hold, of ssh between the nodes."""
