"""Two persons who log in by a real sshd and become root, where the kernel keeps no logins: and one of them who, being
root, becomes the other. With accounts and processes of their own, in namespaces: needs root."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.journal.events import ApprovalEnded
from engine.journal.reader import read_journal
from tests.engine.approvals.test_two_terminals import ALICE, BOB, BYPASS, logged_in
from tests.engine.cli.program import PYTHONPATH
from tests.sshd import Sshd
from tests.terminal import TerminalSession

USERS = {"alice": ALICE, "bob": BOB}
SCENE = """
set -e
folder=$1 ; shift
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$folder/shadow" /etc/shadow
mount -t tmpfs -o mode=755 tmpfs "$folder/bin"
cp "$(command -v setpriv)" "$folder/bin/become"
chmod 4755 "$folder/bin/become"
exec "$@"
"""
"""Accounts of our own, and a program like sudo, by which each of them may become root. What comes last is the first
process of this namespace: here it is sshd itself."""
DETACHED = """
exec setsid sh -c '"$@" > "$0" 2>&1 &' "$@"
"""
"""Leaves the processes above behind: $1 is where it prints."""
ALONE = """
import os, sys, time
while os.getppid() != 1:
    time.sleep(0.01)
exec(open(sys.argv[2]).read())
"""


class Office:
    """A machine at which Alice and Bob have accounts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        lines = [f"{name}:x:{uid}:{uid}::{folder}:/bin/sh" for name, uid in USERS.items()]
        kept = [line for line in Path("/etc/passwd").read_text().splitlines() if line.split(":")[0] not in USERS]
        (folder / "passwd").write_text("\n".join([*kept, *lines]) + "\n")
        (folder / "shadow").write_text("".join(f"{name}:*:19000:0:99999:7:::\n" for name in ("root", "sshd", *USERS)))
        (folder / "bin").mkdir()
        (folder / "state").mkdir()
        (folder / "bypass.py").write_text(BYPASS)
        within = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", SCENE, "sh"]
        # No login is kept below, whatever is kept of who runs the tests.
        unset = ["sh", "-c", 'echo 4294967295 > /proc/self/loginuid; exec "$@"', "sh"]
        self.sshd = Sshd(folder, within=(*unset, *within, str(folder)))

    def login(self, name: str, *argv: str, kept: bool = False) -> TerminalSession:
        """Log in by ssh, and be root there as sudo would have it; the login is `kept` as pam_loginuid would."""
        if kept:
            argv = tuple(logged_in(USERS[name], *argv))
        env = [f"GNT_RUNBOOK_STATE={self.folder}/state", f"XDG_CONFIG_HOME={self.folder}", f"PYTHONPATH={PYTHONPATH}"]
        become = [f"{self.folder}/bin/become", "--reuid=0", "--regid=0", "--clear-groups"]
        command = shlex.join([*become, "env", *env, *argv])
        config = self.folder / f"{name}.ssh_config"
        config.write_text(self.sshd.block("office", f"User {name}", "HostName 127.0.0.1"))
        return TerminalSession(["ssh", "-tt", "-F", str(config), "office", command])


@pytest.fixture
def office() -> Iterator[Office]:
    if os.geteuid() != 0:
        pytest.skip("needs root, for accounts of its own in a namespace of its own")
    folder = Path(tempfile.mkdtemp(prefix="gnt-runbook-office-"))
    try:
        there = Office(folder)
        with there.sshd:
            yield there
            # The first process of a namespace hears no other signal, and takes the rest of it with it.
            os.kill(there.sshd.pid, signal.SIGKILL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def waiting(office: Office, *, kept: bool = False) -> Iterator[TerminalSession]:
    """Alice, who has to wait for somebody else."""
    argv = [sys.executable, "-m", "tests.engine.approvals.waiting", f"{office.folder}/state"]
    with office.login("alice", *argv, kept=kept) as alice:
        alice.expect("Type yes in full")
        alice.type("yes")
        alice.expect("Somebody else than alice")
        yield alice


def ends(office: Office) -> list[tuple[str, str]]:
    journal = read_journal(next((office.folder / "state" / "runs").glob("*.jsonl")))
    return [(one.state, one.who.get("person", "")) for one in journal.events if isinstance(one, ApprovalEnded)]


def becomes_bob(office: Office) -> None:
    """Alice again, from another window: Bob as far as his name goes, root all the same, and nothing above her."""
    alone = office.folder / "alone.py"
    alone.write_text(ALONE)
    become = ["setpriv", f"--ruid={BOB}", sys.executable, str(alone), f"{office.folder}/state/approvals"]
    detached = ["sh", "-c", DETACHED, "sh", f"{office.folder}/printed", *become, f"{office.folder}/bypass.py"]
    with office.login("alice", *detached) as again:
        assert again.end() == 0


def approves(office: Office, *, kept: bool = False) -> None:
    """Bob himself."""
    with office.login("bob", sys.executable, "-m", "engine.cli", "approve", kept=kept) as bob:
        bob.expect("alice asks for your approval")
        bob.expect("Type yes in full")
        bob.type("yes")
        bob.expect("Why?")
        bob.type("it is the right lamp")
        bob.expect("The step is approved")
        assert bob.end() == 0


def test_where_no_login_is_kept_another_person_approves_and_who_becomes_them_does_not(office: Office) -> None:
    with waiting(office) as alice:
        becomes_bob(office)
        alice.expect("wanted to answer and was refused")
        approves(office)
        alice.expect("Approved by bob: it is the right lamp")
        assert alice.end() == 0
    assert ends(office) == [("approved", "bob")]


def test_where_logins_are_kept_who_has_none_is_nobody(office: Office) -> None:
    with waiting(office, kept=True) as alice:
        becomes_bob(office)
        alice.expect("wanted to answer and was refused")
        with office.login("bob", sys.executable, "-m", "engine.cli", "approve") as unkept:
            unkept.expect("You cannot be the second person")
            unkept.expect("none behind bob")
            assert unkept.end() == 5
        approves(office, kept=True)
        alice.expect("Approved by bob: it is the right lamp")
        assert alice.end() == 0
    assert ends(office) == [("approved", "bob")]
