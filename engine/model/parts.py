"""The small parts that runbooks are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)


@dataclass(frozen=True, slots=True)
class Jinja:
    """Marks what Jinja2 will see, so that the loader finds and checks every such text of every model."""

    kind: Literal["template", "expression", "value"]


@dataclass(frozen=True, slots=True)
class Neutral:
    """A value about which nothing can be wrong: where a needed one is, it stands in while the rest is judged."""

    value: Any


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"), Neutral("x")]
"""Names of runbooks and steps, codes of preconditions: `stop-daemons`."""

VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Names that stand in templates: parameters and facts: `old_master`."""

HostTrouble = Literal["host-clock", "host-full", "host-hangs", "host-read-only"]
"""What may be wrong with a host that is about to be changed."""

Plain = Annotated[str, Neutral("")]
"""Text that is shown as it is."""

Template = Annotated[str, Jinja("template"), Neutral("x")]
"""Text with `{{ expressions }}` in it."""

Expression = Annotated[str, Jinja("expression"), Neutral("'x'")]
"""A Jinja2 expression without braces: `job.status == 'running'`."""

Argument = Annotated[Any, Jinja("value")]
"""A value for a fact or a check: plain, or text with `{{ expressions }}`; a lone one gives its object."""

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


def parse_duration(value: object) -> object:
    """`90`, `90s`, `5m` or `2h` to seconds; anything else is left for pydantic to refuse."""
    if isinstance(value, str) and (match := _DURATION.match(value.strip())):
        return float(match[1]) * _UNITS[match[2]]
    return value


_SECONDS_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0, "maximum": 86400},
            {"type": "string", "pattern": _DURATION.pattern},
        ]
    },
    mode="validation",
)

Seconds = Annotated[float, BeforeValidator(parse_duration), Field(gt=0, le=86400), _SECONDS_SCHEMA]
"""A time: a number of seconds or a text such as `90s`, `5m`, `2h`."""


class Part(BaseModel):
    """Base of everything in a runbook: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Call(Part):
    """A fact or a check with its arguments; the values may be templates."""

    with_: dict[str, Argument] = Field(default_factory=dict, alias="with")


class FactCall(Call):
    """Something to read before it is used: `{read: jobs.job, with: {job: "{{ job }}"}}`.

    Attributes:
        once: read at the start and kept, for what a step destroys and a later one wants to tell; every other fact is
            read again for each step that uses it.
    """

    read: str
    once: bool = False


class CheckCall(Call):
    """A check that has to hold: by name, or as an expression over facts with a sentence of its own.

    Attributes:
        holds: `false` asserts the opposite: that what the check says is not so.
        hopeless: an expression; where it is true the check will not come to hold by waiting, and is not waited for.
    """

    check: str | None = None
    holds: bool = True
    that: Expression | None = None
    then: Template | None = None
    else_: Template | None = Field(default=None, alias="else")
    within: Seconds | None = None
    every: Seconds = 2.0
    hopeless: Expression | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.check is None) == (self.that is None):
            raise ValueError("exactly one of 'check' and 'that' is needed")
        if self.that is not None and self.else_ is None:
            raise ValueError("'that' needs 'else': what to say when it does not hold")
        if self.that is not None and self.with_:
            raise ValueError("'with' belongs to 'check'; an expression sees the facts themselves")
        if self.that is not None and not self.holds:
            raise ValueError("'holds' belongs to 'check'; an expression can say 'not' itself")
        if self.hopeless is not None and self.within is None:
            raise ValueError("'hopeless' belongs to a check that is waited for, with 'within'")
        return self


class Instead(Part):
    """What to run where a precondition does not hold.

    Attributes:
        runbook: another runbook; if not given, this one with other values.
        with_: parameters with their values; one that comes out empty has no better value here and now.
    """

    runbook: Identifier | None = None
    with_: dict[VariableName, Template] = Field(default_factory=dict, alias="with")

    @model_validator(mode="after")
    def _something_else(self) -> Self:
        if self.runbook is None and not self.with_:
            raise ValueError("'instead' needs 'with': other values for this runbook; or 'runbook': another one")
        return self


class Precondition(CheckCall):
    """A check made before anything is asked, with the code it is forced by.

    Attributes:
        forcible: whether `--force CODE --reason TEXT` may override it.
        instead: what is named where it does not hold, in place of `--force`.
        if_forced: what follows where it is overridden; said when it is, and at the end of that run.
    """

    code: Identifier
    forcible: bool = True
    why: Template = ""
    instead: Instead | None = None
    if_forced: Template = ""

    @model_validator(mode="after")
    def _only_what_can_be_forced(self) -> Self:
        if self.if_forced and not self.forcible:
            raise ValueError("'if_forced' belongs to what can be forced; this has 'forcible: false'")
        return self


class Parameter(Part):
    """Something the operator has to say.

    Attributes:
        secret: it is asked for unseen, and its value is shown and recorded nowhere.
    """

    type: Annotated[str, Neutral("str")]
    help: Plain
    default: Template | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False

    @model_validator(mode="after")
    def _choices_of_a_choice(self) -> Self:
        if self.type == "choice" and not self.choices:
            raise ValueError("a parameter of type 'choice' needs 'choices'")
        if self.type != "choice" and self.choices:
            raise ValueError("'choices' belong to a parameter of type 'choice'")
        return self

    @model_validator(mode="after")
    def _a_secret_is_not_written_down(self) -> Self:
        if self.secret and (self.default is not None or self.choices):
            raise ValueError("a secret parameter has no 'default' and no 'choices': whoever reads the file knows them")
        return self


class ParallelPolicy(Part):
    """How the items of a loop are done at the same time, after one approval for all of them.

    Attributes:
        limit: how many at once.
        failures: how many may fail before no further one is begun.
    """

    limit: int = Field(ge=1, le=64)
    failures: int = Field(default=0, ge=0)


class Rest(Part):
    """A step before this one, or what is held meanwhile, that makes this one safe; its id alone is enough.

    Attributes:
        step: its id.
        or: what becomes of this step where that one was left out, or failed and was passed over: `refuse` (the run ends
            here), or `ask` (it is asked for once more, by the name of what is missing, never by `--yes`).
        why: what can happen without it, shown then.
    """

    step: Identifier
    or_: Literal["refuse", "ask"] = Field(default="refuse", alias="or")
    why: Template = ""


LeftKind = Literal["snapshot", "volume", "backup", "moved-file", "pause", "flag", "held"]
"""What can be left on a host; `held` is what a runbook holds and did not give back."""
FILES: frozenset[str] = frozenset({"backup", "moved-file"})
"""Those that are files: whether one is still there needs no check of its own."""


class LeavesBehind(Part):
    """Something that a step leaves on a host and that somebody has to remove once nobody needs it any more.

    The backup of an `edit` needs not be named: it is known.

    Attributes:
        name: what it is called there; the path of a `backup` and of a `moved-file`.
        why: what it is good for, and until when it is needed.
        size: in words.
        on: an expression for the name of its host; that of the step, if not given.
        remove: the command that removes it.
        there: a check, by name, that holds while it is there; needed for what is no file.
    """

    kind: LeftKind
    name: Template
    why: Template = ""
    size: Template = ""
    on: Expression | None = None
    remove: tuple[Template, ...] = ()
    there: CheckCall | None = None

    @model_validator(mode="after")
    def _can_be_looked_at(self) -> Self:
        if self.there is None and self.kind not in {*FILES, "held"}:
            raise ValueError(f"a {self.kind} needs 'there': the check that tells whether it is still there")
        if self.there is not None and (self.there.check is None or self.kind in FILES):
            raise ValueError("'there' names a 'check', and not for a file, which is looked at by its path")
        if self.there is not None and not self.there.holds:
            raise ValueError("'there' names a check that holds while it is there; its opposite is not recorded")
        return self


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
