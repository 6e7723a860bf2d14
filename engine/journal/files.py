"""Which journals there are, whether they can be read or not."""

from __future__ import annotations

from pathlib import Path

from engine import ownership
from engine.errors import NOTHING_CHANGED, JournalError

SUFFIX = ".jsonl"


def journals_in(path: Path, *, own: bool = True) -> list[Path]:
    """The journals in a folder, oldest first.

    Args:
        path: the folder; one that is not there holds none.
        own: it is the folder of our own runs: nobody else may write there, nor in the state folder that it is in.

    Raises:
        JournalError: the folder is there and cannot be read.
    """
    # Not glob: it takes a folder that cannot be read for an empty one, and what is still to be done for done.
    try:
        if own:
            ownership.check(path.parent, on_the_way=True)
            ownership.check(path)
        return sorted(path for path in path.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        return []
    except OSError as error:
        strange = isinstance(error, ownership.StrangerError)
        raise JournalError(
            f"The folder of the journals, {path}, {'is not relied on' if strange else 'cannot be read'}.",
            why=error.strerror or str(error),
            changed=NOTHING_CHANGED,
            hint=ownership.REMEDY
            if strange
            else "See to its owner and mode, or set GNT_RUNBOOK_STATE to the folder that was used before.",
            code="journal-folder",
        ) from error
