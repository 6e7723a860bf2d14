"""What DRBD 8.4 is, apart from any cluster that uses it."""
