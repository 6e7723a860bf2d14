"""What is so, of instances."""
