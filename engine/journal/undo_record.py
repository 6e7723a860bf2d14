"""What an intent says of how its change is taken back: enough to do it without the runbook and the facts of then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.effects import Effect
from engine.hosts.command import shown


@dataclass(frozen=True, slots=True)
class RecordedCheck:
    """A check by name, with the arguments it had; `within` and `every` in seconds."""

    check: str
    arguments: dict[str, Any] = field(default_factory=dict)
    within: float | None = None
    every: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is shown, asked and looked at when it is taken back.

    Attributes:
        host: full name.
        confirm: what has to be typed, where it is destructive.
        advice: what a person should know besides.
        needs: what has to hold before; verify: what has to hold afterwards.
        second_person: somebody else has to approve it.
        closes: the runbook of the follow-up that is not to be done any more then.
    """

    host: str
    effect: Effect
    confirm: str = ""
    consequence: str = ""
    advice: str = ""
    needs: RecordedCheck | None = None
    verify: RecordedCheck | None = None
    second_person: bool = False
    closes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoByCommand(Asked):
    """A command takes it back; `timeout` is for how many seconds its end is waited for."""

    argv: tuple[str, ...]
    timeout: float

    @property
    def words(self) -> str:
        advice = f"{self.advice}; " if self.advice else ""
        return f"To take it back: {advice}gnt-runbook undo does it, on {self.host}: {shown(self.argv)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOfEdit(Asked):
    """The old file is put back, or removed again, as long as the file still is what was written.

    Attributes:
        written: SHA-256 of what was written.
        backup: where the old content is; empty if there was no file.
    """

    file: str
    written: str
    backup: str

    @property
    def words(self) -> str:
        does = "puts the old file back" if self.backup else "removes the file"
        advice = f"{self.advice}; " if self.advice else ""
        return f"To take it back: {advice}gnt-runbook undo {does}, unless somebody has changed it since"


_NEEDLESS = ("nothing to undo", "nothing", "none needed")
"""How the words for a person begin where there is nothing to take back; the longer before the shorter."""


@dataclass(frozen=True, slots=True)
class UndoByHand:
    """Words for a person: gnt-runbook does not take it back."""

    by_hand: str

    @property
    def needless(self) -> bool:
        """Whether there is nothing to take back."""
        return self.by_hand.lower().startswith(_NEEDLESS)

    @property
    def impossible(self) -> bool:
        """Whether it cannot be taken back, not even by hand."""
        return not self.needless and self.by_hand.lower().startswith("none")

    @property
    def reason(self) -> str:
        """What is said besides that there is nothing to take back; empty if nothing."""
        return next((self.by_hand[len(one) :] for one in _NEEDLESS if self.by_hand.lower().startswith(one)), "").strip()

    @property
    def words(self) -> str:
        if self.needless:
            return f"To take it back: {self.by_hand}"
        if self.impossible:
            return f"It cannot be taken back{self.by_hand[len('none') :]}"
        return f"To take it back, by hand (gnt-runbook undo does not): {self.by_hand}"


Undo = UndoByCommand | UndoOfEdit | UndoByHand

_READER: TypeAdapter[Undo] = TypeAdapter(Undo)


def as_data(undo: Undo | None) -> dict[str, Any]:
    """As an intent holds it; nothing for a change of which nothing is known."""
    return {} if undo is None else asdict(undo)


def from_data(data: Mapping[str, Any]) -> Undo | None:
    """What an intent holds; None for one of an older version, or of a newer one that cannot be understood."""
    try:
        return _READER.validate_python(dict(data)) if data else None
    except ValidationError:
        return None
