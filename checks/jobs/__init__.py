"""Ganeti's jobs: the queue, locks, processes, and the step `job`."""
