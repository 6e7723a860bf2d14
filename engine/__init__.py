"""The engine: how a run goes. It knows nothing of Ganeti; packs of checks teach it."""

__version__ = "0.1.0"
