"""What one simulated node is made of: files, packages, processes, volumes, and its ends of DRBD devices."""
