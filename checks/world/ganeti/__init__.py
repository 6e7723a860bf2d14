"""What Ganeti does in the simulated cluster: its daemons, its jobs and their locks, what it makes of disks and keys."""
