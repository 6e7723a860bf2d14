"""Everything a run has at hand, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.clock import Clock
from engine.effects import Effect
from engine.errors import UsageError
from engine.hosts.reader import Reader
from engine.journal.events import FactsKept, PreconditionSeen, StepEnded
from engine.knowledge import Context, Knowledge, Site
from engine.load.loader import LoadedRunbook
from engine.load.parameters import parse_parameters
from engine.model.step import StepBase
from engine.operator.interface import Operator
from engine.resume.facts import recorded, remembered
from engine.resume.past import Past
from engine.run.moments import Moments
from engine.steps.scope import Scope, ThisRun, judging


@dataclass(slots=True)
class RunContext:
    """A run before and while its steps are taken: what it is, what it sees, whom it talks to.

    Attributes:
        values: the parameters, by name.
        saved: what decisions were made, by the names they were saved under.
        kept: facts that are read once, by name.
        library: finds the runbooks that steps of this one call, by name.
        ended: how steps ended, by their keys, those of an earlier run that this one goes on with too, and those of
            runbooks that were called.
        prefix: what the names of the steps begin with, in a runbook that was called by another one.
        past: the runs that this one goes on with.
        second_person: steps from this effect on need a second person, whatever the runbook says of itself.
        dead: hosts that the operator declared dead: they are not tried.
        overridden: the preconditions that did not hold and were overridden, by code.
        shared: the moments of the run that this is a part of, if it is one.
    """

    loaded: LoadedRunbook
    knowledge: Knowledge
    site: Site
    reader: Reader
    clock: Clock
    operator: Operator
    names: ThisRun
    values: Mapping[str, Any]
    saved: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    ended: dict[str, StepEnded] = field(default_factory=dict)
    library: Callable[[str], LoadedRunbook] | None = None
    prefix: str = ""
    second_person: Effect | None = None
    past: Past = field(default_factory=Past)
    dead: tuple[str, ...] = ()
    overridden: dict[str, PreconditionSeen] = field(default_factory=dict)
    shared: Moments | None = None

    @property
    def moments(self) -> Moments:
        """Tell how long what was seen counts."""
        if self.shared is None:
            self.shared = Moments(self.reader, self.clock)
        return self.shared

    @property
    def within(self) -> str:
        """What the names of its steps begin with on the screen."""
        return f"{self.loaded.runbook.id}, " if self.prefix else ""

    def scope(self, moment: Reader | None = None) -> Scope:
        """What is known in this moment, or in one that is given; every fact that was not read in it is read now."""
        context = Context(moment or self.moments.now(), self.site, self.clock)
        values = {**self.values, **self.saved}
        habits = self.moments.habits
        return Scope(self.loaded.runbook, self.knowledge, context, self.names, values, self.kept, self.prefix, habits)

    def scope_anew(self) -> Scope:
        """A new moment, whatever was seen."""
        return self.scope(self.moments.next())

    @property
    def _second_person_from(self) -> Effect | None:
        """The least effect that needs a second person, by the site and by the runbook; the stricter one counts."""
        wanted = [one for one in (self.second_person, self.loaded.runbook.second_person) if one is not None]
        return min(wanted, key=lambda one: one.level, default=None)

    def needs_second_person(self, step: StepBase) -> bool:
        """Whether a second person has to approve a step."""
        least = self._second_person_from
        return step.second_person or (least is not None and step.effect.level >= least.level)

    def keep_facts(self) -> None:
        """Read the facts that are read once; what an earlier run read that is gone on with stays as it was then.

        Raises:
            FactError, HostError: one of them cannot be read.
        """
        once = {name: call.read for name, call in self.loaded.runbook.facts.items() if call.once}
        functions = {name: self.knowledge.facts[read] for name, read in once.items()}
        before = remembered(self.past.kept.get(self.prefix, {}), functions)
        scope = self.scope()
        # What has to be true is looked at next, in the same moment.
        unread, wanted = once.keys() - before.keys(), self.loaded.runbook.preconditions
        scope.look_ahead(lambda ahead: ahead.read_each(unread), *map(judging, wanted))
        self.kept.update({name: before[name] if name in before else scope.read(name) for name in once})

    @property
    def facts_kept(self) -> FactsKept:
        """The facts that are read once, for the record."""
        functions = {name: self.knowledge.facts[self.loaded.runbook.facts[name].read] for name in self.kept}
        return FactsKept(self.prefix, recorded(self.kept, functions))

    def called(self, runbook: str, given: Mapping[str, str], step: str) -> RunContext:
        """Another runbook as a part of this run, with facts and decisions of its own.

        Args:
            runbook: its name.
            given: its parameters, as text.
            step: the name of the step that calls it.

        Raises:
            UsageError: there is no such runbook, or its parameters are not right.
            InvalidRunbookError: it cannot be run.
        """
        if self.library is None:
            raise UsageError(f"There is no runbook {runbook!r} to call.", code="runbook-unknown")
        loaded = self.library(runbook)
        values, missing = parse_parameters(loaded.runbook, given, self.knowledge)
        if missing:
            raise UsageError(f"{runbook} needs {', '.join(missing)}.", code="parameter-missing")
        names = ThisRun(self.names.id, loaded.runbook.id, self.names.first)
        return replace(
            self,
            loaded=loaded,
            values=values,
            saved={},
            kept={},
            names=names,
            prefix=f"{step}/",
            shared=self.moments,
            second_person=self._second_person_from,
        )
