"""A sample of tests/faults: a link that is lost at its worst moments, against a real sshd."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.hosts import pool
from tests.faults.judging import survived
from tests.faults.moments import Moment
from tests.sshd import Sshd

WORST: tuple[tuple[str, Moment], ...] = (
    ("cut", "while it ends"),
    ("torn", "as it is sent"),
    ("half", "as its outcome comes back"),
)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("name", "moment"), WORST)
def test_a_change_ends_once_whatever_becomes_of_its_link(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, moment: Moment
) -> None:
    monkeypatch.setattr(pool, "REMEMBERED", 0.1)
    survived(sshd, tmp_path, name, moment)
