"""The network between gnt-runbook and its host goes and comes back, at moments of each step of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.judging import judge, travel
from tests.faults.moments import BETWEEN, Conductor, Moment
from tests.faults.network import Network
from tests.sshd import Sshd

NAMES = ("here", "there", "dropped", "one-way", "rejected")
MOMENTS: tuple[Moment, ...] = (*BETWEEN, "before it is sent", "while it goes on", "while it ends")


@pytest.fixture
def network() -> Iterator[Network]:
    with Network() as network:
        yield network


@pytest.fixture
def far_sshd(network: Network, tmp_path: Path) -> Iterator[Sshd]:
    folder = tmp_path / "sshd"
    folder.mkdir()
    with Sshd(folder, address=network.address, within=network.within) as server:
        yield server


@pytest.mark.timeout(240)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_change_ends_once_whatever_becomes_of_the_network(
    network: Network, far_sshd: Sshd, tmp_path: Path, name: str, moment: Moment
) -> None:
    fault = network.faults()[name]
    way = far_sshd.settings(state=str(tmp_path / "state"), connect_timeout=5.0, peer_timeout=3.0)
    conductor = Conductor(fault, moment, None)
    judge(conductor, travel(conductor, tmp_path / "journey", far_sshd.host(), way))
