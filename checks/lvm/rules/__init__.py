"""What is wrong, of LVM."""
