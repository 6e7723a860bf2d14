"""Mirrored disks: what DRBD says of both sides, which to keep, what is missing."""
