"""Ctrl-C, a terminal that goes away and a suspension while a change is under way, at a real terminal."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import DetachedError, StoppedError
from engine.exits import Exit
from engine.hosts.limits import AT_MOST, Patience
from engine.journal.events import Answered, Outcome
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal
from engine.operator.scripted import Scripted
from engine.run.interrupts import InterruptPrompt, Interrupts
from tests.terminal import TerminalSession

PROMPT = "]: "
CTRL_C = b"\x03"
ASKS = "is not stopped by Ctrl-C"


class Alone:
    """The program of `alone.py` at a terminal of its own."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        self.session = TerminalSession([sys.executable, "-m", "tests.engine.run.alone", str(folder), *more])

    def begins(self) -> "Alone":
        self.session.expect(PROMPT)
        self.session.type("y")
        until((self.folder / "begun").exists)
        return self

    def let_go(self) -> None:
        (self.folder / "go").touch()
        until((self.folder / "ended").exists)

    def waits(self) -> None:
        """Its prompt stands there already when it begins to wait; from then on it hears that it goes on."""
        status = Path(f"/proc/{self.session.process.pid}/status")
        heard = 1 << (signal.SIGCONT - 1)
        until(lambda: int(status.read_text().partition("SigCgt:")[2].split()[0], 16) & heard != 0)

    def suspend(self) -> None:
        """Stop it and let it go on, as a shell does at Ctrl-Z and fg."""
        pid = self.session.process.pid
        os.kill(pid, signal.SIGSTOP)
        until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")

    def go_on(self) -> None:
        os.kill(self.session.process.pid, signal.SIGCONT)

    @property
    def journal(self) -> Journal:
        return RunsFolder(self.folder / "runs").all()[0][0]

    @property
    def outcome(self) -> tuple[str, str]:
        (found,) = [event for event in self.journal.events if isinstance(event, Outcome)]
        return found.state, found.stdout

    @property
    def end(self) -> tuple[int, str]:
        ended = self.journal.ended
        assert ended is not None
        return ended.exit, ended.code


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    one = Alone(tmp_path)
    with one.session:
        yield one
        (tmp_path / "go").touch()


def test_each_ctrl_c_asks_anew_and_only_the_very_word_leaves_it_running(alone: Alone) -> None:
    session = alone.begins().session
    session.press(CTRL_C)
    session.expect(ASKS)
    session.type("yes")
    session.expect(ASKS)
    session.type("wait")
    session.expect("Its end is waited for")
    session.press(CTRL_C)
    session.expect(ASKS)
    session.type("detach")
    assert session.end() == Exit.UNKNOWN
    assert alone.end == (Exit.UNKNOWN, "detached")
    assert alone.outcome == ("unknown", "")
    answers = [event.answer for event in alone.journal.events if isinstance(event, Answered)]
    assert answers == ["go", "wait", "detach"]
    assert "attaches to it again" in " ".join(session.screen.split())
    assert not (alone.folder / "ended").exists()
    again = Alone(alone.folder, "resume")
    with again.session as resumed:
        resumed.expect("still goes on")
        alone.let_go()
        assert resumed.end() == Exit.DONE
    assert (alone.folder / "begun").read_text() == "\n"


def test_it_is_waited_for_where_nothing_is_typed(alone: Alone) -> None:
    session = alone.begins().session
    session.press(CTRL_C)
    session.expect(ASKS)
    alone.let_go()
    assert session.end() == Exit.STOPPED
    assert alone.end == (Exit.STOPPED, "interrupted")
    assert alone.outcome == ("done", "it has ended\n")


def test_a_terminal_that_goes_away_ends_the_run_after_the_change(alone: Alone) -> None:
    alone.begins().session.hang_up()
    assert alone.session.process.poll() is None
    alone.let_go()
    assert alone.session.process.wait(30) == Exit.STOPPED
    assert alone.end == (Exit.STOPPED, "terminal-gone")
    assert alone.outcome == ("done", "it has ended\n")


def test_after_a_suspension_the_prompt_is_shown_again_and_a_change_is_followed_on(alone: Alone) -> None:
    session = alone.session
    session.expect(PROMPT)
    alone.waits()
    alone.suspend()
    alone.go_on()
    session.expect("go on?")
    alone.begins()
    alone.suspend()
    alone.let_go()
    alone.go_on()
    assert session.end() == Exit.DONE
    assert alone.outcome == ("done", "it has ended\n")


def test_time_in_which_we_were_suspended_does_not_count() -> None:
    now = 0.0
    patience = Patience(60.0, lambda: now)
    now = 10.0
    assert patience.left() == 60.0 - AT_MOST
    for _ in range(10):
        now += 1.0
        patience.left()
    now += 3600.0
    assert patience.left() == 60.0 - AT_MOST - 10.0 - AT_MOST
    now += 4.0
    assert patience.left() == 36.0


class Typist(Scripted):
    """An operator who types while nothing is asked."""

    def __init__(self, *lines: str | None) -> None:
        super().__init__({})
        self.lines = list(lines)

    def fileno(self) -> int:
        raise AssertionError

    def typed(self) -> str | None:
        return self.lines.pop(0) if self.lines else None


def test_a_ctrl_c_before_the_change_was_sent_is_asked_about_too() -> None:
    interrupts, operator = Interrupts(), Typist("detach")
    with interrupts.handled(), contextlib.suppress(DetachedError), interrupts.deferred():
        signal.raise_signal(signal.SIGINT)
        leaving = InterruptPrompt(interrupts, operator, lambda _event: None, "change#1", "here.example")
        leaving.tick()
        assert ASKS in operator.text
        assert not leaving.gives_up()
        leaving.tick()
        pytest.fail("it was left running")
    assert not interrupts.waiting


@pytest.mark.parametrize(
    ("operator", "number"),
    [(Typist("detach"), signal.SIGHUP), (Scripted({}), signal.SIGINT)],
    ids=["hang-up", "answers"],
)
def test_nobody_is_asked_after_a_hang_up_or_where_nobody_types(operator: Scripted, number: signal.Signals) -> None:
    interrupts = Interrupts()
    leaving = InterruptPrompt(interrupts, operator, lambda _event: None, "change#1", "here.example")

    def is_hit() -> None:
        with interrupts.handled(), interrupts.deferred():
            signal.raise_signal(number)
            leaving.tick()
            assert leaving.gives_up()

    with pytest.raises(StoppedError):
        is_hit()
    assert operator.text == ""
