"""The operator at a real (pseudo) terminal, led through a rehearsal of a stuck job."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal
from tests.terminal import TerminalSession

REHEARSE = [sys.executable, "-m", "engine.cli", "rehearse", "stuck-job"]
QUESTION = "Type yes in full to go on."


@pytest.fixture
def session(tmp_path: Path) -> Iterator[TerminalSession]:
    with TerminalSession(REHEARSE, {"GNT_RUNBOOK_STATE": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}) as one:
        one.expect("REHEARSAL")
        one.expect("Pause Ganeti's watcher: go on?")
        one.expect("]: ")
        one.type("skip")
        one.expect("Why?")
        one.type("nothing is there that it would do")
        yield one


def runs(tmp_path: Path) -> list[Journal]:
    return RunsFolder(tmp_path / "runs").all()[0]


def test_a_person_is_led_to_a_good_end(session: TerminalSession, tmp_path: Path) -> None:
    session.expect(QUESTION)
    session.type("yes")
    session.expect("The end is reached, and not all went as it should")
    session.expect("Not in sync")
    assert session.end() == 0
    ended = runs(tmp_path)[0].ended
    assert ended is not None
    assert ended.exit == 0


def test_enter_means_nothing_and_more_shows_more(session: TerminalSession) -> None:
    session.expect(QUESTION)
    for nothing in ("", "y", "ayes", "\t"):
        session.type(nothing)
        session.expect("Not understood")
    session.type("more")
    session.expect("Justified by: man gnt-job")
    session.type("yes")
    session.expect("SIGKILL send to the process")
    assert session.end() == 0


def test_skipping_asks_for_a_reason_until_it_gets_one(session: TerminalSession) -> None:
    session.expect(QUESTION)
    session.type("skip")
    session.expect("Why?")
    session.type("")
    session.expect("Why?")
    session.type("trying the next step")
    session.expect("left out, trying the next step")
    session.expect("Kill the job's process")
    session.expect(QUESTION)
    session.type("stop")
    assert session.end() == 1


def test_ctrl_c_at_a_question_ends_the_run_without_harm(session: TerminalSession, tmp_path: Path) -> None:
    session.expect(QUESTION)
    session.press(b"\x03")
    session.expect("ERROR interrupted")
    session.expect("Nothing was changed")
    assert session.end() == 1
    journal = runs(tmp_path)[0]
    assert journal.ended is not None
    assert journal.ended.code == "interrupted"


def test_ctrl_d_ends_the_run_without_harm(session: TerminalSession, tmp_path: Path) -> None:
    session.expect(QUESTION)
    session.press(b"\x04")
    session.expect("ERROR terminal-gone")
    assert session.end() == 1


def test_a_terminal_that_goes_away_ends_the_run_before_the_next_change(
    session: TerminalSession, tmp_path: Path
) -> None:
    session.expect(QUESTION)
    session.hang_up()
    assert session.process.wait(20) == 1
    journal = runs(tmp_path)[0]
    assert journal.ended is not None
    assert journal.ended.code == "terminal-gone"
    assert "intent" not in [event.kind for event in journal.events]


def test_who_redirects_the_output_still_sees_what_they_are_asked_about(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT, 0o600)
    with TerminalSession(REHEARSE, {"GNT_RUNBOOK_STATE": str(tmp_path)}, stdout=log) as session:
        os.close(log)
        session.expect("Pause Ganeti's watcher: go on?")
        session.expect("]: ")
        session.type("skip")
        session.expect("Why?")
        session.type("it is not seen")
        session.expect("gnt-job cancel --kill --yes-do-it")
        session.expect("stops where it is")
        session.expect(QUESTION)
        session.type("stop")
        assert session.end() == 1
    assert "gnt-job cancel --kill" in (tmp_path / "log").read_text()


ASK = """
import sys
from engine.operator.interface import Line, Style, Expected
from engine.operator.terminal import Terminal
person = Terminal()
why = person.words(Expected("reason", "Why is it run?"))
said = person.words(Expected("parameter.password", "of the lamp (password)", hidden=True))
again = person.words(Expected("x", "And again?"))
person.show(Line(Style.TEXT, f"heard {len(why)} {len(said)} {again}"))
"""


def test_a_secret_is_not_echoed_and_the_echo_is_given_back(tmp_path: Path) -> None:
    with TerminalSession([sys.executable, "-c", ASK], {"PYTHONPATH": str(Path(__file__).parents[3])}) as session:
        session.expect("Why is it run?")
        session.type("")
        session.type("it burnt")
        session.expect("of the lamp (password)")
        # Until the program has turned the echo off, what is typed is thrown away.
        session.expect("unseen: ")
        session.type("hunter2hunter2")
        session.expect("And again?")
        session.expect(": ")
        session.type("seen")
        session.expect("heard 8 14 seen")
        assert session.end() == 0
        assert "hunter2" not in session.screen
        assert session.screen.count("seen") >= 2
