"""What all links have in common: they prove the host, then act there with root's rights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_fields
from functools import partial

from engine.hosts import replace_file, rounds, supervisor
from engine.hosts.batch import Batch, BatchStreams
from engine.hosts.budget import Budget
from engine.hosts.host import Action, FileChange, Host, Once, Result, Settled, nothing
from engine.hosts.host_identity import prove
from engine.hosts.limits import MOST, Over, Streams
from engine.hosts.reads import Read
from engine.hosts.sockets import PEER_TIMEOUT


@dataclass(frozen=True, slots=True)
class Watch:
    """How a command is watched until it has ended.

    Attributes:
        name: what it is called in messages, where its first word says nothing.
        tick: called about once a second; what it raises ends the watching, not the command.
        silence: seconds after which a command that should have said something meanwhile counts as lost; None for one
            that may be silent.
        streams: what its output is read into, and when it is read no longer; is told what is printed at its `end`.
    """

    name: str = ""
    tick: Callable[[], None] = nothing
    silence: float | None = None
    streams: Callable[..., Streams] = Streams


UNWATCHED = Watch()
LOOKING = Watch(streams=partial(Streams, MOST))
"""Of a command that only looks: what prints without end is not listened to."""


class HostLink(ABC):
    """A `Link`, less the way commands get to the host."""

    def __init__(self, host: Host, state: str = supervisor.STATE, silence: float = PEER_TIMEOUT) -> None:
        self.host = host
        self._state = state
        self._silence = silence
        self._sudo = False

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether another command can be sent."""

    @property
    def looks_well(self) -> bool:
        """Whether one read is made better by `look` than by `run`."""
        return False

    @abstractmethod
    def execute(self, argv: Sequence[str], *, timeout: float, sudo: bool, watch: Watch = UNWATCHED) -> Result:
        """As `run`, with sudo or without."""

    @abstractmethod
    def close(self) -> None:
        """End the link. May be called more than once."""

    def ask(self, sent: supervisor.Sent, *, timeout: float, watch: Watch) -> Result:
        """Send a word to the supervisor of changes. It may be sent twice.

        Raises:
            HostUnreachableError, LinkLostError: as for `run`.
        """
        return self.execute(sent.argv, timeout=timeout, sudo=self._sudo, watch=watch)

    def prove(self) -> None:
        """Find out whether this is the host it should be, and how to be root there.

        Raises:
            HostError: see `identity.prove`.
        """
        self._sudo = prove(self.host, self.execute)

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        return self.execute(argv, timeout=timeout, sudo=self._sudo, watch=LOOKING)

    def look(self, sent: Batch) -> Result:
        """Execute a batch of reads.

        Raises:
            HostUnreachableError, LinkLostError: as for `run`.
        """
        return self.execute(
            sent.argv, timeout=sent.timeout, sudo=self._sudo, watch=Watch(streams=lambda: BatchStreams(sent))
        )

    def make_reads(self, reads: Sequence[Read], budget: Budget | None = None) -> list[rounds.Answer]:
        if len(reads) == 1 and not self.looks_well:
            return rounds.made_one_by_one(self.host, self.run, reads, budget)
        return rounds.made_together(self.host, self.look, reads, budget)

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        beat = min(supervisor.BEAT, self._silence / 4)
        sent = supervisor.to("make", once, _words(action), state=self._state, beat=beat)
        name = action.path if isinstance(action, FileChange) else action[0]
        said = self.ask(sent, timeout=timeout, watch=Watch(name, tick, self._silence))
        result = supervisor.outcome(sent, self.host, said)
        # The script and the content are long, and the journal holds the change itself.
        return with_fields(result, argv=("replace-file", action.path)) if isinstance(action, FileChange) else result

    def settle(self, once: Once, *, timeout: float, wait: bool = False, tick: Callable[[], None] = nothing) -> Settled:
        beat = min(supervisor.BEAT, self._silence / 4)
        sent = supervisor.to("await" if wait else "settle", once, state=self._state, beat=beat)
        watch = Watch(f"the change {once.key}", tick, self._silence if wait else None)
        said = self.ask(sent, timeout=timeout, watch=watch)
        return supervisor.settled(sent, self.host, said)

    def forget(self, run: str, *, timeout: float) -> None:
        sent = supervisor.to("forget", Once(run, ""), state=self._state)
        self.ask(sent, timeout=timeout, watch=UNWATCHED)


def _words(action: Action) -> tuple[str, ...]:
    return tuple(replace_file.argv(action)) if isinstance(action, FileChange) else action


def over(code: Over, program: str, host: Host, timeout: float) -> str:
    """What is said of a command that is not listened to any longer."""
    if code == "printed-too-much":
        return f"{program} on {host} printed more than it may, and was not listened to any longer."
    return f"{program} on {host} did not end within {timeout:g} s."
