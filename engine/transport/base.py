"""What all links have in common: they prove the host, then act there with root's rights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace as with_fields

from engine.transport import replace, together
from engine.transport.identity import prove
from engine.transport.interface import FileChange, Host, Result
from engine.transport.reads import Read


class HostLink(ABC):
    """A `Link`, less the way commands get to the host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._sudo = False

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether another command can be sent."""

    @abstractmethod
    def execute(self, argv: Sequence[str], *, timeout: float, sudo: bool) -> Result:
        """As `run`, with sudo or without."""

    @abstractmethod
    def close(self) -> None:
        """End the link. May be called more than once."""

    def prove(self) -> None:
        """Find out whether this is the host it should be, and how to be root there.

        Raises:
            HostError: see `identity.prove`.
        """
        self._sudo = prove(self.host, self.execute)

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        return self.execute(argv, timeout=timeout, sudo=self._sudo)

    def make_reads(self, reads: Sequence[Read]) -> list[together.Answer]:
        return together.made_together(self.host, self.run, reads)

    def replace_file(self, change: FileChange, *, timeout: float) -> Result:
        result = self.execute(replace.argv(change), timeout=timeout, sudo=self._sudo)
        # The script and the content are long, and the journal holds the change itself.
        return with_fields(result, argv=("replace-file", change.path))
