"""What is wrong, of the cluster and its nodes."""
