"""What is read, of LVM."""
