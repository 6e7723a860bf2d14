"""What is so, of LVM."""
