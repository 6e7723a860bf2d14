"""A shell on a host that makes one batch of reads after another, so that not each of them costs a login shell.

Where processes start slowly, and where the way to the host is long, that is most of what a look takes. A change never
goes through one that looks: the supervisor's words have shells of their own, which a dry run has no use for.
"""

from __future__ import annotations

import secrets
import select
import time
from typing import Any, Literal

from engine.hosts import sockets
from engine.hosts.batch import READING
from engine.hosts.limits import Over, Patience, Streams
from engine.hosts.link import UNWATCHED, Watch

LOOP = f"""{READING}
IFS= read -r mark || exit 0
script=
while IFS= read -r line; do
    case $line in
    "$mark") eval "$script"; script=; printf '%s;' "$mark"; printf '%s;' "$mark" >&2 ;;
    *) script="$script$line
" ;;
    esac
done
"""
"""What the shell executes: all that comes, piece by piece. The mark is told to it and is none of its arguments, so that
not even a list of all processes can print it."""

_CHUNK = 65536
_TICK = 1.0


def read_both(channel: Any, streams: Streams) -> bool:
    """Read what there is, a piece of each stream; whether there was any. Whoever calls it again looks at the time."""
    heard = False
    if channel.recv_ready():
        streams.out.add(channel.recv(_CHUNK))
        heard = True
    if channel.recv_stderr_ready():
        streams.err.add(channel.recv_stderr(_CHUNK))
        heard = True
    return heard


class Shell:
    """One such shell.

    Args:
        channel: of an ssh connection, in which a shell has just been started with `LOOP`.
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._mark = secrets.token_hex(16)
        self._told = f"{self._mark}\n"

    @property
    def end(self) -> bytes:
        """What it prints to both streams when a batch is over."""
        return f"{self._mark};".encode()

    @property
    def alive(self) -> bool:
        """Whether it can be asked, as far as is known here."""
        return not (self._channel.eof_received or self._channel.closed)

    def ask(
        self, text: str, streams: Streams, seconds: float, watch: Watch = UNWATCHED
    ) -> Over | Literal["ended", "silent"] | None:
        """Have it execute a text; why not all of what is printed was heard, or None.

        The shell is of no more use otherwise.

        Args:
            text: in its language.
            streams: what is printed is added to them; they know the `end`.
            seconds: how long it may take.
            watch: how it is watched meanwhile.

        Raises:
            OSError: it is gone.
        """
        patience = Patience(seconds)
        self._channel.settimeout(max(seconds, 0.1))
        try:
            self._channel.sendall(f"{self._told}{text}\n{self._mark}\n".encode())
        except EOFError as error:  # what paramiko writes into a connection that has ended
            raise ConnectionResetError("The connection has ended.") from error
        self._told = ""
        heard_at = time.monotonic()
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        while not (streams.out.ended and streams.err.ended):
            watch.tick()
            gone = not self.alive  # asked before reading: what came before its end is then read for sure
            heard = read_both(self._channel, streams)
            left = patience.left()
            if (why := streams.over) is not None:
                return why
            if left <= 0:
                return "timed-out"
            if heard:
                heard_at = time.monotonic()
                continue
            if gone:
                return "ended"
            if watch.silence is not None and time.monotonic() - heard_at > watch.silence:
                return "silent"
            poll.poll(1000 * min(_TICK, left))
        return None

    def close(self) -> None:
        sockets.hang_up(self._channel)
