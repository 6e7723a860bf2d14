"""What is kept of an exercise: which runbook in which version, where, by whom, when, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args

from engine.exits import Exit
from engine.identity import name_of

Where = Literal["embedded", "real"]


@dataclass(frozen=True, slots=True)
class Drill:
    """One exercise.

    Attributes:
        time: when it ended, ISO 8601, UTC.
        digest: of the runbook's file: which version of it was exercised.
        version: of gnt-runbook.
        scenario: what was wrong.
        where: on the embedded cluster, or on a real one.
        run: the name of its journal.
        who: the person, as far as known.
        exit: how it ended; code: likewise, in a word.
    """

    time: str
    runbook: str
    digest: str
    version: str
    scenario: str
    where: Where
    run: str
    who: dict[str, str]
    exit: int
    code: str

    @property
    def good(self) -> bool:
        return self.exit == Exit.DONE

    @property
    def day(self) -> str:
        return self.time[:10]

    @property
    def by(self) -> str:
        """The person's name."""
        return name_of(self.who) or "somebody"


def to_line(drill: Drill) -> bytes:
    """As it stands in a file, with its newline."""
    return json.dumps(asdict(drill), separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> Drill:
    """Read it back.

    Raises:
        ValueError: it is none.
    """
    try:
        data = json.loads(line)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(data, dict):
        raise ValueError("it is no mapping")  # noqa: TRY004 - like all else that makes it none
    for name, right in _FIELDS.items():
        if name not in data or not right(data[name]):
            raise ValueError(f"{name} is missing, or not what it should be")
    return Drill(**{name: data[name] for name in _FIELDS})


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_person(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


_FIELDS: Mapping[str, Callable[[object], bool]] = {
    **{one.name: _is_text for one in fields(Drill)},
    "where": lambda value: value in get_args(Where),
    "who": _is_person,
    "exit": lambda value: type(value) is int,
}
"""By hand, and not by pydantic: `list` reads them, and needs nothing else of it."""
