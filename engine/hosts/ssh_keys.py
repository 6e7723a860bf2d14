"""Which keys of ours are offered to a host."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import paramiko

from engine.hosts import sockets
from engine.hosts.ssh_config import Target

AGENT_SECONDS = 5.0
"""Seconds an agent may take to list its keys. One that was forwarded over a connection that has died never does."""
LIST = b"\0\0\0\1\x0b"
"""SSH_AGENTC_REQUEST_IDENTITIES (draft-miller-ssh-agent, 4.4)."""


@contextlib.contextmanager
def our_keys(goal: Target) -> Iterator[dict[str, Any]]:
    """What paramiko is to offer: the keys in the agent that are named, the named files, then any other.

    A key with a passphrase is usable through the agent only; and an agent may hold more keys than a host lets us
    try, so that the named one has to come first. The agent is let go of when the block ends; one that does not answer
    is passed over.
    """
    socket_path = os.environ.get("SSH_AUTH_SOCK", "none") if goal.agent is None else goal.agent
    answers = _agent_answers(socket_path)
    named = {blob for path in goal.identity_files if (blob := _public_blob(path))}
    keys: dict[str, Any] = {
        # Paramiko stumbles over a file it cannot open; ssh passes over it.
        "key_filename": [str(path) for path in goal.identity_files if os.access(path, os.R_OK)],
        # Paramiko itself knows only the agent of the environment.
        "allow_agent": answers and not goal.identities_only and goal.agent is None,
        "look_for_keys": not goal.identity_files,
    }
    agent = _agent(socket_path) if answers and (named or goal.agent) else None
    try:
        offered = list(agent.get_keys()) if agent else []
        # Of another agent one key is offered: the named one, else its first.
        usable = [key for key in offered if key.asbytes() in named]
        if goal.agent is not None and not goal.identities_only:
            usable += offered[:1]
        if usable:
            keys["pkey"] = usable[0]
        yield keys
    finally:
        if agent:
            agent._close()  # noqa: SLF001 - paramiko's own Agent closes itself in no other way


def _agent_answers(path: str) -> bool:
    """Whether there is an agent that lists its keys in time."""
    try:
        with socket.socket(socket.AF_UNIX) as agent:
            agent.settimeout(AGENT_SECONDS)
            agent.connect(path)
            agent.sendall(LIST)
            return bool(agent.recv(1))
    except OSError:
        return False


def _agent(path: str) -> Any:
    """The agent at a socket. Paramiko's own class for it looks into the environment only."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
        agent = paramiko.agent.AgentSSH()
        agent._connect(connection)  # noqa: SLF001 - as paramiko's own Agent does
    except (paramiko.SSHException, OSError):
        connection.close()
        return None
    return agent


def let_go_of_agents(client: Any, keys: Mapping[str, Any]) -> None:
    """End a wait for an agent that does not sign: paramiko knows no limit for it, and nobody may be there to touch."""
    for agent in (getattr(client, "_agent", None), getattr(keys.get("pkey"), "agent", None)):
        connection = getattr(agent, "_conn", None)
        if isinstance(connection, socket.socket):
            sockets.cut(connection)


def _public_blob(path: Path) -> bytes | None:
    """The public half of a key, from the file beside it, or from the file itself if that is all there is."""
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        return base64.b64decode(public.read_text(encoding="utf-8").split()[1])
    except (OSError, ValueError, IndexError, binascii.Error):
        return None
