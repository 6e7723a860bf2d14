"""The kinds of steps, each in a file of its own: plan, ask, perform."""
