"""What is so, of ssh between the nodes."""
