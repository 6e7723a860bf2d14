"""What a run needs of the lock that keeps other runs away, and having none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.hosts.host import Host
from engine.journal.events import Event
from engine.operator.interface import Line, Operator


class OneAtATime(Protocol):
    """Lets no two runs change the same site at the same time."""

    def take(self, operator: Operator, record: Callable[[Event], object]) -> None:
        """Before anything else; recorded, and with the operator's leave where a run that is dead holds it.

        Raises:
            RefusedError, StoppedError: this run may not go on; nothing was changed.
        """
        ...

    def heard(self, event: Event) -> None:
        """Told of each line of the journal, so that the lock says at which step the run is. Raises nothing."""
        ...

    def before_change(self, host: Host) -> None:
        """Before each change.

        Raises:
            RefusedError, StoppedError, HostError: it must not be begun.
        """
        ...

    def release(self) -> list[Line]:
        """At the end of the run; warnings where it was not given back. Raises nothing."""
        ...

    def leave(self) -> None:
        """At the end of a run of which something may still be under way: others are kept away. Raises nothing."""
        ...


class Unlocked:
    """None at all, for what changes no real host."""

    def take(self, operator: Operator, record: Callable[[Event], object]) -> None: ...

    def heard(self, event: Event) -> None: ...

    def before_change(self, host: Host) -> None: ...

    def release(self) -> list[Line]:
        return []

    def leave(self) -> None: ...
