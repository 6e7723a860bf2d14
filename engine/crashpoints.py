"""Named moments of a run in which a death of the program would hurt most.

The tests kill the program at each of them and look at what a later run makes of it. There is no setting that makes
the program die: it only says where it is, and outside of tests nobody listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Point = Literal[
    "before-intent",  # nothing of the change is on the disk
    "after-intent",  # the intent is on the disk, the change has not begun
    "after-remote-start",  # the change began and has ended on its host; the run has noted neither
    "before-outcome",  # the run knows how the change ended; the disk does not
    "during-append",  # half a line of the journal is on the disk
    "during-lock",  # some of the hosts of a run are locked
    "during-undo",  # some of the changes of a run are undone
]
Hook = Callable[[Point, str], None]
"""Gets the point and what it is about: the key of a change, the kind of a line, a host."""

_hooks: list[Hook] = []


def reached(point: Point, detail: str = "") -> None:
    """Say that the run is at this point; nothing happens unless a test listens in this process."""
    for hook in _hooks:
        hook(point, detail)


def listened_to() -> bool:
    """Whether a test listens, so that what a death would leave half-done is worth being done by halves."""
    return bool(_hooks)


@contextmanager
def listening(hook: Hook) -> Iterator[None]:
    """Call a hook at each point for the length of a block; for tests only."""
    _hooks.append(hook)
    try:
        yield
    finally:
        _hooks.remove(hook)
