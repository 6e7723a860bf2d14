"""How the engine reaches a host: a `Link` executes, a `Reader` can only look, a `Changer` records and changes.

Only `Reader` and `Changer` hold links. A check, a fact and the planning of a step get a `Reader`; nothing else is
within their reach, so that nothing they do can change a host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable


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
        after: the content to write; None to remove the file.
        backup: where the old content is kept.
        mode: of a file that was not there, in octal; one that was keeps its mode and owner.
        owner: likewise, as chown takes it; empty for whoever makes it.
    """

    path: str
    before: str | None
    after: str | None
    backup: str
    mode: str = "0644"
    owner: str = ""


Action = tuple[str, ...] | FileChange
"""What a change does: a command, or new content for a file."""


@dataclass(frozen=True, slots=True)
class Once:
    """The name of one change for good: a host begins a change of this name at most once, whoever asks for it.

    Attributes:
        run: the run it belongs to.
        key: its name within the run: the step, its item, and which of the run's changes it is.
    """

    run: str
    key: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What a host says became of a change.

    `state` is `ended`, `running` (it goes on), `cut-short` (its process is gone and left no exit code), `rebooted`
    (the host was started anew while it ran), or `never` (it was not begun, and never will be).

    Attributes:
        result: how it ended; for one that was cut short what it had printed, with exit code -1.
    """

    state: Literal["ended", "running", "cut-short", "rebooted", "never"]
    result: Result | None = None


def nothing() -> None:
    """What is done once a second by whoever follows a change and has nothing else to do."""


@runtime_checkable
class Link(Protocol):
    """One host that answers under its own name, with root's rights (directly or by `sudo -n`).

    Commands are argument lists and never see a shell's syntax; they run with LC_ALL=C, with the sbin directories in
    PATH and with an empty standard input. Every call ends within its timeout (seconds).
    """

    host: Host

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        """Execute a command that only looks, or that does no harm if it is repeated; how it ended, whatever its code.

        Raises:
            HostUnreachableError: the command was surely not started.
            LinkLostError: it was sent, and its end was not seen within the time.
        """
        ...

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        """Make a change and return how it ended, whatever its exit code.

        It goes on when the link ends. One of the same name that was begun before, by whomever, is not begun again:
        its end is waited for and returned. New content for a file, or its removal, keeps a backup, comes in one
        step, and keeps owner and mode; exit code 65 when the file is not what it was when the change was planned, and
        nothing was changed.

        Args:
            once: its name.
            action: what it does.
            timeout: seconds after which its end is no longer waited for.
            tick: called about once a second while its end is waited for; what it raises ends the waiting, not the
                change.

        Raises:
            HostError: it was surely not begun.
            LinkLostError: it was sent, and its end was not seen: code `link-lost` or `timed-out`; or it has none to be
                seen: `host-rebooted`, `cut-short`.
        """
        ...

    def settle(self, once: Once, *, timeout: float, wait: bool = False, tick: Callable[[], None] = nothing) -> Settled:
        """What became of a change; one that was not begun until now never will be.

        Args:
            once: its name.
            timeout: seconds.
            wait: wait for the end of one that goes on.
            tick: as for `make`.

        Raises:
            HostError: the host cannot be asked.
            LinkLostError: it did not say within the time.
        """
        ...

    def forget(self, run: str, *, timeout: float) -> None:
        """Remove what the host keeps of the changes of a run; what still goes on is kept.

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
