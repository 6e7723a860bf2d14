"""Reaching hosts: links to them, reads that cannot change anything, and changes that outlive their connection."""
