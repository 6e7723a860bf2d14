"""Signatures of closed journals by an operator's own ssh key, made and checked by OpenSSH's `ssh-keygen -Y`."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine import ownership
from engine.bounded_files import read_bytes
from engine.errors import NOTHING_CHANGED, JournalError, UsageError

NAMESPACE = "gnt-runbook"
"""Keeps a signature from being used for anything else (ssh-keygen(1), -n)."""

SUFFIX = ".sig"
USUAL = ("id_ed25519", "id_ecdsa", "id_rsa")
TIMEOUT = 60.0
"""Seconds for whatever asks nobody."""

_FINGERPRINT = re.compile(r"with (\S+ key SHA256:\S+)")


@dataclass(frozen=True, slots=True)
class Signature:
    """What can be said of the signature of a journal.

    Attributes:
        state: `unchecked` where there is one and nobody said who may sign.
        words: in words.
        by: who signed, as the allowed signers name them, if it is good.
    """

    state: Literal["good", "bad", "absent", "unchecked"]
    words: str
    by: str = ""


def signature_of(journal: Path) -> Path:
    """Where the signature of a journal is."""
    return journal.with_name(journal.name + SUFFIX)


def sign(data: bytes, key: Path | None) -> bytes:
    """Sign by this key; else by the first one of the agent; else by the person's usual one.

    Passphrases and touches are asked for by ssh-keygen itself, on the terminal.

    Args:
        data: the journal.
        key: a private key, or a public one whose private one the agent has.

    Raises:
        JournalError: code `signing-failed`.
        UsageError: there is no key, or no ssh-keygen.
    """
    if key is not None:
        return _sign(data, key)
    agent = _run(["ssh-add", "-L"]).stdout if "SSH_AUTH_SOCK" in os.environ else b""
    first = next((line for line in agent.splitlines() if line.startswith((b"ssh-", b"ecdsa-", b"sk-"))), None)
    if first is not None:
        with tempfile.TemporaryDirectory() as folder:
            public = Path(folder) / "key.pub"
            public.write_bytes(first + b"\n")
            return _sign(data, public)
    for name in USUAL:
        usual = Path("~/.ssh").expanduser() / name
        if usual.is_file():
            return _sign(data, usual)
    raise UsageError(
        "There is no key to sign with.",
        why="no agent with a key, and none of ~/.ssh/" + ", ".join(USUAL),
        changed=NOTHING_CHANGED,
        hint="Give one: --key FILE. sudo takes the agent away; keep SSH_AUTH_SOCK, or copy the journal and sign it.",
        code="no-signing-key",
    )


def _sign(data: bytes, key: Path) -> bytes:
    # Its standard error is ours: it asks there for a touch of the key.
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key)]
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, no shell
            command, input=data, stdout=subprocess.PIPE, check=False
        )
    except OSError as error:
        raise _missing(error) from error
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise JournalError(
            f"The journal could not be signed with {key}.",
            why=f"ssh-keygen ended with exit code {done.returncode}; what it said is above",
            changed=NOTHING_CHANGED,
            hint="Give a private key, or a public one whose private one is in the agent: --key FILE.",
            code="signing-failed",
        )
    return done.stdout


def relied_on(allowed: Path | None) -> None:
    """Look whether a file of allowed signers can be gone by.

    Raises:
        UsageError: it cannot be read, or somebody else may have written it.
    """
    if allowed is None:
        return
    try:
        ownership.read_own(allowed)
    except OSError as error:
        raise UsageError(
            f"The allowed signers, {allowed}, cannot be gone by.",
            why=error.strerror or str(error),
            changed=NOTHING_CHANGED,
            hint="Check the path, its owner and its permissions: who can write it says who may sign.",
            code="signers-unreadable",
        ) from error


def check(journal: Path, allowed: Path | None) -> Signature:
    """Look at the signature beside a journal.

    Args:
        journal: its file.
        allowed: a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS); None where nobody said who may sign.

    Raises:
        UsageError: there is no ssh-keygen.
    """
    signature = signature_of(journal)
    if not signature.exists():
        return Signature("absent", f"absent: there is no {signature.name}")
    if allowed is None:
        return Signature(
            "unchecked", f"not checked: {signature.name} is there; --allowed-signers FILE says who may sign"
        )
    try:
        data = read_bytes(journal)
    except OSError as error:
        return Signature("bad", f"cannot be checked: {error.strerror or error}")
    given = ["-s", str(signature)]
    valid = _keygen(["check-novalidate", "-n", NAMESPACE, *given], data)
    if valid.returncode:
        return Signature("bad", "bad: the journal or its signature was changed after it was signed")
    found = _FINGERPRINT.search(valid.stdout.decode("utf-8", "replace"))
    key = found[1] if found else "key unknown"
    names = _keygen(["find-principals", "-f", str(allowed), *given], data)
    for name in names.stdout.decode("utf-8", "replace").splitlines() if names.returncode == 0 else ():
        good = _keygen(["verify", "-n", NAMESPACE, "-f", str(allowed), "-I", name, *given], data)
        if good.returncode == 0:
            return Signature("good", f"good: signed by {name} ({key})", name)
    return Signature("bad", f"bad: it was made by a key that may not sign ({key}), says {allowed}")


def _keygen(arguments: Sequence[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    return _run(["ssh-keygen", "-Y", *arguments], data)


def _run(command: Sequence[str], data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - a list of words, no shell
            list(command),
            input=data,
            capture_output=True,
            timeout=TIMEOUT,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(list(command), 1, b"", b"")
    except OSError as error:
        raise _missing(error) from error


def _missing(error: OSError) -> UsageError:
    return UsageError(
        "ssh-keygen cannot be started.",
        why=error.strerror or str(error),
        changed=NOTHING_CHANGED,
        hint="Install OpenSSH's client, 8.9 or later (Debian: openssh-client).",
        code="ssh-keygen-missing",
    )
