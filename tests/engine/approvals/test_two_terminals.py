"""Two persons at real terminals, in real processes, told apart by the kernel alone: their account is the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journal.events import ApprovalEnded
from engine.journal.reader import read_journal
from tests.engine.cli.program import GNT_RUNBOOK, PYTHONPATH
from tests.terminal import TerminalSession

ALICE, BOB = 54321, 54322
LOGIN = 'echo {} > /proc/self/loginuid && exec "$@"'
BYPASS = """
import sys
from pathlib import Path
from engine.approvals.approver import Approver
from engine.approvals.folder import ApprovalFolder
from engine.operator.interface import Answer
from engine.identity import Person
persons = iter([Person(54322, "bob"), Person(54321, "alice")])
approver = Approver(ApprovalFolder(Path(sys.argv[1])), "r1", lambda pid: next(persons))
print(approver.answer(Answer("approve", "yes", "trust me")))
"""


def logged_in(uid: int, *argv: str) -> list[str]:
    """A command within a login of this user, as the kernel keeps it; whoever logs in through PAM has such a one."""
    return ["sh", "-c", LOGIN.format(uid), "sh", *argv]


@pytest.fixture(autouse=True)
def _logins_can_be_set() -> None:
    if subprocess.run(logged_in(ALICE, "true"), capture_output=True, check=False).returncode != 0:
        pytest.skip("the kernel keeps no logins, or this one is set already and only root may set another")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "GNT_RUNBOOK_STATE": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "PYTHONPATH": PYTHONPATH,
        "SUDO_USER": "bob",
        "SUDO_UID": str(BOB),
    }


@pytest.fixture
def alice(tmp_path: Path, env: dict[str, str]) -> Iterator[TerminalSession]:
    argv = logged_in(ALICE, sys.executable, "-m", "tests.engine.approvals.waiting", str(tmp_path))
    with TerminalSession(argv, env) as session:
        session.expect("Type yes in full")
        session.type("yes")
        session.expect("gnt-runbook approve r1")
        yield session


def ends(tmp_path: Path) -> list[tuple[str, str]]:
    journal = read_journal(next((tmp_path / "runs").glob("*.jsonl")))
    return [(one.state, one.who.get("uid", "")) for one in journal.events if isinstance(one, ApprovalEnded)]


def test_one_person_at_two_terminals_cannot_pass_and_another_one_can(
    tmp_path: Path, env: dict[str, str], alice: TerminalSession
) -> None:
    with TerminalSession(logged_in(ALICE, *GNT_RUNBOOK, "approve"), env) as again:
        again.expect("ERROR approval-refused")
        assert again.end() == 5
    bypass = subprocess.run(
        logged_in(ALICE, sys.executable, "-c", BYPASS, str(tmp_path / "approvals")),
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "You cannot be the second person" in bypass.stderr
    assert bypass.stdout == ""
    alice.expect("was refused")
    with TerminalSession(logged_in(BOB, *GNT_RUNBOOK, "approve", "r1"), env) as bob:
        bob.expect("uid 54321 asks for your approval")
        bob.expect("on hall.example:  lamp on")
        bob.expect("DISRUPTIVE")
        bob.expect("Type yes in full")
        bob.type("")
        bob.expect("Not understood")
        bob.type("yes")
        bob.expect("Why?")
        bob.type("it is the right lamp")
        bob.expect("The step is approved")
        assert bob.end() == 0
    alice.expect("Approved by uid 54322: it is the right lamp")
    alice.expect("the lamp is on")
    assert alice.end() == 0
    assert ends(tmp_path) == [("approved", str(BOB))]


def test_who_waits_may_stop(tmp_path: Path, alice: TerminalSession) -> None:
    alice.type("what now?")
    alice.expect("Not understood")
    alice.type("wait")
    alice.type("stop")
    alice.expect("ERROR stopped")
    alice.expect("Nothing was changed")
    assert alice.end() == 0
    assert ends(tmp_path) == [("withdrawn", "")]


def test_a_second_person_who_dies_or_is_late_has_not_answered(
    tmp_path: Path, env: dict[str, str], alice: TerminalSession
) -> None:
    with TerminalSession(logged_in(BOB, *GNT_RUNBOOK, "approve"), env) as bob:
        bob.expect("Type yes in full")
        alice.expect("is looking at it")
        bob.process.kill()
        alice.expect("has left without an answer")
    with TerminalSession(logged_in(BOB, *GNT_RUNBOOK, "approve"), env) as bob:
        bob.expect("]: ")
        alice.press(b"\x03")
        alice.expect("ERROR interrupted")
        bob.type("yes")
        bob.expect("Why?")
        bob.type("too late")
        bob.expect("ERROR approval-late")
        assert bob.end() == 1
    assert ends(tmp_path) == [("withdrawn", "")]
