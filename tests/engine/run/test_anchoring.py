"""Anchors: sent after their line is on disk and before the change, and never in the way of a repair."""

import io
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Host, Result
from engine.journal.anchor import Anchor, read_anchors
from engine.journal.events import AnchorFailed, Intent
from engine.journal.line import Tip, digest
from engine.journal.verify import verify
from engine.run import anchors
from engine.run.options import RunSettings
from tests.engine.run.toy import ON, House, Room, Run, go

HALL, ATTIC = "hall.example", "attic.example"
TWO = ON + ON.replace("switch-on", "again")
YES = {"switch-on": "yes", "again": "yes"}


@dataclass
class Watched(House):
    """A house whose loggers do what a test wants."""

    log: Callable[[str], Result | None] = lambda _host: None

    def to(self, host: Host) -> Room:
        super().to(host)
        return Logging(self, host)


class Logging(Room):
    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        if argv[0] == "logger":
            assert isinstance(self.house, Watched)
            told = self.house.log(self.host.name)
            if told is not None:
                return told
        return super().run(argv, timeout=timeout)


def hashes(outcome: Run) -> list[str]:
    return [digest(line) for line in outcome.path.read_bytes().split(b"\n")[:-1]]


def failures(outcome: Run) -> list[AnchorFailed]:
    return [event for event in outcome.journal.events if isinstance(event, AnchorFailed)]


def test_each_intent_is_anchored_with_the_witness_and_on_the_host_and_so_is_the_end(tmp_path: Path) -> None:
    outcome = go(tmp_path, TWO, YES)
    assert outcome.error is None
    known = hashes(outcome)
    intents = [entry.number for entry in outcome.journal.entries if isinstance(entry.event, Intent)]
    expected = [Anchor("r1", Tip(line, known[line - 1])).text for line in (*intents, len(known))]
    for host in (HALL, ATTIC):
        assert [text for at, text in outcome.house.anchors if at == host] == expected
    assert f"Tip at the end: line {len(known)}, {known[-1]}" in outcome.operator.text
    assert failures(outcome) == []


def test_the_line_is_on_disk_before_its_anchor_and_both_before_the_change(tmp_path: Path) -> None:
    order: list[tuple[str, int]] = []
    house = Watched()

    def lines() -> int:
        return next((tmp_path / "runs").glob("*.jsonl")).read_bytes().count(b"\n")

    house.log = lambda host: order.append((host, lines()))
    house.before_change = lambda: order.append(("change", lines()))
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, house=house)
    intent = next(entry.number for entry in outcome.journal.entries if isinstance(entry.event, Intent))
    assert sorted(order[:2]) == [(ATTIC, intent), (HALL, intent)]
    assert order[2] == ("change", intent)


def test_the_tip_after_each_change_is_shown(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"})
    after = next(entry.number for entry in outcome.journal.entries if entry.event.kind == "outcome")
    assert f"Tip of the journal: line {after}, {hashes(outcome)[after - 1]}" in outcome.operator.text


def test_neither_a_dry_run_nor_one_that_changes_nothing_leaves_anchors(tmp_path: Path) -> None:
    assert go(tmp_path, TWO, YES, dry=True).house.anchors == []
    assert go(tmp_path, TWO, {"switch-on": "stop"}).house.anchors == []


@pytest.mark.parametrize(
    "told",
    [
        Result((), "", "logger: not found", 127, 0.1),
        HostUnreachableError("no answer"),
        LinkLostError("the connection ended"),
        RuntimeError("out of threads"),
    ],
)
def test_a_logger_that_fails_is_recorded_and_shown_once_and_stops_nothing(
    tmp_path: Path, told: Result | Exception
) -> None:
    def fail(host: str) -> Result | None:
        if host != HALL:
            return None
        if isinstance(told, Exception):
            raise told
        return told

    outcome = go(tmp_path, TWO, YES, house=Watched(log=fail))
    assert outcome.error is None
    assert {one.host for one in failures(outcome)} == {HALL}
    assert len(failures(outcome)) == 2
    assert outcome.operator.text.count(f"{HALL} did not take the anchor") == 2, "at the first, and of the last line"
    assert len([host for host, _text in outcome.house.anchors if host == ATTIC]) == 3


def test_where_the_first_witness_does_not_answer_the_next_one_does(tmp_path: Path) -> None:
    outcome = go(tmp_path, TWO, YES, house=House(broken={ATTIC: HostUnreachableError("dead")}))
    assert outcome.error is None
    assert failures(outcome) == []
    assert {host for host, _text in outcome.house.anchors} == {HALL}


def test_a_logger_that_hangs_delays_one_change_a_little_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "AT_THE_END", 0.2)
    released = threading.Event()
    waited: list[float] = []
    house = Watched()

    def hang(host: str) -> None:
        if host == HALL:
            released.wait(40)

    house.log = hang
    house.before_change = lambda: waited.append(time.monotonic())
    try:
        outcome = go(tmp_path, TWO, YES, house=house)
    finally:
        released.set()
    assert outcome.error is None
    assert len(waited) == 2
    assert f"{HALL} did not take the anchor" in outcome.operator.text
    # The one that hung is not waited for a second time, and the other host has all of them.
    assert len([host for host, _text in house.anchors if host == ATTIC]) == 3


def test_the_syslog_of_this_machine_gets_them_too(tmp_path: Path) -> None:
    place = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(place))
        log.settimeout(10)
        outcome = go(tmp_path, ON, {"switch-on": "yes"}, settings=RunSettings("real", {}, syslog=place))
        got = [log.recv(4096).decode() for _ in range(2)]
    known = hashes(outcome)
    assert got[-1] == f"<37>gnt-runbook: run=r1 line={len(known)} tip={known[-1]}"
    assert failures(outcome) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_syslog_that_takes_nothing_stops_nothing(tmp_path: Path, *, there: bool) -> None:
    place = tmp_path / "log"
    if there:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind(str(place))
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, settings=RunSettings("real", {}, syslog=place))
    assert outcome.error is None
    assert [one.host for one in failures(outcome)] == (["this machine"] if there else [])


def test_the_anchors_of_a_run_verify_its_journal(tmp_path: Path) -> None:
    outcome = go(tmp_path, TWO, YES)
    path = outcome.path.rename(outcome.path.with_name("r1.jsonl"))
    text = "\n".join(text for _host, text in outcome.house.anchors) + "\n"
    found = verify(path, list(read_anchors(io.BytesIO(text.encode()), "x")))
    assert found.state == "intact", found.words
