"""What OpenSSH itself makes of its configuration for a host: `ssh -G`, which connects to nothing."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.errors import NOTHING_CHANGED, UsageError
from engine.hosts.ssh_settings import TransportSettings

SECONDS = 10.0
"""How long it may take: `Match exec` runs what the operator's file says, and CanonicalizeHostname asks the resolver."""
SSH_PORT = 22
Found = Mapping[str, tuple[str, ...]]
"""Settings in small letters, each with all its values."""


def find_ssh() -> str | None:
    """The path of ssh, if it is on this machine."""
    return shutil.which("ssh")


def effective(
    ssh: str, name: str, settings: TransportSettings, *, port: int | None, files: Iterable[Path] = ()
) -> Found:
    """All settings for a host, as ssh would use them.

    Args:
        ssh: the path of ssh.
        name: the name or address of the host: one that cannot be taken for an option.
        settings: the operator's, which go before ssh_config.
        port: the port where neither they nor ssh_config name one.
        files: the user's and the system's own ssh_config, for when `port` has to be put behind them.

    Raises:
        UsageError: ssh does not understand its files, or takes too long.
    """
    options = [
        *(("-l", settings.user) if settings.user else ()),
        *(("-p", str(settings.port)) if settings.port else ()),
    ]
    given = () if settings.ssh_config is None else ("-F", str(settings.ssh_config))
    found = _ask([ssh, "-G", *given, *options, "--", name], name)
    if settings.port or port in (None, SSH_PORT) or found.get("port") != (str(SSH_PORT),):
        return found
    # It says the same where ssh_config names port 22 and where it names none: asked again with ours behind it.
    where = [settings.ssh_config] if settings.ssh_config is not None else list(files)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="gnt-runbook-ssh_config-") as behind:
        behind.writelines(f'Include "{path.absolute()}"\nMatch all\n' for path in where)
        behind.write(f"Port {port}\n")
        behind.flush()
        again = _ask([ssh, "-G", "-F", behind.name, *options, "--", name], name)
    return {**found, "port": again["port"]}


def _ask(argv: list[str], name: str) -> Found:
    try:
        process = subprocess.Popen(  # noqa: S603 - ssh with a name that is no option
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise refused(name, str(error)) from error
    with process:
        try:
            told, complaint = process.communicate(timeout=SECONDS)
        except BaseException as error:
            # What `Match exec` has started as well.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise refused(name, f"{shlex.join(argv)} takes longer than {SECONDS:g} seconds.") from error
            raise
    if process.returncode != 0:
        raise refused(name, complaint.strip() or f"{shlex.join(argv)} ended with exit code {process.returncode}.")
    found: dict[str, tuple[str, ...]] = {}
    for line in told.splitlines():
        key, _, value = line.partition(" ")
        found[key.lower()] = (*found.get(key.lower(), ()), value)
    if not {"hostname", "user", "port"} <= found.keys():
        raise refused(name, f"{shlex.join(argv)} does not say where {name} is.")
    return found


def refused(name: str, why: str) -> UsageError:
    """That ssh_config is of no use."""
    return UsageError(
        f"ssh_config cannot be used for {name}.",
        why=why,
        changed=NOTHING_CHANGED,
        hint=f"`ssh -G {name}` shows what OpenSSH makes of it.",
        code="ssh-config",
    )
