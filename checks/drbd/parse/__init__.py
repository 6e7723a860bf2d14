"""What is read, of mirrored disks."""
