"""Ssh between the nodes: keys, trust, ports."""
