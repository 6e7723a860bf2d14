"""What is wrong, of instances."""
