"""What the simulated nodes store: logical volumes with what is written on them, and DRBD's devices on top."""
