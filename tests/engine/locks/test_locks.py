"""The lock of a site: all hosts that answer, one run at a time, and what another one is told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.crashpoints import listening
from engine.errors import NOTHING_CHANGED, HostError, RefusedError, StoppedError
from engine.exits import Exit
from engine.hosts.host import Host
from engine.hosts.pool import ConnectedLinks
from engine.journal.events import Event, Locked, LockTakenOver, StepBegun
from engine.locks import locks as module
from engine.locks.holder import Holder, this
from engine.locks.hosts import HostLocks
from engine.locks.locks import SiteLocks
from engine.operator.scripted import Scripted
from tests.engine.locks.machines import KNOWN, Machines, somebody
from tests.sshd import Sshd

HOSTS = [Host(name) for name in ("three", "one", "two")]
ONE, TWO, THREE = Host("one"), Host("two"), Host("three")


class Run:
    """A run with its lock, and what became of it."""

    def __init__(
        self,
        machines: Machines,
        holder: Holder,
        answers: Mapping[str, str] | None = None,
        *,
        hosts: Iterable[Host] = HOSTS,
        resumes: str = "",
        beat: float | None = None,
    ) -> None:
        self.holder = holder
        self.operator = Scripted(dict(answers or {}))
        self.events: list[Event] = []
        self.locks = SiteLocks(HostLocks(machines), hosts, holder, resumes=resumes, beat=beat)

    def take(self) -> Run:
        self.locks.take(self.operator, self.events.append)
        return self

    def refused(self) -> RefusedError:
        with pytest.raises(RefusedError) as raised:
            self.take()
        assert not [event for event in self.events if isinstance(event, Locked)]
        return raised.value


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def wait(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    tick = threading.Event()
    for _ in range(3000):
        if condition():
            return
        tick.wait(0.01)
    pytest.fail("it did not come to that")


def test_it_is_on_every_host_that_answers_and_is_given_back(machines: Machines) -> None:
    machines.dead.add("two")
    run = Run(machines, somebody("r1")).take()
    assert [machines.holder(name) for name in ("one", "three")] == [run.holder, run.holder]
    assert run.events == [Locked(("one", "three"), {"two": "host-unreachable: two cannot be reached."})]
    assert "Lock taken on one and three; not on two." in run.operator.text
    assert run.locks.release() == []
    assert [machines.lock(name).read_text() for name in ("one", "three")] == ["", ""]
    Run(machines, somebody("r2")).take()


def test_the_second_one_is_refused_and_told_who_where_from_since_when_and_which_step(machines: Machines) -> None:
    first = Run(machines, somebody("20260101-000000-toy-0001", pid=4711, since="2026-01-01T00:00:12+00:00")).take()
    first.locks.heard(StepBegun("kill[14]", "Kill it"))
    error = Run(machines, somebody("r2", "bob")).refused()
    assert (error.code, error.exit, error.changed) == ("locked", Exit.REFUSED, NOTHING_CHANGED)
    assert error.what == ("alice (from 192.0.2.7, on desk, process 4711) is repairing this cluster.")
    assert "Run 20260101-000000-toy-0001 of toy, since 2026-01-01 00:00:12 UTC; at the step 'kill[14]'." in error.why
    assert "Last sign of life" in error.why
    assert "The lock is on one, three and two." in error.why
    assert "gnt-runbook follow 20260101-000000-toy-0001` on desk" in error.hint
    assert all(machines.holder(name) == first.holder.at("kill[14]") for name in ("one", "two", "three"))


def test_where_the_first_host_is_dead_the_lock_lives_on_the_others(machines: Machines) -> None:
    machines.dead.add("one")
    Run(machines, somebody("r1")).take()
    machines.dead.clear()
    error = Run(machines, somebody("r2")).refused()
    assert error.code == "locked"
    assert "The lock is on three and two." in error.why
    assert machines.holder("one") is None, "what it had taken there it gave back"


def test_no_host_that_answers_is_no_reason_to_refuse(machines: Machines) -> None:
    machines.dead |= {"one", "two", "three"}
    run = Run(machines, somebody("r1")).take()
    assert isinstance(run.events[0], Locked)
    assert run.events[0].hosts == ()
    assert "No host answers that could hold the lock." in run.operator.text


def test_hosts_that_answer_and_cannot_hold_it_are_told(machines: Machines) -> None:
    (machines.folder / "one").write_text("no folder")
    run = Run(machines, somebody("r1"), hosts=[ONE, TWO]).take()
    assert isinstance(run.events[0], Locked)
    assert (run.events[0].hosts, list(run.events[0].without)) == (("two",), ["one"])
    with pytest.raises(HostError, match="one does not take the lock") as raised:
        run.locks.before_change(ONE)
    assert raised.value.code == "lock-impossible"
    run.locks.release()
    (machines.folder / "two" / "lock").unlink()
    (machines.folder / "two").rmdir()
    (machines.folder / "two").write_text("no folder")
    error = Run(machines, somebody("r2"), hosts=[ONE, TWO]).refused()
    assert error.code == "lock-impossible"
    assert "one: " in error.why


def test_of_two_at_once_one_goes_on_whichever_hosts_they_see(tmp_path: Path) -> None:
    for attempt, unseen in enumerate([set(), {"one"}, set(), {"one"}]):
        folder = tmp_path / str(attempt)
        runs = [
            Run(Machines(folder), somebody("r1", "alice")),
            Run(Machines(folder, dead=set(unseen)), somebody("r2", "bob")),
        ]
        start, outcomes = threading.Barrier(2), list[object]([None, None])

        def go(number: int, run: Run, start: threading.Barrier, outcomes: list[object]) -> None:
            start.wait()
            try:
                outcomes[number] = run.take()
            except RefusedError as error:
                outcomes[number] = error

        threads = [threading.Thread(target=go, args=(n, run, start, outcomes)) for n, run in enumerate(runs)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        won = [run for run, outcome in zip(runs, outcomes, strict=True) if outcome is run]
        lost = [one for one in outcomes if isinstance(one, RefusedError)]
        assert len(won) + len(lost) == 2
        # Where they see different hosts, each may find the other one: then nobody goes on, but never both.
        assert len(won) <= 1
        if not unseen:
            assert len(won) == 1
            assert {Machines(folder).holder(name) for name in ("one", "two", "three")} == {won[0].holder}


def test_a_dead_run_is_explained_and_taken_over_only_on_confirmation(machines: Machines) -> None:
    dead = Run(machines, somebody("dead-run").at("kill")).take()
    machines.age(600, "one", "two", "three")
    unasked = Run(machines, somebody("r2", "bob"))
    error = unasked.refused()
    assert error.code == "locked"
    assert "that run is dead" in error.what
    assert "gnt-runbook resume dead-run` on desk goes on where it stopped" in error.hint
    assert "lock.take-over" in error.hint
    declined = Run(machines, somebody("r2", "bob"), {"lock.take-over": "no"}).refused()
    assert "You did not take its lock over." in declined.what
    assert machines.holder("one") == dead.holder, "nothing was touched"

    run = Run(machines, somebody("r2", "bob"), {"lock.take-over": "yes"}).take()
    shown = run.operator.text
    assert "Run dead-run of toy" in shown
    assert "at the step 'kill'" in shown
    assert "Last sign of life 10 min" in shown
    assert "`gnt-runbook resume dead-run` on desk goes on where it stopped" in shown
    over, locked = run.events
    assert isinstance(over, LockTakenOver)
    assert over.hosts == ("one", "three", "two")
    assert (over.holder["run"], over.holder["by"], over.holder["step"]) == ("dead-run", "alice", "kill")
    assert 600 <= over.silent < 660
    assert "token" not in over.holder
    assert locked == Locked(("one", "three", "two"))
    assert machines.holder("two") == run.holder


def test_one_that_lives_on_any_host_is_not_dead(machines: Machines) -> None:
    first = Run(machines, somebody("r1")).take()
    machines.age(600, "one", "three")
    second = Run(machines, somebody("r2"), {"lock.take-over": "yes"})
    assert "It can be taken over when" in second.refused().hint
    assert second.operator.asked == []
    assert machines.holder("one") == first.holder


def test_one_that_gives_a_sign_of_life_while_the_question_stands_there_keeps_it(machines: Machines) -> None:
    first = Run(machines, somebody("r1")).take()
    machines.age(600, "one", "two", "three")
    second = Run(machines, somebody("r2"))
    second.operator = Scripted(
        {"lock.take-over": "yes"}, on_question=lambda _question: first.locks.heard(StepBegun("next", "Next"))
    )
    error = second.refused()
    assert "is repairing this cluster" in error.what
    assert {machines.holder(name) for name in ("one", "two", "three")} == {first.holder.at("next")}


def test_one_that_comes_to_life_in_the_last_moment_keeps_what_was_not_taken_yet(machines: Machines) -> None:
    Run(machines, somebody("r1")).take()
    machines.age(600, "one", "two", "three")

    def live(point: str, _detail: str) -> None:
        if point == "during-lock":
            machines.age(0, "two")

    second = Run(machines, somebody("r2"), {"lock.take-over": "yes"})
    with listening(live):
        error = second.refused()
    assert "is repairing this cluster" in error.what
    assert "The lock is on two." in error.why
    assert machines.holder("three") is None


def test_a_process_of_this_machine_that_has_ended_is_dead_at_once(machines: Machines) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        process = this()
        holder = somebody("r1", kernel=process.kernel, pid=child.pid, began="")
    Run(machines, holder).take()
    run = Run(machines, somebody("r2"), {"lock.take-over": "yes"}).take()
    assert "its process on desk has ended" in run.operator.text
    assert machines.holder("one") == run.holder


def test_one_s_own_lock_is_taken_over_to_go_on_with_that_run(machines: Machines) -> None:
    Run(machines, somebody("r1")).take()
    machines.age(600, "one", "two", "three")
    run = Run(machines, somebody("r2"), {"lock.take-over": "yes"}, resumes="r1").take()
    assert "It is the run that you go on with." in run.operator.text
    assert "gnt-runbook resume" not in run.operator.text


def test_what_is_in_a_lock_and_cannot_be_understood_is_left_alone(machines: Machines) -> None:
    machines.lock("two").parent.mkdir()
    machines.lock("two").write_text("maintenance until Friday, ask carol\n")
    machines.age(10_000, "two")
    error = Run(machines, somebody("r1"), {"lock.take-over": "yes"}).refused()
    assert "maintenance until Friday, ask carol" in error.why
    assert machines.holder("one") is None


def test_a_lock_that_is_lost_stops_the_run_before_its_next_change(machines: Machines) -> None:
    first = Run(machines, somebody("r1", "alice")).take()
    first.locks.before_change(ONE)
    machines.age(600, "one", "two", "three")
    second = Run(machines, somebody("r2", "bob"), {"lock.take-over": "yes"}).take()
    first.locks.heard(StepBegun("next", "Next"))
    with pytest.raises(StoppedError) as raised:
        first.locks.before_change(ONE)
    assert raised.value.code == "lock-lost"
    assert raised.value.what.startswith("bob (")
    assert raised.value.what.endswith("has taken over the lock of this cluster.")
    assert first.locks.release() == []
    assert machines.holder("one") == second.holder, "it gives back only what is its own"


def test_after_a_sleep_it_is_renewed_before_anything_is_changed(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(machines, somebody("r1")).take()
    machines.asked.clear()
    run.locks.before_change(ONE)
    assert machines.asked == [], "it was renewed just now"
    now = module._now()
    monkeypatch.setattr(module, "_now", lambda: now + 1000)
    run.locks.before_change(ONE)
    assert machines.asked == [("one", "refresh")]
    monkeypatch.setattr(module, "_now", lambda: now + 2000)
    machines.lock("one").write_text(somebody("r2", "bob").line)
    with pytest.raises(StoppedError, match="bob"):
        run.locks.before_change(ONE)


def test_a_sign_of_life_that_fails_harms_nothing(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(machines, somebody("r1")).take()
    machines.dead |= {"one", "two", "three"}
    run.locks.heard(StepBegun("next", "Next"))
    now = module._now()
    monkeypatch.setattr(module, "_now", lambda: now + 1000)
    run.locks.before_change(ONE)
    warnings = run.locks.release()
    assert len(warnings) == 3
    assert "The lock on one was not given back" in warnings[0].text


def test_a_host_that_comes_back_gets_the_lock_before_it_is_changed(machines: Machines) -> None:
    machines.dead.add("two")
    run = Run(machines, somebody("r1")).take()
    machines.dead.clear()
    run.locks.before_change(TWO)
    run.locks.before_change(TWO)
    assert machines.holder("two") == run.holder
    assert run.events[1:] == [Locked(("two",))]
    run.locks.release()
    assert machines.lock("two").read_text() == ""


@pytest.mark.parametrize(("age", "words"), [(0, "is repairing"), (600, "that run is dead")])
def test_a_host_that_comes_back_with_somebody_else_s_lock_is_not_changed(
    machines: Machines, age: float, words: str
) -> None:
    Run(machines, somebody("r2", "bob"), hosts=[TWO]).take()
    machines.age(age, "two")
    machines.dead.add("two")
    run = Run(machines, somebody("r1")).take()
    machines.dead.clear()
    with pytest.raises(RefusedError, match=words) as raised:
        run.locks.before_change(TWO)
    assert raised.value.code == "locked"


def test_it_gives_signs_of_life_by_itself_until_it_ends(machines: Machines) -> None:
    run = Run(machines, somebody("r1"), beat=0.05).take()
    machines.age(600, "one", "two", "three")
    wait(lambda: all(time.time() - machines.lock(name).stat().st_mtime < 300 for name in ("one", "two", "three")))
    run.locks.heard(StepBegun("kill", "Kill it"))
    wait(lambda: all(machines.holder(name) == run.holder.at("kill") for name in ("one", "two", "three")))
    run.locks.release()
    assert machines.holder("one") is None
    wait(lambda: not any(thread.name.startswith("lock ") for thread in threading.enumerate()))


def test_a_death_between_two_hosts_leaves_what_the_next_run_explains(machines: Machines) -> None:
    class DeathError(BaseException):
        pass

    def die(point: str, _detail: str) -> None:
        if point == "during-lock":
            raise DeathError

    with listening(die), pytest.raises(DeathError):
        Run(machines, somebody("r1")).take()
    assert [machines.lock(name).exists() for name in ("one", "two", "three")] == [True, False, False]
    machines.age(600, "one")
    run = Run(machines, somebody("r2"), {"lock.take-over": "yes"}).take()
    assert {machines.holder(name) for name in ("one", "two", "three")} == {run.holder}


def test_two_engines_race_over_real_ssh(sshd: Sshd, tmp_path: Path) -> None:
    host, folder = sshd.host(), tmp_path / "ours"
    with ExitStack() as stack:

        def engine(run: str) -> SiteLocks:
            links = stack.enter_context(closing(ConnectedLinks(sshd.settings(connect_timeout=60.0))))
            links.to(host)
            holder = Holder.of(run, "toy", {**KNOWN, "login": run}, SystemClock())
            return SiteLocks(HostLocks(links, folder=str(folder)), [host], holder)

        def take(locks: SiteLocks) -> RefusedError | None:
            start.wait()
            try:
                locks.take(Scripted({}), lambda _event: None)
            except RefusedError as error:
                return error
            return None

        start, engines = threading.Barrier(2), [engine("alice"), engine("bob")]
        with ThreadPoolExecutor() as pool:
            outcomes = list(pool.map(take, engines))
        winner = outcomes.index(None)
        error = outcomes[1 - winner]
        assert error is not None
        assert error.what.startswith(f"{('alice', 'bob')[winner]} (from 192.0.2.7, on desk, process ")
        assert [one.release() for one in engines] == [[], []]
    assert (folder / "lock").read_text() == ""
