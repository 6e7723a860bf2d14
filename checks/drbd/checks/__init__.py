"""What has to hold, of mirrored disks."""
