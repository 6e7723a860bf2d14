"""Where the facts, the checks and the rules of the diagnosis are: each has its name above it, where it is written."""

SUBJECTS = tuple(
    f"checks.{one}" for one in ("cluster", "jobs", "instances", "lvm", "drbd", "ssh", "hosts", "diagnosis")
)
"""Packages; all that is marked in them and below is known."""
