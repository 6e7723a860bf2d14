"""What is so, of the cluster and its nodes."""
