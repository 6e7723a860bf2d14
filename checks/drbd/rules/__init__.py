"""What is wrong, of mirrored disks."""
