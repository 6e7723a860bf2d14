"""The embedded cluster made like a captured one, so that the repair of this very incident can be rehearsed."""
