"""What Ganeti's files and a node's tools say, from text to typed values. Nothing here reads a host."""
