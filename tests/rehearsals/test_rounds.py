"""How often a host is asked: the rounds of a dry run, which do not grow with the cluster."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from structlog.contextvars import get_contextvars

from checks.world.scenarios import scenarios_on
from engine.hosts.host import Host, Links
from engine.hosts.reader import Reader
from engine.hosts.reads import Read
from engine.hosts.rounds import Answer
from engine.run import moments
from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import Rehearsal

FIRST = 10
"""Rounds of one host before the first step: what was never made before is as deep as its answers rest on each other."""
A_STEP = 5
"""Rounds of one host in a step: two, and more where it looks for something for the first time."""
AVERAGE = 2
"""Rounds of one host in a step that asks it anything, over all of them; what is new to one step is on top of that."""


class Counting(Reader):
    """A reader that counts the rounds to each host in each step, over all moments."""

    def __init__(self, links: Links, rounds: dict[str, Counter[str]]) -> None:
        super().__init__(links)
        self.rounds = rounds

    def moment(self) -> Reader:
        return Counting(self._links, self.rounds)

    def _ask_host(self, host: Host, reads: Sequence[Read]) -> Sequence[Answer]:
        step = get_contextvars().get("step", "")
        self.rounds.setdefault(step, Counter())[host.name] += 1
        return super()._ask_host(host, reads)


def rounds(rehearsal: Rehearsal) -> tuple[int, list[int]]:
    """Those of the host that is asked most in a dry run: before the first step, and in each step that asks anything."""
    reader = Counting(rehearsal.world.links, {})
    rehearsal.run.reader = reader
    dry_run(rehearsal.run, Overrides())
    steps = {step: max(one.values()) for step, one in reader.rounds.items()}
    return steps.pop("", 0), list(steps.values())


@pytest.mark.parametrize("scenario", sorted(name for name in ANSWERS if "." not in name))
def test_a_step_takes_few_rounds(tmp_path: Path, scenario: str) -> None:
    before, steps = rounds(Rehearsal(tmp_path, scenario, ANSWERS[scenario]))
    assert before <= FIRST
    assert max(steps, default=0) <= A_STEP
    assert sum(steps) <= AVERAGE * len(steps) + A_STEP


def of_size(folder: Path, nodes: int) -> Mapping[str, int]:
    path = folder / f"site-{nodes}.yaml"
    names = ", ".join(f"n{number}.example.net" for number in range(1, nodes + 1))
    path.write_text(f"nodes: [{names}]\n")
    found = {}
    for scenario in ("watcher-continue", "lvm-filter", "drbd-recreate-secondary"):
        world = scenarios_on(path)[scenario]()
        before, steps = rounds(Rehearsal(folder / f"{scenario}-{nodes}", scenario, {}, world=world))
        found[scenario] = max(before, *steps) if steps else before
    return found


def test_rounds_do_not_grow_with_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The simulated nodes are asked one after the other, and each read takes its time.
    monkeypatch.setattr(moments, "LASTS", math.inf)
    small, middle, large = (of_size(tmp_path, nodes) for nodes in (2, 10, 20))
    for scenario in small:
        assert small[scenario] >= middle[scenario] >= large[scenario] > 0
