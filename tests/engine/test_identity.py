"""Who is behind a run: what the machine knows, where each of it was read, and what is not made up."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import identity
from tests.engine.cli.program import PYTHONPATH
from tests.sshd import find_ssh_keygen

BLOB = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519" + bytes(36)).decode()
LOOK = """from engine.identity import look
who = look()
print(who.known.get('from'), who.sources.get('from'), who.sources['ssh_key'])"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_USER_AUTH", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(identity, "ancestors", lambda _pid: iter(()))


def test_everything_that_is_known_says_where_it_was_read() -> None:
    found = identity.look()
    assert found.known["account"]
    assert found.known["machine"]
    assert set(found.known) - {"ssh_key"} == set(found.sources) - {"ssh_key"}
    assert all(found.sources.values())
    assert found.sources["ssh_key"] == "not known: no ssh session was found"
    assert "from" not in found.known


def test_the_account_is_that_of_the_process_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity.look().known["account"]
    monkeypatch.setenv("LOGNAME", "mallory")
    monkeypatch.setenv("USER", "mallory")
    assert identity.look().known["account"] == before


def test_the_fingerprint_is_that_of_ssh_keygen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    find_ssh_keygen()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    wanted = subprocess.run(["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True).stdout.split()
    kind, blob = (tmp_path / "key.pub").read_text().split()[:2]
    auth = tmp_path / "auth"
    auth.write_text(f"publickey {kind} {blob}\n")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 4000 192.0.2.1 22")
    monkeypatch.setenv("SSH_USER_AUTH", str(auth))
    found = identity.look()
    assert found.known["ssh_key"] == wanted[1]
    assert found.known["from"] == "192.0.2.7"
    assert str(auth) in found.sources["ssh_key"]


@pytest.mark.parametrize("content", ["password\n", "publickey ssh-ed25519 %%%\n", "publickey", "\0\n\n"])
def test_what_names_no_key_is_said_to_be_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (tmp_path / "auth").write_text(content)
    monkeypatch.setenv("SSH_USER_AUTH", str(tmp_path / "auth"))
    found = identity.look()
    assert "ssh_key" not in found.known
    assert found.sources["ssh_key"].startswith("not known: ")


def test_a_pipe_in_place_of_the_file_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "auth")
    monkeypatch.setenv("SSH_USER_AUTH", str(tmp_path / "auth"))
    assert "ssh_key" not in identity.look().known


def test_a_session_whose_sshd_does_not_tell_the_key_says_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 4000 192.0.2.1 22")
    assert "ExposeAuthInfo" in identity.look().sources["ssh_key"]


def test_what_sudo_took_away_is_found_in_a_process_above() -> None:
    # As under sudo: the variable is gone in ours, and still there above. A shell that has more to do does not exec.
    script = f'env -u SSH_CONNECTION -u SSH_USER_AUTH "$0" -c "{LOOK}"; true'
    env = {**os.environ, "SSH_CONNECTION": "192.0.2.9 1 192.0.2.1 22", "PYTHONPATH": PYTHONPATH}
    env.pop("SSH_USER_AUTH", None)
    ran = subprocess.run(["sh", "-c", script, sys.executable], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("192.0.2.9 SSH_CONNECTION of the process "), ran.stdout + ran.stderr
    assert "above this one" in ran.stdout


def test_the_processes_above_end_and_have_names() -> None:
    found = list(_ancestors(os.getpid()))
    assert found[0][0] == os.getpid()
    assert len(found) <= identity.ANCESTORS
    assert all(name for _pid, name in found)
    assert list(_ancestors(1)) == []


_ancestors = identity.ancestors
