"""The answers file: what a person would type, question by question, in YAML.

    format: 1
    answers:
      kill: "yes"
      fence-old-master: hwhost-1.lab.example
      redistribute: {answer: skip, reason: the old master will not come back}
      restart-daemons: [retry, "yes"]

An unanswered question stops the run before the step it is about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TextIO

from pydantic import BaseModel, ConfigDict, ValidationError

from engine import ownership
from engine.errors import NOTHING_CHANGED, UsageError
from engine.operator.scripted import Given, Scripted
from engine.plain_yaml import MarkedYAMLError, YAMLError, load_yaml


class _Reasoned(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answer: str
    reason: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    format: Literal[1]
    answers: dict[str, str | _Reasoned | list[str | _Reasoned]]


def load_answers(path: Path, out: TextIO | None = None) -> Scripted:
    """Read an answers file into an operator that gives these answers.

    Raises:
        UsageError: it cannot be read or is not such a file.
    """
    try:
        data = load_yaml(ownership.read_own(path).decode("utf-8"))
    except OSError as error:
        hint = ownership.REMEDY if isinstance(error, ownership.StrangerError) else ""
        raise _bad(path, error.strerror or str(error), hint) from error
    except MarkedYAMLError as error:
        raise _bad(path, _in_words(error)) from error
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise _bad(path, " ".join(str(error).split())) from error
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        wrong = {one["loc"][:2]: one for one in reversed(error.errors())}
        texts = any(loc[:1] == ("answers",) and len(loc) > 1 for loc in wrong)
        problems = "; ".join(_problem(loc, one["msg"]) for loc, one in reversed(wrong.items()))
        hint = "Answers are texts: put them in quotes (YAML reads a bare 14 as a number)." if texts else ""
        raise _bad(path, problems, hint) from error
    return Scripted({key: _given(value) for key, value in file.answers.items()}, out)


def _in_words(error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return where + " ".join(str(error.problem or error.context or "no YAML").split())


def _problem(loc: tuple[int | str, ...], message: str) -> str:
    match loc:
        case ():
            return "the file must have the keys 'format' and 'answers'"
        case ("answers", key):
            return f"the answer to {key!r} must be a text, a text with a reason, or a list of these"
        case ("format" | "answers" as key, *_):
            return f"{key!r}: {message}"
        case _:
            return f"the key {loc[0]!r} is unknown"


def _given(value: str | _Reasoned | list[str | _Reasoned]) -> list[Given]:
    if isinstance(value, list):
        return [given for one in value for given in _given(one)]
    return [value] if isinstance(value, str) else [(value.answer, value.reason)]


def _bad(path: Path, why: str, hint: str = "") -> UsageError:
    return UsageError(
        f"The answers file {path} cannot be used.",
        why=why,
        changed=NOTHING_CHANGED,
        hint=hint or "docs/answers.md shows one.",
        code="answers-invalid",
    )
