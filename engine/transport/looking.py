"""A shell on a host that makes one batch of reads after another, so that not each of them costs a login shell.

Where processes start slowly, and where the way to the host is long, that is most of what a look takes. A change never
goes through it.
"""

from __future__ import annotations

import secrets
import select
import time
from typing import Any

from engine.transport.batch import Batch, typed
from engine.transport.output import Output

LOOP = """
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
    def alive(self) -> bool:
        """Whether it can be asked, as far as is known here."""
        return not (self._channel.eof_received or self._channel.closed)

    def ask(self, sent: Batch, deadline: float) -> tuple[Output, Output, bool]:
        """Make the reads; what was printed, and whether that is all of it. The shell is of no more use where it is not.

        Raises:
            OSError: it is gone.
        """
        self._channel.settimeout(max(deadline - time.monotonic(), 0.1))
        self._channel.sendall(f"{self._told}{typed(sent)}\n{self._mark}\n".encode())
        self._told = ""
        end = f"{self._mark};".encode()
        out, err = Output(end=end), Output(end=end)
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        while not (out.ended and err.ended):
            over = not self.alive  # asked before reading: what came before its end is then read for sure
            heard = False
            while self._channel.recv_ready():
                out.add(self._channel.recv(_CHUNK))
                heard = True
            while self._channel.recv_stderr_ready():
                err.add(self._channel.recv_stderr(_CHUNK))
                heard = True
            left = deadline - time.monotonic()
            if heard:
                continue
            if over or left <= 0:
                return out, err, False
            poll.poll(1000 * min(_TICK, left))
        return out, err, True

    def close(self) -> None:
        self._channel.close()
