"""What tools of Ganeti printed, in words."""
