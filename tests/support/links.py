"""Links to hosts that are not there. What they answer is up to whoever inherits; how a link behaves is here, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Action, FileChange, Host, Link, Links, Once, Result, Settled, nothing

Begun = dict[tuple[str, Once], Settled]
"""What hosts keep of changes, by the host's name: each was begun, or must not begin any more."""

CUT_SHORT = Settled("cut-short")


def said(argv: Sequence[str], stdout: str = "", stderr: str = "", exit_code: int = 0) -> Result:
    """What a command printed and how it ended, in no time to speak of."""
    return Result(tuple(argv), stdout, stderr, exit_code, 0.1)


@dataclass
class FakeLink:
    """A host that can only be looked at: to change anything on it is a mistake of the test."""

    host: Host

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        raise AssertionError(f"{self.host} was asked: {' '.join(argv)}")

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        raise AssertionError(f"{self.host} was changed: {action}")

    def settle(self, once: Once, *, timeout: float, wait: bool = False, tick: Callable[[], None] = nothing) -> Settled:
        raise AssertionError(f"{self.host} was asked for a change: {once}")

    def forget(self, run: str, *, timeout: float) -> None:
        raise AssertionError(f"{self.host} was to forget {run}")

    def close(self) -> None:
        pass


class FakeLinks:
    """Links that nobody may use."""

    def to(self, host: Host) -> Link:
        raise AssertionError(f"{host} was asked")

    def close(self) -> None:
        pass


class ChangingLink(FakeLink):
    """A host that can be changed, and keeps of its changes what a real one keeps: each is begun once."""

    @property
    def begun(self) -> Begun:
        """What is kept; it outlives the link."""
        raise NotImplementedError

    def change(self, once: Once, action: Action, *, timeout: float) -> Settled:
        """Begin a change, and say how it ends; one that raises before it was begun is not kept.

        Raises:
            HostUnreachableError: it was not begun.
            LinkLostError: nobody sees its end any more.
        """
        del once
        result = self.replace(action) if isinstance(action, FileChange) else self.run(action, timeout=timeout)
        return Settled("ended", result)

    def replace(self, change: FileChange) -> Result:
        """New content for a file."""
        raise AssertionError(f"{self.host} has no files: {change.path}")

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        name = (self.host.name, once)
        if name not in self.begun:
            self.begun[name] = CUT_SHORT
            try:
                self.begun[name] = self.change(once, action, timeout=timeout)
            except HostUnreachableError:
                del self.begun[name]
                raise
        known = self.begun[name]
        if known.state == "never":
            raise HostUnreachableError("it must not begin any more")
        if known.result is None:
            code = "host-rebooted" if known.state == "rebooted" else known.state
            raise LinkLostError("it has no end", code=code)
        return known.result

    def settle(self, once: Once, *, timeout: float, wait: bool = False, tick: Callable[[], None] = nothing) -> Settled:
        return self.begun.setdefault((self.host.name, once), Settled("never"))

    def forget(self, run: str, *, timeout: float) -> None:
        for name in [one for one in self.begun if one[0] == self.host.name and one[1].run == run]:
            del self.begun[name]


Heard = Callable[[Host, tuple[str, ...], Callable[[], Result]], Result]
"""What comes of a command on a host instead of its answer, which is there for the asking."""


class Between(FakeLinks):
    """Stands between us and other hosts, and may answer in their place; whatever is no look passes it unseen.

    Args:
        links: reach the hosts.
        hear: what is answered.
    """

    def __init__(self, links: Links, hear: Heard) -> None:
        self._links = links
        self._hear = hear

    def to(self, host: Host) -> Link:
        return _Overheard(self._links.to(host), self._hear)


class _Overheard:
    def __init__(self, link: Link, hear: Heard) -> None:
        self.host = link.host
        self.make, self.settle, self.forget, self.close = link.make, link.settle, link.forget, link.close
        self._link = link
        self._hear = hear

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        words = tuple(argv)
        return self._hear(self.host, words, lambda: self._link.run(words, timeout=timeout))
