"""The exit codes of every command, documented in docs/exit-codes.md and tested there."""

from enum import IntEnum


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
