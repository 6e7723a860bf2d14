"""What all tests of faults have in common."""

from __future__ import annotations

import pytest

from engine.hosts import pool


@pytest.fixture(autouse=True)
def failures_are_soon_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that did not answer is tried again as soon as the run wants to: the wait is of no interest here."""
    monkeypatch.setattr(pool, "REMEMBERED", 0.1)
