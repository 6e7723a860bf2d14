"""A diagnosis does no more for a node where there are many of them: what it does is counted, not how long it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.transport.memory import Memory
from tests.checks.diagnosis.growth import Counted, diagnosed

FEW, SOME, MANY = 6, 12, 24
TIMES = MANY // FEW
TOLERANCE = 1.1
FLOOR = 4 * MANY
"""Calls that are too few to tell of growth: some things are done only where nodes have more than so many disks."""


def _outgrown(few: Counted, many: Counted) -> list[str]:
    """Functions that were called more often than there are more nodes."""
    return [f"{name}: {few.calls[name]}, {number}" for name, number in many.calls.items()
            if number > TIMES * few.calls[name] * TOLERANCE + FLOOR]  # fmt: skip


@pytest.mark.parametrize("scenario", ["healthy", "master-failover", "split-brain-replace", "drbd-recreate-secondary"])
def test_a_diagnosis_grows_with_the_nodes_and_no_faster(scenario: str) -> None:
    few, some, many = (diagnosed(nodes, scenario) for nodes in (FEW, SOME, MANY))
    assert _outgrown(few, many) == []
    # What each further node costs: the second dozen no more than the first six.
    for cost in (lambda one: one.reads, lambda one: one.parses, lambda one: one.all_calls):
        assert cost(many) - cost(some) <= TIMES / 2 * (cost(some) - cost(few)) * TOLERANCE


def test_without_a_memory_it_would_grow_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(_memory: Memory, _key: object, work: Callable[[], Any]) -> Any:
        return work()

    monkeypatch.setattr(Memory, "once", forgetful)
    few, many = diagnosed(2), diagnosed(2 * TIMES)
    assert many.parses > few.parses * TIMES * 2
    assert any("parse_processes" in one for one in _outgrown(few, many))
