"""How the engine reaches a host: a `Link` executes, a `Reader` can only look, a `Changer` records and changes.

Only `Reader` and `Changer` hold links. A check, a fact and the planning of a step get a `Reader`; nothing else is
within their reach, so that nothing they do can change a host.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Host:
    """A host by the name it must call itself.

    Attributes:
        name: the full name, as the cluster knows it; asserted on the host before anything else.
        addresses: where to try when the name does not resolve here, in this order.
        port: the ssh port the cluster knows of; ssh_config and the configuration come first.
    """

    name: str
    addresses: tuple[str, ...] = ()
    port: int | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed and how it ended. Output that is no UTF-8 holds replacement characters."""

    argv: tuple[str, ...]
    stdout: str
    stderr: str
    exit_code: int
    seconds: float

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()


@dataclass(frozen=True, slots=True)
class FileChange:
    """New content for a small text file, made only if the file still is what it was when it was shown.

    Attributes:
        path: absolute path on the host.
        before: the content the change was planned on; None where there was no file.
        after: the content to write.
        backup: where the old content is kept.
        mode: of a file that was not there, in octal; one that was keeps its mode and owner.
        owner: likewise, as chown takes it; empty for whoever makes it.
    """

    path: str
    before: str | None
    after: str
    backup: str
    mode: str = "0644"
    owner: str = ""


@runtime_checkable
class Link(Protocol):
    """One host that answers under its own name, with root's rights (directly or by `sudo -n`).

    Commands are argument lists and never see a shell's syntax; they run with LC_ALL=C, with the sbin directories in
    PATH and with an empty standard input. Every call ends within its timeout (seconds).
    """

    host: Host

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        """Execute a command and return how it ended, whatever its exit code.

        Raises:
            HostUnreachableError: the command was surely not started.
            LinkLostError: it was sent, and its end was not seen within the time.
        """
        ...

    def replace_file(self, change: FileChange, *, timeout: float) -> Result:
        """Keep a backup, then put the new content in place in one step, keeping owner and mode.

        Exit code 65 when the file is not what it was when the change was planned; nothing was changed then.

        Raises:
            HostUnreachableError, LinkLostError: as for `run`.
        """
        ...

    def close(self) -> None: ...


class Links(Protocol):
    """Opens links and keeps one a host open for the length of a run."""

    def to(self, host: Host) -> Link:
        """The link to this host, opened on first use.

        Raises:
            HostError: unreachable, unknown or changed key, a wrong name, sudo refused: each its own subclass.
        """
        ...

    def close(self) -> None: ...
