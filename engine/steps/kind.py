"""What a step kind has to do: plan without touching anything, ask, and perform."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from engine.clock import Clock
from engine.english import duration
from engine.errors import FactError
from engine.hosts.host import Host, Result
from engine.knowledge import Verdict
from engine.model.parts import CheckCall
from engine.model.step import StepBase
from engine.operator.interface import Answer, Line, Operator, Question
from engine.steps.plan import Change, Plan
from engine.steps.scope import Scope
from engine.steps.values_in_words import in_a_line

S = TypeVar("S", bound=StepBase)


class Changes(Protocol):
    """What makes changes, and records them."""

    def make(self, change: Change, *, step: str, digest: str, operator: Operator) -> Result:
        """Make one change and return how it ended, whatever its exit code.

        Raises:
            HostError, RefusedError: the host cannot be used, or not for this; the change was not begun.
            JournalError: no record can be written; before the change it was not begun.
            OutcomeUnknownError: it was begun, and its end was not seen.
            StoppedError: interrupted; the change itself ended and is recorded.
        """
        ...


@dataclass(frozen=True, slots=True)
class StepTools:
    """What performing a step can use. A dry run never has one.

    Attributes:
        fresh: the scope of the step, read anew.
        digest: what was approved.
        answer: what the person answered, for a step that asks.
        on_manual: told when a person says that they have done a manual step; a rehearsal acts on it.
        call: goes through another runbook, by its name and its parameters, to its end.
        waits: told for whom the step waits, and what was seen of it last; for the record.
    """

    changer: Changes
    operator: Operator
    clock: Clock
    fresh: Callable[[], Scope]
    digest: str
    answer: Answer | None
    on_manual: Callable[[str], None]
    call: Callable[[str, Mapping[str, str]], None]
    waits: Callable[[str, str], None] = lambda _whom, _what: None


@dataclass(frozen=True, slots=True)
class StepResult:
    """What performing a step came to.

    Attributes:
        ok: it did what it should, as far as the step itself can see; `verify` comes after this.
        summary: what happened, one sentence.
        saves: names that later steps see.
        verdict: what a check found, where the step is one.
        trouble: what was not as it should be, although it counts as done.
    """

    ok: bool
    summary: str
    saves: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    trouble: str = ""


class StepKind(ABC, Generic[S]):
    """One kind of step. Planning gets a scope, which can only read; performing gets a room.

    Attributes:
        key: the key that makes a mapping in a runbook a step of this kind.
        model: what such a mapping holds.
    """

    key: ClassVar[str]
    model: ClassVar[type[StepBase]]

    @abstractmethod
    def does(self, step: S) -> str:
        """What such a step does, before anything of it is filled in, in Markdown."""

    @abstractmethod
    def plan(self, step: S, scope: Scope) -> Plan:
        """The step with every value in place. Reads, and changes nothing."""

    def question(self, step: S, plan: Plan) -> Question | None:
        """What has to be asked before it is performed; None for what is done without asking."""
        return None

    def card(self, step: S, plan: Plan) -> tuple[Line, ...]:
        """Lines of its own to show with the plan: commands, a diff, choices."""
        return ()

    def closes(self, step: S) -> str:
        """The runbook of a follow-up that is not to be done any more once such a step was done."""
        return ""

    @abstractmethod
    def perform(self, step: S, plan: Plan, room: StepTools) -> StepResult:
        """Do it.

        Raises:
            HostError, JournalError, OutcomeUnknownError, StoppedError: from the change it makes.
        """

    def resumed(self, step: S, result: Result, room: StepTools) -> StepResult:
        """What a command came to that an earlier run began, as its host tells it now.

        Raises:
            HostError, FactError, StoppedError: from what it looks at or waits for.
        """
        return StepResult(ok=result.ok, summary=f"ended with exit code {result.exit_code}")


def host_for(expression: str, scope: Scope) -> Host:
    """The host an `on:` expression names.

    Raises:
        FactError: the site has no such host.
    """
    name = scope.evaluate(expression)
    return name if isinstance(name, Host) else host_named(name, scope, why=f"`on: {expression}` gave it")


def host_named(name: object, scope: Scope, why: str = "") -> Host:
    """The host of this name.

    Raises:
        FactError: the site has no such host.
    """
    hosts = scope.site.hosts
    if isinstance(name, str) and name in hosts:
        return hosts[name]
    raise FactError(
        f"There is no host {name!r} in {scope.site.label}.",
        why=why,
        hint=f"Its hosts are {', '.join(hosts)}.",
        code="host-unknown",
    )


def blank(step: StepBase, scope: Scope) -> Plan:
    """The plan with the texts every plan has; a kind adds its own to it."""
    return Plan(
        key=scope.key(step.id),
        title=step.title,
        why=prose(scope.tell(step.why)),
        consequence=prose(scope.tell(step.consequence)),
        undo=prose(scope.tell(step.undo)) if isinstance(step.undo, str) else "",
        verify=check_in_words(step.verify, scope) if step.verify is not None else "",
        shown=tuple(str(one) for one in scope.evaluate(step.shows)) if step.shows is not None else (),
    )


def prose(text: str) -> str:
    """A rendered text without the gaps that conditions in a template leave."""
    return " ".join(text.split())


def check_in_words(call: CheckCall, scope: Scope) -> str:
    """A check with its real arguments, and for how long it is waited for."""
    arguments = ", ".join(f"{name}={in_a_line(scope.resolve(value))}" for name, value in call.with_.items())
    words = call.that if call.that is not None else f"{_asserted(call)}({arguments})"
    return words if call.within is None else f"{words}, waited for up to {duration(call.within)}"


def name_of(call: CheckCall) -> str:
    """A check as the runbook names it, before anything is filled in."""
    if call.that is not None:
        return f"condition {call.that}"
    arguments = ", ".join(f"{key}={value}" for key, value in call.with_.items())
    return f"{_asserted(call)}({arguments})"


def _asserted(call: CheckCall) -> str:
    return str(call.check) if call.holds else f"not {call.check}"
