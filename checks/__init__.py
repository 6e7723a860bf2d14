"""What Ganeti is: reads a cluster into typed facts, judges them, imitates a cluster for rehearsals."""
