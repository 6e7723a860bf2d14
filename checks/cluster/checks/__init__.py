"""What has to hold, of the cluster and its nodes."""
