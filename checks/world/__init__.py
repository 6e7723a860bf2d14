"""An imitated Ganeti cluster: the same commands, the same words, a state that really changes, and no real waiting."""
