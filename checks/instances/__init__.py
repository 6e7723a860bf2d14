"""Instances: as configured, where they run, what works on them."""
