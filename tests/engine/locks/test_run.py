"""A run with its lock: taken before anything is looked at, kept through its steps, given back however it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.world.links import WorldLinks
from engine.errors import HostUnreachableError, RefusedError
from engine.exits import Exit
from engine.journal.events import Intent, Locked, LockTakenOver, RunEnded
from engine.locks.holder import Holder
from engine.locks.hosts import HostLocks
from engine.locks.locks import SiteLocks
from engine.operator.interface import Question
from engine.operator.scripted import Scripted
from engine.report.build import report_of
from engine.report.follow import JournalFollower, in_words
from engine.report.text import as_lines
from engine.run.options import RunSettings
from tests.engine.locks.machines import Machines, somebody
from tests.engine.run.toy import HOSTS, ON, House, Run, go
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import Rehearsal
from tests.support.runs import WHO

HALL, ATTIC = "hall.example", "attic.example"
TWO = ON + ON.replace("switch-on", "again")


class Home:
    """A house whose hosts keep locks, and runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.machines = Machines(folder / "hosts")

    def go(
        self,
        holder: Holder,
        steps: str = ON,
        answers: dict[str, str] | None = None,
        *,
        house: House | None = None,
        operator: Scripted | None = None,
        dry: bool = False,
    ) -> Run:
        locks = SiteLocks(HostLocks(self.machines), HOSTS.values(), holder, beat=None)
        settings = RunSettings("real", WHO, locks=lambda _run: locks)
        return go(self.folder / holder.run, steps, answers, house=house, operator=operator, settings=settings, dry=dry)

    def held(self) -> list[Holder | None]:
        return [self.machines.holder(name) for name in (ATTIC, HALL)]

    def locked(self) -> SiteLocks:
        """Somebody else's run that goes on."""
        locks = SiteLocks(HostLocks(self.machines), HOSTS.values(), somebody("other", "bob"), beat=None)
        locks.take(Scripted({}), lambda _event: None)
        return locks


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_it_is_taken_before_anything_is_looked_at_and_says_the_step(home: Home) -> None:
    seen: list[list[Holder | None]] = []
    house = House(before_change=lambda: seen.append(home.held()))
    mine = somebody("mine")
    run = home.go(mine, TWO, {"switch-on": "yes", "again": "yes"}, house=house)
    assert run.error is None
    assert run.kinds()[:2] == ["run-started", "locked"]
    assert seen == [[mine.at("switch-on")] * 2, [mine.at("again")] * 2]
    assert home.held() == [None, None]


def test_a_second_run_looks_at_nothing_and_leaves_the_lock_alone(home: Home) -> None:
    home.locked()
    run = home.go(somebody("mine"), ON, {"switch-on": "yes"})
    assert run.house.ran == []
    assert run.kinds() == ["run-started", "run-ended"]
    ended = run.journal.ended
    assert ended is not None
    assert (ended.exit, ended.code) == (Exit.REFUSED, "locked")
    assert "bob (from 192.0.2.7, on desk" in ended.summary
    assert [one.run for one in home.held() if one is not None] == ["other", "other"]


@pytest.mark.parametrize("how", ["stop", "fails", "unreachable", "mistake"])
def test_it_is_given_back_however_the_run_ends(home: Home, how: str) -> None:
    def asked(_question: Question) -> None:
        if how == "mistake":
            raise RuntimeError("a mistake of ours")

    house, answers = House(), {"switch-on": "stop" if how == "stop" else "yes"}
    if how == "unreachable":
        house.broken[HALL] = HostUnreachableError("dead")
    steps = ON.replace('[lamp, "on"]', "[lamp, lie]") if how == "fails" else ON
    run = home.go(somebody("mine"), steps, house=house, operator=Scripted(answers, on_question=asked))
    assert run.error is not None
    assert isinstance(run.error, RuntimeError) == (how == "mistake")
    assert home.held() == [None, None]
    assert (home.folder / "hosts" / HALL / "lock").exists()


def test_where_a_change_may_still_go_on_it_stays_for_whoever_comes_next(home: Home) -> None:
    mine = somebody("mine")
    run = home.go(mine, ON.replace('[lamp, "on"]', "[lamp, explode]"), {"switch-on": "yes", "switch-on.failed": "stop"})
    ended = run.journal.ended
    assert ended is not None
    assert ended.exit == Exit.UNKNOWN
    assert "The lock stays" in run.operator.text
    assert home.held() == [mine.at("switch-on")] * 2
    home.machines.age(600, HALL, ATTIC)
    error = home.go(somebody("next"), ON, {"switch-on": "yes"}).error
    assert isinstance(error, RefusedError)
    assert error.code == "locked"
    assert "at the step 'switch-on'" in error.why
    assert "gnt-runbook resume mine" in error.hint


def test_the_next_change_is_not_begun_when_the_lock_was_taken_over(home: Home) -> None:
    taken: list[SiteLocks] = []

    def take_over() -> None:
        if not taken:
            home.machines.age(600, HALL, ATTIC)
            other = SiteLocks(HostLocks(home.machines), HOSTS.values(), somebody("other", "bob"), beat=None)
            other.take(Scripted({"lock.take-over": "yes"}), lambda _event: None)
            taken.append(other)

    house = House(before_change=take_over)
    run = home.go(somebody("mine"), TWO, {"switch-on": "yes", "again": "yes"}, house=house)
    ended = run.journal.ended
    assert ended is not None
    assert (ended.exit, ended.code) == (Exit.STOPPED, "lock-lost")
    intents = [event.step for event in run.journal.events if isinstance(event, Intent)]
    assert intents == ["switch-on"], "the change that was being made ended; the next one was not begun"
    assert [one.run for one in home.held() if one is not None] == ["other", "other"]


def test_a_take_over_is_recorded_and_every_form_of_the_record_tells_it(home: Home) -> None:
    home.locked()
    home.machines.age(600, HALL, ATTIC)
    run = home.go(somebody("mine"), ON, {"switch-on": "yes", "lock.take-over": "yes"})
    assert run.error is None
    assert run.kinds()[:3] == ["run-started", "lock-taken-over", "locked"]
    over = run.journal.events[1]
    assert isinstance(over, LockTakenOver)
    assert (over.hosts, over.holder["run"], over.holder["by"]) == ((ATTIC, HALL), "other", "bob")
    report = "\n".join(line.text for line in as_lines(report_of(run.path)))
    assert "the lock was taken over from a dead run" in report
    assert "run: other" in report
    followed = [line.text for told in JournalFollower(run.path).look() for line in in_words(told)]
    assert any("the lock was taken: hosts" in text for text in followed)


def test_a_dry_run_takes_none_and_minds_none(home: Home) -> None:
    home.locked()
    home.machines.asked.clear()
    run = home.go(somebody("mine"), ON, dry=True)
    assert run.code == Exit.DONE
    assert home.machines.asked == []


def test_the_nodes_of_the_embedded_cluster_keep_locks_as_real_ones_do(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, "stuck-job", ANSWERS["stuck-job"])
    links, clock = rehearsal.world.links, rehearsal.world.clock
    assert isinstance(links, WorldLinks)
    hosts = rehearsal.run.site.hosts.values()

    def locks(run: str) -> SiteLocks:
        return SiteLocks(HostLocks(links, at_once=1), hosts, somebody(run, run), beat=None)

    other = locks("other")
    other.take(Scripted({}), lambda _event: None)
    rehearsal.session.settings = replace(rehearsal.session.settings, locks=lambda _run: locks("mine"))
    rehearsal.go()
    assert rehearsal.error is not None
    assert rehearsal.error.code == "locked"

    clock.sleep(300)
    answers = {**ANSWERS["stuck-job"], "lock.take-over": "yes"}
    again = Rehearsal(tmp_path, "stuck-job", answers, world=rehearsal.world)
    again.session.settings = replace(again.session.settings, locks=lambda _run: locks("mine"))
    again.go()
    assert again.error is None
    assert [type(event) for event in again.journal.events[1:3]] == [LockTakenOver, Locked]
    assert isinstance(again.journal.events[-1], RunEnded)
    other.heard(again.journal.events[-2])
    locks("third").take(Scripted({}), lambda _event: None)
