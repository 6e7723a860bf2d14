"""The programs of a simulated node: what they read and change, and the words they answer with."""
