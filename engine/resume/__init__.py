"""Going on with a run that did not reach its end: what it had come to, and what became of what was under way."""
