"""The cluster and its nodes: configuration, masters, daemons, votes."""
