"""Which keys of ours are offered to a host."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko

from engine.transport.sshconfig import Target


@contextlib.contextmanager
def our_keys(goal: Target) -> Iterator[dict[str, Any]]:
    """What paramiko is to offer: the keys in the agent that are named, the named files, then any other.

    A key with a passphrase is usable through the agent only; and an agent may hold more keys than a host lets us
    try, so that the named one has to come first. The agent is let go of when the block ends.
    """
    named = {blob for path in goal.identity_files if (blob := _public_blob(path))}
    keys: dict[str, Any] = {
        # Paramiko stumbles over a file it cannot open; ssh passes over it.
        "key_filename": [str(path) for path in goal.identity_files if os.access(path, os.R_OK)],
        "allow_agent": not goal.identities_only,
        "look_for_keys": not goal.identity_files,
    }
    agent = _agent() if named else None
    try:
        for key in agent.get_keys() if agent else ():
            if key.asbytes() in named:
                keys["pkey"] = key
                break
        yield keys
    finally:
        if agent:
            agent.close()


def _agent() -> Any:
    try:
        return paramiko.Agent()
    except (paramiko.SSHException, OSError):
        return None


def _public_blob(path: Path) -> bytes | None:
    """The public half of a key, from the file beside it, or from the file itself if that is all there is."""
    public = path if path.suffix == ".pub" else path.with_name(f"{path.name}.pub")
    try:
        return base64.b64decode(public.read_text(encoding="utf-8").split()[1])
    except (OSError, ValueError, IndexError, binascii.Error):
        return None
