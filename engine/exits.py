"""The exit codes of every command, documented in docs/exit-codes.md and tested there."""

import os
import sys
from enum import IntEnum
from typing import NoReturn


class Exit(IntEnum):
    """What the calling shell learns from a run."""

    DONE = 0
    """The run reached its end and its postconditions hold; or the question asked was answered."""
    STOPPED = 1
    """The run failed or was stopped; the journal says where, and it can be started again."""
    USAGE = 2
    """The command line, the configuration, an answers file or a runbook is not valid; nothing was changed."""
    PRECONDITION = 3
    """A precondition does not hold or a fact could not be read; nothing was changed."""
    UNKNOWN = 4
    """Nobody knows whether a change took place: its outcome could not be seen."""
    REFUSED = 5
    """The tool refuses to act: no terminal to ask on, an approval missing, a host that is not what it says."""


def leave(code: int) -> NoReturn:
    """End this process with an exit code, whatever has become of its terminal.

    One that went away cannot be flushed to. Python would say so by a traceback and its own exit code, 120.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        os._exit(int(code))
    sys.exit(int(code))


EXIT_HELP = "Exit codes: " + "; ".join(f"{int(code)} {code.name.lower()}" for code in Exit)
"""What the help of commands says of them."""
