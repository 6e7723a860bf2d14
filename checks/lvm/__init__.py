"""LVM: volumes, groups, filters."""
