"""What is answered in each scenario, from one file a runbook in `answers/`, and how it has to end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from engine.operator.scripted import Given
from engine.plain_yaml import load_yaml

FOLDER = Path(__file__).parent / "answers"


class Reasoned(BaseModel):
    """An answer that needs a reason, such as `skip`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    answer: str
    reason: str


class Case(BaseModel):
    """One scenario.

    Attributes:
        answers: by question, in the order in which they are asked; together they lead to a good end.
        resumed: what is asked besides when a run finds what a stopped one has left.
        again: what a run after the good end does. It is `refused`; or it ends well and `asks-nothing`, as what others
            call must; or it `goes-on`, for a reason that stands beside it.
        refused: instead of answers: codes of preconditions that refuse this scenario.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    answers: dict[str, str | Reasoned] = Field(default_factory=dict)
    resumed: dict[str, str | Reasoned] = Field(default_factory=dict)
    again: Literal["refused", "asks-nothing", "goes-on"] = "refused"
    refused: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _either(self) -> Self:
        if bool(self.answers) == bool(self.refused):
            raise ValueError("a scenario has either answers or codes that refuse it")
        return self


def _given(answers: Mapping[str, str | Reasoned]) -> dict[str, Given]:
    return {key: one if isinstance(one, str) else (one.answer, one.reason) for key, one in answers.items()}


def _cases() -> dict[str, Case]:
    reading = TypeAdapter(dict[str, Case])
    found: dict[str, Case] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        found |= reading.validate_python(load_yaml(file.read_text("utf-8"), aliases=True))
    return found


CASES: Mapping[str, Case] = _cases()
ANSWERS: Mapping[str, Mapping[str, Given]] = {
    name: _given(case.answers) for name, case in CASES.items() if case.answers
}
"""The scenarios that have a good end, with the answers that lead there."""
RESUMED: Mapping[str, Mapping[str, Given]] = {name: _given(case.resumed) for name, case in CASES.items()}
REFUSED: Mapping[str, frozenset[str]] = {name: case.refused for name, case in CASES.items() if case.refused}
