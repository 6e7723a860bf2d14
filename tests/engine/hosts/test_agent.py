"""An ssh agent that hangs, such as one that was forwarded over a connection that has died."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from engine.errors import HostUnreachableError
from engine.hosts import ssh_keys
from engine.hosts.ssh_login import dial
from tests.engine.hosts.test_ssh_login import lets_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sshd import Sshd


@contextlib.contextmanager
def mute_agent(path: Path, *answers: bytes) -> Iterator[None]:
    """An agent that gives these answers to whoever connects, and then says nothing more."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(8)
        kept = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    kept.append(caller)
                    for one in answers:
                        caller.sendall(len(one).to_bytes(4, "big") + one)

        threading.Thread(target=serve, daemon=True).start()
        yield
        for one in kept:
            one.close()


def test_an_agent_that_does_not_answer_is_passed_over(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_keys, "AGENT_SECONDS", 0.2)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with mute_agent(tmp_path / "agent"):
        assert lets_in(sshd.host(), sshd.settings("IdentitiesOnly no"))


def test_an_agent_that_does_not_sign_costs_no_more_than_a_login_may(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lists the very key that sshd takes, and then waits for a touch that never comes."""
    blob = base64.b64decode(sshd.key.with_suffix(".pub").read_text().split()[1])
    public = tmp_path / "only.pub"
    public.write_text(sshd.key.with_suffix(".pub").read_text())
    # However busy this machine is, it has its time to list its keys.
    monkeypatch.setattr(ssh_keys, "AGENT_SECONDS", 30.0)
    listed = b"\x0c" + (1).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + blob + (0).to_bytes(4, "big")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    config = sshd.block().replace(str(sshd.key), str(tmp_path / "only"))
    with mute_agent(tmp_path / "agent", listed), pytest.raises(HostUnreachableError) as caught:
        dial(sshd.host(), sshd.settings(config=config, connect_timeout=2))
    assert caught.value.code == "host-silent"
