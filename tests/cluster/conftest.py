"""The real cluster as fixtures.

`standing` is a whole one that the tests share; what a test leaves otherwise is replaced before the next one. `lab` is
the one lab behind them all. Tests that run beside each other (pytest-xdist) have a lab each. A new start takes more
than a minute, so tests that are marked `leaves_it_broken` come last, where nothing needs another one after them.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.lab import Lab
from tests.cluster.lab.timing import Timings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

HERE = Path(__file__).parent
LAB = pytest.StashKey[Lab]()
TIMES = pytest.StashKey[Timings]()
# Of the test alone: what the lab itself does has deadlines of its own, and a build may take long.
LIMIT = 2700


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder needs the cluster, and longer than an ordinary test."""
    items.sort(key=lambda item: item.get_closest_marker("leaves_it_broken") is not None)
    # Two labs have a half of the tests each. Begun last, the two that take longest would be alone at the end, with one
    # of two processors idle.
    for file, place in (("test_master_failover.py", 0), ("test_node_reinstall.py", len(items) // 2)):
        long = [item for item in items if item.path.name == file]
        others = [item for item in items if item.path.name != file]
        items[:] = [*others[:place], *long, *others[place:]]
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.cluster)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(LIMIT, func_only=True))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The lab, built as far as it was missing; always taken down at the end, also when pytest is ended."""
    lab = Lab()
    request.config.stash[LAB] = lab
    # pytest tears its fixtures down on an interrupt, but not on SIGTERM, which is what a CI sends.
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        lab.build()
        yield lab
    finally:
        lab.down()
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def standing(lab: Lab) -> Lab:
    """A whole cluster that others may have broken and repaired before: for tests that leave it whole."""
    lab.stand()
    return lab


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What runs beside another one hands its times over to the one that prints them."""
    lab, hand_over = session.config.stash.get(LAB, None), getattr(session.config, "workeroutput", None)
    if lab is not None and hand_over is not None:
        hand_over["lab"] = [list(part) for part in lab.timings.parts]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    told = getattr(node, "workeroutput", {}).get("lab", [])
    node.config.stash.setdefault(TIMES, Timings()).parts.extend((name, seconds) for name, seconds in told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lab = config.stash.get(LAB, None)
    times = config.stash.get(TIMES, None) or (lab.timings if lab else None)
    if times is not None:
        terminalreporter.section("time of each part of the labs")
        for line in times.table():
            terminalreporter.write_line(line)
