"""A host that lies or hangs is told before the intent, and the operator is asked as after any failed step."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from engine.clock import SystemClock
from engine.errors import HostError, LinkLostError, StepError, UsageError
from engine.hosts.host import Host, Result
from engine.hosts.pool import ConnectedLinks
from engine.hosts.reader import Reader
from engine.hosts.reads import read
from engine.hosts.ssh_settings import SEARCH_PATH
from engine.journal.events import Intent, PreconditionSeen
from engine.operator.scripted import Scripted
from engine.run.host_health import HostHealth
from engine.run.options import RunOptions, RunSettings
from engine.run.overrides import Overrides
from tests.engine.run.toy import HEADER, ON, House, Room, Run, ToyClock, go
from tests.sshd import Sshd

PROBE = read("getent", "ahosts", "lamp", timeout=1.0)
PROBED = RunSettings("real", {}, probes=(PROBE,))
MOUNTS = "/dev/a / ext4 {} 0 0\n"
NOW = int(ToyClock().now().timestamp())
HALL, ATTIC = "hall.example", "attic.example"


@dataclass
class Liar(House):
    """A house whose hosts say of themselves what a test wants."""

    ahead: dict[str, int] = field(default_factory=dict)
    options: str = "rw"
    room: str = "262144 4096 1000 1000\n"
    hangs: bool = False
    looks: int = 0

    def to(self, host: Host) -> Room:
        return LyingRoom(self, super().to(host).host)


class LyingRoom(Room):
    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        house, words = cast("Liar", self.house), tuple(argv)
        said = {
            ("date", "+%s"): f"{NOW + house.ahead.get(self.host.name, 0)}\n",
            ("cat", "/proc/mounts"): MOUNTS.format(house.options),
            ("getent", "ahosts", "lamp"): "",
        }
        if words[:2] == ("stat", "-f"):
            house.looks += 1
            return Result(words, house.room, "", 0, 0.1)
        if words == PROBE.argv and house.hangs:
            raise LinkLostError("getent did not end within 1 s.", code="timed-out")
        return Result(words, said[words], "", 0, 0.1) if words in said else super().run(argv, timeout=timeout)


def run(tmp_path: Path, house: Liar, answers: dict[str, object] | None = None, *force: str, steps: str = ON) -> Run:
    options = RunOptions(Overrides(frozenset(force), "it is known"))
    asked = answers or {"switch-on": "yes", "switch-on.failed": "stop"}
    return go(tmp_path, steps, house=house, settings=PROBED, options=options, operator=Scripted(asked))  # type: ignore[arg-type]


UNFIT: dict[str, tuple[Callable[[], Liar], str]] = {
    "host-clock": (lambda: Liar(ahead={HALL: 7320}), "The clock of hall.example is 2 h 2 min ahead of the one here."),
    "host-read-only": (lambda: Liar(options="ro,errors=remount-ro"), "/dev/a / ro,errors=remount-ro"),
    "host-full": (
        lambda: Liar(room="1 4096 1000 900\n"),
        "/var on hall.example is full: 0.0 MiB and 900 inodes are",
    ),
    "host-hangs": (lambda: Liar(hangs=True), "getent on hall.example does not end."),
}


@pytest.mark.parametrize("code", UNFIT)
def test_it_fails_the_step_before_the_intent_and_says_what_was_seen(tmp_path: Path, code: str) -> None:
    build, says = UNFIT[code]
    outcome = run(tmp_path, build())
    assert isinstance(outcome.error, StepError)
    assert outcome.error.code == code
    assert outcome.house.files[HALL, "/lamp"] == "off\n"
    assert [event for event in outcome.journal.events if isinstance(event, Intent)] == []
    text = " ".join(outcome.operator.text.split())
    assert says in text
    assert f"--force {code}" in text
    assert "Nothing was changed." in text


@pytest.mark.parametrize("code", UNFIT)
def test_it_can_be_forced_by_its_code_which_is_recorded(tmp_path: Path, code: str) -> None:
    build, _says = UNFIT[code]
    outcome = run(tmp_path, build(), None, code)
    assert outcome.error is None
    (forced,) = [event for event in outcome.journal.events if isinstance(event, PreconditionSeen)]
    assert (forced.code, forced.holds, forced.forced) == (code, False, "it is known")


@pytest.mark.parametrize("code", UNFIT)
def test_a_runbook_that_is_made_for_it_goes_on_and_says_so(tmp_path: Path, code: str) -> None:
    build, _says = UNFIT[code]
    header = HEADER.replace("title: Light", f"title: Light\ndespite: [{code}]")
    answers = {"switch-on": "yes"}
    outcome = go(tmp_path, ON, answers, house=build(), settings=PROBED, header=header)
    assert outcome.error is None
    assert "The runbook is made for that, and goes on." in " ".join(outcome.operator.text.split())


def test_what_was_put_right_is_seen_at_the_next_attempt(tmp_path: Path) -> None:
    house = Liar(options="ro")

    def repair(question: object) -> None:
        if getattr(question, "id", "") == "switch-on.failed":
            house.options = "rw"

    operator = Scripted({"switch-on": ["yes", "yes"], "switch-on.failed": "retry"}, on_question=repair)
    outcome = go(tmp_path, ON, house=house, settings=PROBED, operator=operator)
    assert outcome.error is None
    assert house.files[HALL, "/lamp"] == "on\n"


def test_a_host_that_is_fit_is_not_looked_at_again_for_some_minutes(tmp_path: Path) -> None:
    again = ON.replace("switch-on", "again").replace('run: [lamp, "on"]', 'run: [lamp, "off"]')
    again = again[: again.index("    verify")] + "    rests_on: []\n"
    house = Liar()
    answers: dict[str, object] = {"switch-on": "yes", "again": "yes"}
    assert run(tmp_path, house, answers, steps=ON + again).error is None
    assert house.looks == 1
    pause = """
  - id: pause
    title: Pause
    wait: {check: lamps.is_on, with: {host: attic.example}, within: 4m}
    may_fail: it is late
"""
    house = Liar(files={(HALL, "/lamp"): "off\n", (ATTIC, "/lamp"): "off\n"})
    assert run(tmp_path, house, answers, steps=ON + pause + again).error is None
    assert house.looks == 2


@pytest.mark.parametrize(
    ("attic", "says"),
    [(0, "The time at attic.example is the one here, so hall.example is wrong."),
     (7300, "The time at attic.example is that of hall.example, so the clock here is wrong."),
     (-7300, "Either may be wrong; the other hosts do not settle it.")],
)  # fmt: skip
def test_another_host_says_which_of_two_clocks_is_wrong(tmp_path: Path, attic: int, says: str) -> None:
    outcome = run(tmp_path, Liar(ahead={HALL: 7320, ATTIC: attic}))
    assert says in " ".join(outcome.operator.text.split())


def test_some_seconds_are_no_lie(tmp_path: Path) -> None:
    assert run(tmp_path, Liar(ahead={HALL: -240})).error is None


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    outcome = run(tmp_path, Liar(options="ro", room="0 4096 0 0\n", ahead={HALL: -9000}))
    assert isinstance(outcome.error, StepError)
    assert outcome.error.code == "host-read-only"
    for words in ("Besides: /var on hall.example is full: 0.0 MiB are free.", "2 h 30 min behind the one here"):
        assert words in " ".join(outcome.operator.text.split())


def test_another_code_cannot_be_forced(tmp_path: Path) -> None:
    outcome = run(tmp_path, Liar(), None, "host-silent")
    assert isinstance(outcome.error, UsageError)
    assert "host-clock" in outcome.error.hint


def test_a_real_host_that_lies_in_every_way(sshd: Sshd, tmp_path: Path) -> None:
    lies = {"date": "echo 86400", "stat": "echo 0 4096 10 10", "getent": "exec sleep 30",
            "cat": "echo '/dev/a / ext4 ro 0 0'"}  # fmt: skip
    for name, script in lies.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    settings = replace(sshd.settings(), search_path=(str(tmp_path), *SEARCH_PATH))
    links = ConnectedLinks(settings)
    try:
        recorded: list[PreconditionSeen] = []
        for forced, code in (("", "host-hangs"), ("host-hangs", "host-read-only"), ("host-read-only", "host-full")):
            codes = frozenset(shlex.split(f"{forced} host-hangs")) if forced else frozenset[str]()
            codes |= {"host-read-only"} if code == "host-full" else set()
            fitness = HostHealth(
                Reader(links), SystemClock(), (PROBE,), (), Overrides(codes, "why"), (), recorded.append
            )
            with pytest.raises(HostError) as caught:
                fitness.require(sshd.host(), Scripted({}))
            assert caught.value.code == code
            if code == "host-hangs":
                days = (SystemClock().now() - timedelta(days=1)).timestamp() / 86400
                assert f"{int(days)} d" in caught.value.why
    finally:
        links.close()
