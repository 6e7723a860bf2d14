"""Where the facts, the checks and the rules of the diagnosis are: each has its name above it, where it is written."""

SUBJECTS = ("checks.facts", "checks.judge", "checks.diagnosis")
"""Packages; all that is marked in them and below is known."""
