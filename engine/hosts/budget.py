"""What one host may cost within one moment: seconds, bytes, and programs that did not end.

All hosts are read at the same time, so that a sick one would make everybody wait for as long as it likes.
"""

from __future__ import annotations

from collections import Counter

from engine.errors import HostError, HostUnreachableError, PrintedTooMuchError
from engine.hosts.host import Host
from engine.hosts.limits import Over
from engine.hosts.reads import Read

FAILING = 30.0
"""Seconds for looks in which something did not end; none is begun after them."""
SECONDS = 180.0
"""Seconds for all looks, also those of a host that is slow and does answer."""
BYTES = 64 * 1024 * 1024
"""What it may print in all."""
SUSPECT = 3.0
"""Seconds for a program that has just been seen not to end: it may have been the file, or the program itself."""
STRIKES = 2
"""How often a program may be seen not to end, until it is not started again."""


def silent(host: Host, why: str, hint: str = "") -> HostUnreachableError:
    """The error of a read whose end was not seen. Nothing can be half done by a read: the host did not answer."""
    return HostUnreachableError(f"{host} did not answer.", why=why, hint=hint, code="host-silent")


def too_much(host: Host, why: str, hint: str = "") -> PrintedTooMuchError:
    """The error of a read whose end was not waited for, because it printed and printed."""
    return PrintedTooMuchError(f"What {host} says cannot be known: there is no end of it.", why=why, hint=hint)


class Budget:
    """What is left to a host.

    Args:
        strikes: how often each program was seen not to end.
    """

    def __init__(self, strikes: Counter[str] | None = None) -> None:
        self._strikes: Counter[str] = strikes or Counter()
        self._failing, self._seconds, self._bytes = FAILING, SECONDS, BYTES

    def anew(self) -> Budget:
        """That of the next moment: what did not end before is looked at once more, last and for a short time."""
        return Budget(Counter(dict.fromkeys(self._strikes, 1)))

    @property
    def left(self) -> float:
        """Seconds until a look has to be given up, whatever it is at."""
        return self._seconds

    def suspects(self, read: Read) -> bool:
        """Whether this program was seen not to end."""
        return bool(self._strikes[read.argv[0]])

    def seconds(self, read: Read) -> float:
        """How long this read may take."""
        return min(read.timeout, SUSPECT) if self.suspects(read) else read.timeout

    def refused(self, host: Host, read: Read) -> HostError | None:
        """The answer to a read that is not made any more."""
        program = read.argv[0]
        if self._strikes[program] >= STRIKES:
            return silent(
                host,
                f"{program} on {host} had just been seen not to end, and was not started again.",
                f"Log in to {host} and look what {program} waits for.",
            )
        hint = f"Log in to {host} and look why; all it was asked before stands."
        if self._bytes <= 0:
            return too_much(host, f"{host} printed more than {BYTES // 2**20} MiB in all and was asked no more.", hint)
        if min(self._failing, self._seconds) <= 0:
            return silent(host, f"{host} had used up the time that one host may take, and was asked no more.", hint)
        return None

    def spend(self, seconds: float, size: int, *, failed: bool) -> None:
        """Take off what a look has cost.

        Args:
            seconds: how long it took.
            size: characters that it printed.
            failed: whether something in it did not end.
        """
        self._seconds -= seconds
        self._bytes -= size
        if failed:
            self._failing -= seconds

    def not_ended(self, host: Host, read: Read, why: Over) -> HostError:
        """Note down that a program did not end; the answer to its read."""
        program = read.argv[0]
        seconds = self.seconds(read)
        self._strikes[program] += 1
        hint = f"Log in to {host} and look what {program} waits for."
        if why == "printed-too-much":
            said = f"{program} on {host} printed more than {read.limit} bytes and was not listened to any longer."
            return too_much(host, said, f"Log in to {host} and look at what {program} prints there.")
        return silent(host, f"{program} on {host} did not end within {seconds:g} s.", hint)

    def ended(self, read: Read) -> None:
        """Note down that a program did end: it was the file, or it has passed."""
        self._strikes.pop(read.argv[0], None)
