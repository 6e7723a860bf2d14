"""Each fault of a link, at each moment of each step of a run, against a real sshd."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.faults.judging import survived
from tests.faults.moments import BETWEEN, MOMENTS, Moment
from tests.faults.wires import NAMES, TOLD
from tests.sshd import Sshd


@pytest.fixture
def own_sshd(tmp_path: Path) -> Iterator[Sshd]:
    folder = tmp_path / "sshd"
    folder.mkdir()
    with Sshd(folder) as server:
        yield server


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("name", "moment"), [*product(NAMES, MOMENTS), *product(TOLD, BETWEEN)])
def test_a_change_ends_once_whatever_becomes_of_its_link(
    own_sshd: Sshd, tmp_path: Path, name: str, moment: Moment
) -> None:
    survived(own_sshd, tmp_path, name, moment)
