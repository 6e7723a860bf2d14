"""Who is behind a process: by the kernel's book of logins, else by the login or sshd above it; nobody where it is
unclear."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import identity
from engine.identity import NO_LOGINUID as NO_LOGIN
from engine.identity import Person, person_of, why_not_two

ALICE, BOB, ROOT = 54321, 54322, 0
PROGRAM = Path("/usr/bin/env")
"""What stands for sshd: it is where only root can put it."""
SSHD = -1
"""Among the users of processes: one of root's that runs it."""


@pytest.fixture(autouse=True)
def _sshd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "LOGIN_PROGRAMS", frozenset({PROGRAM.name}))


def processes(proc: Path, login: int, users: Sequence[int], exe: Path = PROGRAM) -> int:
    """A process with these users, it and those above it up to the first one; its number."""
    for pid, uid in enumerate(reversed(users), start=1):
        one = proc / str(pid)
        one.mkdir(parents=True)
        (one / "status").write_text(f"Name:\tsshd\nPPid:\t{pid - 1}\nUid:\t{max(uid, ROOT)}\t0\t0\t0\n")
        (one / "loginuid").write_text(str(login))
        (one / "exe").symlink_to(exe if uid == SSHD else "/bin/true")
    return len(users)


@pytest.mark.parametrize(
    ("login", "users", "who"),
    [
        (ALICE, [ROOT, ROOT, ALICE, ROOT], ALICE),
        (ALICE, [ROOT, BOB, ROOT, ALICE, ROOT], ALICE),
        (ALICE, [ROOT, ROOT], ALICE),
        (ROOT, [ROOT, ROOT], None),
        (ROOT, [ROOT, ALICE, SSHD, ROOT], None),
        (NO_LOGIN, [ALICE, SSHD, ROOT], ALICE),
        (NO_LOGIN, [ROOT, ROOT, ALICE, ALICE, SSHD, SSHD, ROOT], ALICE),
        (NO_LOGIN, [ROOT, ROOT], None),
        (NO_LOGIN, [ROOT, SSHD, ROOT], None),
        (NO_LOGIN, [BOB, ROOT, ALICE, SSHD, ROOT], None),
        (NO_LOGIN, [ROOT, BOB, ALICE, SSHD, ROOT], None),
        # Whoever detached and became somebody, from whatever program; below a sshd that is the first process, too.
        (NO_LOGIN, [BOB, ROOT], None),
        (NO_LOGIN, [ROOT, BOB, ROOT, ROOT], None),
        (NO_LOGIN, [BOB, SSHD], None),
        # A sshd of root's above root's own session, which then became Bob.
        (NO_LOGIN, [BOB, ROOT, SSHD, ROOT], None),
    ],
)
def test_who_is_behind_it(tmp_path: Path, login: int, users: list[int], who: int | None) -> None:
    found = person_of(processes(tmp_path, login, users), tmp_path)
    assert (found and found.uid) == who
    assert found is None or found.kept == (login != NO_LOGIN)


def test_a_program_counts_only_where_root_alone_can_put_it(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / PROGRAM.name
    mine.parent.mkdir()
    mine.write_bytes(b"")
    mine.parent.chmod(0o777)
    assert person_of(processes(tmp_path / "a", NO_LOGIN, [ALICE, SSHD, ROOT], mine), tmp_path / "a") is None
    assert person_of(processes(tmp_path / "b", NO_LOGIN, [ALICE, SSHD, ROOT]), tmp_path / "b") is not None


def test_variables_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", str(BOB))
    monkeypatch.setenv("SUDO_USER", "bob")
    assert person_of(processes(tmp_path, NO_LOGIN, [ROOT, ROOT]), tmp_path) is None


def test_a_process_that_is_gone_or_hidden_is_nobodys(tmp_path: Path) -> None:
    assert person_of(0, tmp_path) is None
    assert person_of(7, tmp_path) is None
    pid = processes(tmp_path, NO_LOGIN, [ROOT, ALICE, SSHD, ROOT])
    assert person_of(pid, tmp_path) is not None
    (tmp_path / "2" / "exe").unlink()
    assert person_of(pid, tmp_path) is None
    (tmp_path / "2" / "status").unlink()
    assert person_of(pid, tmp_path) is None


def test_an_account_that_was_removed_is_still_a_person(tmp_path: Path) -> None:
    found = person_of(processes(tmp_path, ALICE, [ROOT]), tmp_path)
    assert found is not None
    assert found.known == {"person": f"uid {ALICE}", "uid": str(ALICE)}


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (Person(ALICE, "alice"), Person(ALICE, "alice"), "who asks"),
        (Person(ALICE, "alice"), Person(BOB, "bob", kept=False), "none behind bob"),
        (Person(ALICE, "alice", kept=False), Person(BOB, "bob"), "none behind alice"),
        (Person(ALICE, "alice"), Person(BOB, "bob"), ""),
        (Person(ALICE, "alice", kept=False), Person(BOB, "bob", kept=False), ""),
    ],
)
def test_two_are_told_apart_by_the_same_book(one: Person, other: Person, says: str) -> None:
    why = why_not_two(one, other)
    assert (says in why) if says else not why
