"""Recognising incidents: rules that look at a whole cluster, one subject a file."""
