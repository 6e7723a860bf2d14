"""What a simulated node keeps of the changes that were made on it under the engine's supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.transport.interface import Action, Result


@dataclass(slots=True)
class Supervised:
    """One change.

    Attributes:
        action: what it does; None for one that must not be begun any more.
        boots: how often the node had been started when it was begun.
        result: how it ended; None while it goes on, or after the node was started anew meanwhile.
    """

    action: Action | None
    boots: int
    result: Result | None = None
