"""The versions of a site's software that a runbook was written for, compared with the one that is there."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.model.parts import Part

Release = Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,9}){0,3}$")]
"""A version by its numbers: 3.1 stands for itself and for all that begins with it."""
_VERSION = re.compile(r"(\d{1,9}(?:\.\d{1,9}){0,3})(?:[~+-][A-Za-z0-9.~+-]{0,64})?", re.ASCII)
"""With what a distribution or a candidate for a release puts behind the numbers."""


class Versions(Part):
    """From which release to which one, both included; one that is missing is no bound.

    Attributes:
        notes: what else it was written for, in words: `with the DRBD module 8.4`.
    """

    from_: Release | None = Field(default=None, alias="from")
    to: Release | None = None
    notes: str = ""

    @property
    def words(self) -> str:
        match self.from_, self.to:
            case None, None:
                releases = "any version"
            case first, None:
                releases = f"{first} and later"
            case None, last:
                releases = f"up to {last}"
            case first, last:
                releases = f"{first} to {last}"
        return f"{releases}, {self.notes}" if self.notes else releases

    def covers(self, version: str) -> bool | None:
        """Whether it was written for this version; None if that is no version by numbers."""
        found = _VERSION.fullmatch(version)
        if found is None:
            return None
        numbers = _numbers(found[1])
        return not (
            (self.from_ is not None and numbers < _numbers(self.from_))
            or (self.to is not None and numbers[: len(_numbers(self.to))] > _numbers(self.to))
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))
