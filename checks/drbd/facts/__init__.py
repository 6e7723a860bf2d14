"""What is so, of mirrored disks."""
