"""What is read, of the cluster and its nodes."""
