"""A diagnosis does no more for a node where there are many of them: what it does is counted, not how long it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.hosts.memory import Memory
from tests.checks.diagnosis.growth import PARSERS, Counted, diagnosed

TOLERANCE = 1.1
FLOOR = 100
"""Too few to tell of growth: some things are done only where a node has more than so many disks."""


def _outgrown(few: Counted, some: Counted, many: Counted) -> dict[str, tuple[int, int, int]]:
    """What is done more often for each further node where there are more of them, from twice to twice as many."""
    names = {*few.done, *some.done, *many.done}
    counts = {name: (few.done[name], some.done[name], many.done[name]) for name in sorted(names)}
    return {name: (one, two, three) for name, (one, two, three) in counts.items()
            if three - two > 2 * (two - one) * TOLERANCE + FLOOR}  # fmt: skip


@pytest.mark.parametrize("scenario", ["healthy", "master-failover", "split-brain-replace"])
def test_a_diagnosis_grows_with_the_nodes_and_no_faster(scenario: str) -> None:
    diagnosed(3, scenario)  # what the program keeps for good is there then
    counts = [diagnosed(nodes, scenario) for nodes in (10, 20, 40)]
    assert all(one.done["reads"] and one.done["parses"] for one in counts)
    assert _outgrown(*counts) == {}


def test_without_a_memory_it_would_grow_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(_memory: Memory, _key: object, work: Callable[[], Any]) -> Any:
        return work()

    monkeypatch.setattr(Memory, "once", forgetful)
    outgrown = _outgrown(*(diagnosed(nodes) for nodes in (4, 8, 16)))
    assert {"parses", "calls"} <= outgrown.keys()
    assert any(PARSERS.match(name) for name in outgrown)
