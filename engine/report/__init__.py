"""What a journal says, for people: reports of runs, and runs as they go."""
