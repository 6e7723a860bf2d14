"""The steps of a runbook: what they have in common, and the five kinds the engine knows."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine import patterns
from engine.effects import Effect
from engine.model.compensation import Compensation, Undoing
from engine.model.parts import (
    CheckCall,
    Expression,
    FollowUp,
    Identifier,
    LeavesBehind,
    Neutral,
    ParallelPolicy,
    Part,
    Plain,
    Rest,
    Seconds,
    Template,
    VariableName,
)


def _one_or_several(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [{"type": "string"}, {"type": "array", "items": schema.pop("items")}]
    del schema["type"]


def _one_is_enough(value: object) -> object:
    return (value,) if isinstance(value, str) else value


OneOrSeveral = Annotated[
    tuple[Expression, ...], BeforeValidator(_one_is_enough), Field(json_schema_extra=_one_or_several)
]
"""An expression, or several of them that all have to hold."""


def _named_or_whole(schema: dict[str, Any]) -> None:
    schema["items"] = {"anyOf": [{"type": "string"}, schema["items"]]}


def _a_name_is_enough(value: object) -> object:
    return [{"step": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


Rests = Annotated[tuple[Rest, ...], BeforeValidator(_a_name_is_enough), Field(json_schema_extra=_named_or_whole)]
"""Ids of steps, or mappings that say more."""


class StepBase(Part):
    """What every step says of itself.

    Attributes:
        when: the step is not needed unless all of these hold; evaluated in this order up to the first that does not,
            just before the step, on fresh facts.
        otherwise: why it is not needed where `when` does not hold, in words.
        each: a list; the step is made once for each of its items, which templates see as `item`.
        together: the items are approved as one and done at the same time.
        rests_on: the steps before it that make it safe; it is not taken where one of them was left out. Where it is not
            said, a disruptive or destructive step rests on all that came before.
        consequence: what it will cost, computed from facts, shown before it is approved.
        shows: a list of texts, shown line by line as they are before it is approved: a plan as a table.
        unlike_elsewhere: why its effect is not what the same command has in other runbooks.
        undo: how to take it back, in words or as the command that does it; `none` must be said, never assumed.
        verify: what has to hold afterwards.
        may_fail: why it is not the end when this step fails: the steps after it deal with that.
        leaves: a follow-up that exists from the moment this step was done.
        leaves_behind: what is on a host from then on, for somebody to remove.
        second_person: it needs the approval of a second person, whatever its effect.
        source: the man page or the source that justifies the command.
    """

    one_by_one: ClassVar[bool] = False
    """Whether the items of its loop can only be taken one after the other, since each of them needs a person."""
    keeps_old: ClassVar[bool] = False
    """Whether it keeps what it changes, so that this can be put back without a command."""

    id: Identifier
    title: Plain
    why: Template = ""
    when: OneOrSeveral = ()
    otherwise: str = ""
    each: Expression | None = None
    together: ParallelPolicy | None = None
    effect: Effect
    rests_on: Rests | None = None
    consequence: Template = ""
    shows: Expression | None = None
    undo: Undoing
    verify: CheckCall | None = None
    may_fail: str | None = None
    leaves: FollowUp | None = None
    leaves_behind: tuple[LeavesBehind, ...] = ()
    second_person: bool = False
    unlike_elsewhere: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _says_what_it_costs(self) -> Self:
        if isinstance(self.undo, str) and not self.undo.strip():
            raise ValueError("'undo' is empty; 'none' must be said, never assumed")
        if self.effect is Effect.DESTRUCTIVE and not getattr(self, "confirm", "").strip():
            raise ValueError("a destructive step needs 'confirm': the name of what is destroyed, to be typed")
        if self.second_person and self.effect is Effect.SAFE:
            raise ValueError("a safe step is done without asking; it has nothing for 'second_person' to approve")
        return self

    @model_validator(mode="after")
    def _says_what_undoing_costs(self) -> Self:
        if not isinstance(self.undo, Compensation):
            return self
        if not self.undo.run and not self.keeps_old:
            raise ValueError("'undo' needs 'run': the command that takes the step back")
        if (self.undo.effect or self.effect) is Effect.DESTRUCTIVE and not self.undo.confirm.strip():
            raise ValueError("an undo that is destructive needs 'confirm': the name of what is destroyed, to be typed")
        return self

    @model_validator(mode="after")
    def _together_what_can_be(self) -> Self:
        if self.together is not None and self.each is None:
            raise ValueError("'together' belongs to a step with 'each'")
        if self.together is not None and self.one_by_one:
            raise ValueError("the items of such a step can only be taken one after the other, without 'together'")
        return self


def _expression(pattern: str) -> str:
    """A regular expression that does not look for its match for ever, whatever is printed."""
    if why := patterns.problem(pattern):
        raise ValueError(why)
    return pattern


class Run(StepBase):
    """A command on one host."""

    kind: Literal["run"] = "run"
    run: tuple[Template, ...] = Field(min_length=1)
    on: Expression
    timeout: Seconds = 60.0
    confirm: Template = ""
    exit_codes: tuple[int, ...] = (0,)
    must_print: Annotated[str, AfterValidator(_expression)] | None = None
    must_not_print: Annotated[str, AfterValidator(_expression)] | None = None


class EditRule(Part):
    """One change to a file of `KEY="words"` lines, or of plain lines.

    Exactly one of the attributes is given: `add_words`/`remove_words` change the words inside a value and leave the
    others; `set`/`unset` a whole value; `ensure_line`/`remove_line` a whole line; `content` is the whole file.
    """

    add_words: dict[str, tuple[Template, ...]] | None = None
    remove_words: dict[str, tuple[Template, ...]] | None = None
    set: dict[str, Template] | None = None
    unset: tuple[str, ...] | None = None
    ensure_line: Template | None = None
    remove_line: Template | None = None
    content: Template | None = None

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a rule makes exactly one change: {', '.join(type(self).model_fields)}"
                + (f"; here are {' and '.join(given)}" if given else "")
            )
        return self


class Edit(StepBase):
    """A change to a small configuration file: shown as a diff, backed up, put in place at once.

    Attributes:
        mode: of a file that is not there yet, in octal; one that is there keeps its own.
        owner: likewise, `user` or `user:group`; whoever makes it, so root, if not given.
    """

    keeps_old = True

    kind: Literal["edit"] = "edit"
    edit: Template
    on: Expression
    rules: Annotated[tuple[EditRule, ...], Neutral([{"ensure_line": ""}])] = Field(min_length=1)
    mode: str = Field(default="0644", pattern="^0[0-7]{3}$")
    owner: str = Field(default="", pattern="^([a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?)?$")
    confirm: Template = ""


class Wait(StepBase):
    """Waits until a check holds."""

    kind: Literal["wait"] = "wait"
    wait: Annotated[CheckCall, Neutral({"that": "true", "else": ""})]
    effect: Literal[Effect.SAFE] = Effect.SAFE
    undo: Template = "nothing to undo"


class Manual(StepBase):
    """Something only a person can do; its effect is checked where it can be (`verify`)."""

    one_by_one = True

    kind: Literal["manual"] = "manual"
    manual: Template
    confirm: Template = ""
    undo: Template


class Choice(Part):
    """One answer to a question, with what follows from it.

    Attributes:
        word: what is typed for it and saved, where that is only known when it is asked; else its key.
    """

    word: Template = ""
    title: Template
    consequence: Template = ""


class Ask(StepBase):
    """A decision; later steps see the chosen key under `saves`."""

    one_by_one = True

    kind: Literal["ask"] = "ask"
    ask: Template
    choices: Annotated[dict[str, Choice], Neutral({"a": {"title": ""}, "b": {"title": ""}})] = Field(min_length=2)
    saves: VariableName
    effect: Literal[Effect.SAFE] = Effect.SAFE
    undo: Template = "nothing to undo"


class CallRunbook(StepBase):
    """Another runbook, as a part of this run: its own preconditions, steps and postconditions.

    Attributes:
        call: its name.
        with: its parameters.
    """

    one_by_one = True

    kind: Literal["call"] = "call"
    call: Identifier
    with_: dict[VariableName, Template] = Field(default_factory=dict, alias="with")
    effect: Literal[Effect.SAFE] = Effect.SAFE
    undo: Template = "nothing besides what its steps did"
