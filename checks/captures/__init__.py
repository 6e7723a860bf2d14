"""What a capture of a Ganeti cluster needs besides: further reads, and what is secret in Ganeti's files."""
