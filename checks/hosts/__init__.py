"""Hosts under Ganeti: names, packages, files, a node installed anew."""
