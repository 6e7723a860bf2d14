"""How the two sides of a simulated DRBD device meet, part, and copy."""
