"""The small parts that runbooks are made of."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
"""Names of runbooks and steps, codes of preconditions: `stop-daemons`."""

VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Names that stand in templates: parameters and facts: `old_master`."""

Template = str
"""Text with `{{ expressions }}` in it."""

Expression = str
"""A Jinja2 expression without braces: `job.status == 'running'`."""

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


def parse_duration(value: object) -> object:
    """`90`, `90s`, `5m` or `2h` to seconds; anything else is left for pydantic to refuse."""
    if isinstance(value, str) and (match := _DURATION.match(value.strip())):
        return float(match[1]) * _UNITS[match[2]]
    return value


Seconds = Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=86400)]
"""A time: a number of seconds or a text such as `90s`, `5m`, `2h`."""


class Part(BaseModel):
    """Base of everything in a runbook: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Call(Part):
    """A fact or a check with its arguments; the values may be templates."""

    with_: dict[str, Any] = Field(default_factory=dict, alias="with")


class FactCall(Call):
    """Something to read before it is used: `{read: jobs.job, with: {job: "{{ job }}"}}`.

    Attributes:
        once: read at the start and kept, for what a step destroys and a later one wants to tell; every other fact is
            read again for each step that uses it.
    """

    read: str
    once: bool = False


class CheckCall(Call):
    """A check that has to hold: by name, or as an expression over facts with a sentence of its own."""

    check: str | None = None
    that: Expression | None = None
    else_: Template | None = Field(default=None, alias="else")
    within: Seconds | None = None
    every: Seconds = 2.0


class Precondition(CheckCall):
    """A check made before anything is asked, with the code it is forced by.

    Attributes:
        forcible: whether `--force CODE --reason TEXT` may override it.
    """

    code: Identifier
    forcible: bool = True
    why: Template = ""


class Parameter(Part):
    """Something the operator has to say."""

    type: str
    help: str
    default: Template | None = None
    choices: tuple[str, ...] = ()


class FollowUp(Part):
    """What has to be done later, once a step has been done; `gnt-runbook list` reminds of it.

    Attributes:
        runbook: the runbook that does it; a run of it that ends well closes the follow-up.
        because: why it must not be forgotten.
        parameters: what it will be called with.
    """

    runbook: Identifier
    because: Template
    parameters: dict[str, Template] = Field(default_factory=dict)
