"""What is read, of ssh between the nodes."""
