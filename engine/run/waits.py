"""Recording what a run waits for, so that others see it while it does, and later for how long."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from engine.errors import JournalError
from engine.journal.events import Waiting


def waits(record: Callable[[Waiting], object], of: str, whom: str = "condition") -> Callable[[str], None]:
    """What to call with words when the wait begins, and when something new was seen. Raises no JournalError.

    A wait changes nothing: where it cannot be recorded, the next change says so and is not begun.
    """

    def tell(what: str) -> None:
        with contextlib.suppress(JournalError):
            record(Waiting(of, whom, what))

    return tell
