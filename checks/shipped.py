"""The files that come with this program: found without importing what it knows of Ganeti."""

from __future__ import annotations

from pathlib import Path

from engine.headings import Shipped

_RUNBOOKS = Path(__file__).parents[1] / "runbooks"

shipped = Shipped(_RUNBOOKS, _RUNBOOKS / "drills")
