"""Two operators at once, with whole engines: one repairs, the other one is told who does, and nothing is done twice."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.journal.events import Outcome
from engine.locks.hosts import HostLocks
from engine.locks.locks import SiteLocks
from engine.operator.scripted import Scripted
from engine.run.options import RunSettings
from tests.engine.locks.engines import Racer, racers
from tests.engine.locks.machines import Machines, somebody
from tests.engine.run.toy import HOSTS, ON, House, Run, go
from tests.reliability import record

ROUNDS = 8
STEPS = [ON.replace("switch-on", name) for name in ("first", "second", "third", "fourth")]
YES = dict.fromkeys(("first", "second", "third", "fourth", "lock.take-over"), "yes")


def first_to_answer(runs: list[Racer]) -> Racer:
    """The one that was refused: the other one waits for it before its first change."""
    tick = threading.Event()
    for _ in range(6000):
        for one in runs:
            if one.said:
                return one
        tick.wait(0.01)
    pytest.fail("both of them went on")


def test_of_two_runs_at_the_same_moment_one_is_refused_and_told_about_the_other(tmp_path: Path) -> None:
    made = recorded = 0
    with racers("alice", "bob") as runs:
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            for one in runs:
                one.begin(folder)
            loser = first_to_answer(runs)
            (winner,) = (one for one in runs if one is not loser)
            assert (loser.said["code"], loser.said["intents"]) == ("locked", 0)
            assert f"{winner.name} (from 192.0.2.7, on desk, process " in str(loser.said["why"])
            assert f"Run {winner.name} of toy, since 20" in str(loser.said["why"])
            (folder / "go-on").touch()
            said = winner.end()
            assert (said["code"], said["intents"]) == ("done", 2)
            made += (folder / "changes").read_text().splitlines().count(winner.name)
            recorded += 2
            assert [(folder / "hosts" / name / "lock").read_text() for name in HOSTS] == ["", ""]
    record(
        "Two runs of the same repair begin at the same moment",
        tried=ROUNDS,
        lost=max(0, recorded - made),
        twice=max(0, made - recorded),
        seen="The second one is refused (`locked`), and told who repairs the cluster, from where, since when, in which "
        "run, and at which step; it reads and changes nothing.",
        proof="lock",
    )
    assert made == recorded


def taken_over_during(change: int, folder: Path) -> tuple[int, Run]:
    """A run that is silent and taken over during one of its changes; how many it made, and how it went."""
    machines = Machines(folder / "hosts")
    made: list[str] = []

    def locks(run: str) -> SiteLocks:
        return SiteLocks(HostLocks(machines), HOSTS.values(), somebody(run, run), beat=None)

    def changed() -> None:
        made.append("alice")
        if len(made) == change:
            machines.age(600, *HOSTS)
            locks("bob").take(Scripted(YES), lambda _event: None)

    settings = RunSettings("real", {}, locks=lambda _run: locks("alice"))
    run = go(folder, "".join(STEPS), YES, house=House(before_change=changed), settings=settings)
    return len(made), run


def test_a_run_that_was_silent_and_taken_over_does_nothing_after_its_change_has_ended(tmp_path: Path) -> None:
    lost = twice = 0
    for change in range(1, len(STEPS)):
        made, run = taken_over_during(change, tmp_path / str(change))
        ended = run.journal.ended
        assert ended is not None
        assert (ended.exit, ended.code) == (1, "lock-lost")
        outcomes = [event for event in run.journal.events if isinstance(event, Outcome) and event.state == "done"]
        lost += change - len(outcomes)
        twice += made - change
    record(
        "A run is taken over while it gives no sign of life, and then goes on",
        tried=len(STEPS) - 1,
        lost=lost,
        twice=twice,
        seen="It ends with `lock-lost` before its next change; what it had begun ended and is in its journal.",
        proof="lock",
    )
    assert (lost, twice) == (0, 0)
