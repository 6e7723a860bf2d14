"""Who is behind a process: by the kernel's book of logins, else by the users above it; nobody where it is unclear."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.person import person_of
from engine.who import NO_LOGINUID as NO_LOGIN

ALICE, BOB, ROOT = 54321, 54322, 0


def processes(proc: Path, login: int, users: Sequence[int]) -> int:
    """A process with these users, it and those above it up to the first one; its number."""
    for pid, uid in enumerate(reversed(users), start=1):
        (proc / str(pid)).mkdir(parents=True)
        (proc / str(pid) / "status").write_text(f"Name:\tsh\nPPid:\t{pid - 1}\nUid:\t{uid}\t0\t0\t0\n")
        (proc / str(pid) / "loginuid").write_text(str(login))
    return len(users)


@pytest.mark.parametrize(
    ("login", "users", "person"),
    [
        (ALICE, [ROOT, ROOT, ALICE, ROOT], ALICE),
        (ALICE, [ROOT, BOB, ROOT, ALICE, ROOT], ALICE),
        (ROOT, [ROOT, ROOT], None),
        (ROOT, [ROOT, ALICE], None),
        (NO_LOGIN, [ALICE, ROOT], ALICE),
        (NO_LOGIN, [ROOT, ROOT, ALICE, ALICE, ROOT], ALICE),
        (NO_LOGIN, [ROOT, ROOT], None),
        (NO_LOGIN, [BOB, ROOT, ALICE, ROOT], None),
        (NO_LOGIN, [ROOT, BOB, ALICE, ROOT], None),
    ],
)
def test_who_is_behind_it(tmp_path: Path, login: int, users: list[int], person: int | None) -> None:
    found = person_of(processes(tmp_path, login, users), tmp_path)
    assert (found and found.uid) == person


def test_variables_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", str(BOB))
    monkeypatch.setenv("SUDO_USER", "bob")
    assert person_of(processes(tmp_path, NO_LOGIN, [ROOT, ROOT]), tmp_path) is None


def test_a_process_that_is_gone_or_hidden_is_nobodys(tmp_path: Path) -> None:
    assert person_of(0, tmp_path) is None
    assert person_of(7, tmp_path) is None
    pid = processes(tmp_path, NO_LOGIN, [ROOT, ALICE])
    (tmp_path / "1" / "status").unlink()
    assert person_of(pid, tmp_path) is None


def test_an_account_that_was_removed_is_still_a_person(tmp_path: Path) -> None:
    found = person_of(processes(tmp_path, ALICE, [ROOT]), tmp_path)
    assert found is not None
    assert found.known == {"person": f"uid {ALICE}", "uid": str(ALICE)}
