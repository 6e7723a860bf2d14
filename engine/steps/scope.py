"""What the templates of a step can see: parameters, answers, and facts read when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from engine import template
from engine.commands import completed
from engine.effects import Effect
from engine.hosts.ahead import Ahead, Habits, NotSeenYet, look_ahead
from engine.hosts.reader import Reader
from engine.knowledge import Context, Knowledge, Site, Verdict
from engine.model.parts import CheckCall
from engine.model.runbook import Runbook
from engine.operator.words import Name


@dataclass(frozen=True, slots=True)
class ThisRun:
    """What a runbook may say of the run itself."""

    id: str
    runbook: str
    first: str = ""

    @property
    def began(self) -> str:
        """The run itself, or the first of those that it goes on with: the same for all of them."""
        return self.first or self.id


class Scope:
    """One moment of a run: each fact is read at most once, at its first use.

    Attributes:
        used: the facts that were read in this scope, by name: what an approval depends on.
    """

    def __init__(
        self,
        runbook: Runbook,
        knowledge: Knowledge,
        context: Context,
        run: ThisRun,
        values: Mapping[str, Any],
        kept: Mapping[str, Any],
        prefix: str = "",
        habits: Habits | None = None,
    ) -> None:
        self._runbook = runbook
        self._knowledge = knowledge
        self._context = context
        self._run = run
        self._item = ""
        self._prefix = prefix
        self._habits = habits or Habits()
        self._foreseen: dict[str, Any] = {}
        self._known: dict[str, Any] = {"run": run, "site": _SiteNames.of(context.site), **values, **kept}
        self._kept = frozenset(kept)
        self.used: dict[str, Any] = {}

    def wants_second_person(self, effect: Effect) -> bool:
        """Whether the runbook wants somebody else to approve what has this effect."""
        least = self._runbook.second_person
        return least is not None and effect.level >= least.level

    @property
    def site(self) -> Site:
        site: Site = self._context.site
        return site

    @property
    def context(self) -> Context:
        """What facts and checks are given at this moment."""
        return self._context

    @property
    def reader(self) -> Reader:
        return self._context.reader

    @property
    def run(self) -> str:
        """The name of the run."""
        return self._run.id

    @property
    def runbook(self) -> str:
        """The name of the runbook."""
        return self._run.runbook

    def with_item(self, item: Any) -> Scope:
        """The same moment, for one item of a loop."""
        return self._like(_known={**self._known, "item": item}, _item=f"[{item}]", _foreseen={})

    def look_ahead(self, *looks: Callable[[Scope], object]) -> None:
        """Read what all of these are going to read, in as few rounds as it takes; then make each of them for good."""
        look_ahead(self.reader, self._habits, [self._of(one) for one in looks])

    def _of(self, look: Callable[[Scope], object]) -> Callable[[Ahead], object]:
        return lambda ahead: look(self._ahead(ahead))

    def _ahead(self, ahead: Ahead) -> Scope:
        """The same, of what is known already only."""
        return self._like(_known=dict(self._known), _context=replace(self._context, reader=ahead), used={})

    def _like(self, **other: Any) -> Scope:
        inner = Scope.__new__(Scope)
        inner.__dict__.update({**self.__dict__, **other})
        return inner

    @contextmanager
    def known_as(self, *name: str, about: object) -> Iterator[None]:
        """While something is made that asks for much the same each time, if it is looked ahead for."""
        if isinstance(self.reader, Ahead):
            with self.reader.known_as(name, repr(about)):
                yield
        else:
            yield

    def key(self, step: str) -> str:
        """What a step is called in questions and in the journal, with the step that called its runbook and its item."""
        return self._prefix + step + self._item

    def render(self, text: str) -> str:
        return template.render(text, self._names(template.names_in(text)))

    def tell(self, text: str) -> str:
        """A text for a person, filled in; what they are told to type in it can be typed as it stands."""
        return self.render(completed(text, template=True))

    def name(self, text: str, step: str) -> str:
        """What has to be typed to approve a step: the name that a template gives; nothing without a template.

        Args:
            text: the template.
            step: its id, which says what the name is about where no parameter of that value says its kind.
        """
        if not text:
            return ""
        name = self.render(text).strip()
        kinds = (
            one.type
            for key, one in self._runbook.parameters.items()
            if one.type in self._knowledge.parameter_types and str(self._known.get(key, "")) == name
        )
        return Name(name, next(kinds, step))

    def evaluate(self, expression: str) -> Any:
        return template.evaluate(expression, self._names(template.names_in(expression, expression=True)))

    def resolve(self, value: Any) -> Any:
        return template.resolve(value, self._names(_names_in_value(value)))

    def words(self, command: Iterable[str]) -> tuple[str, ...]:
        """The words of a command, with every value in place.

        Raises:
            StrangeWordError: a value would make something else of it than the runbook says.
        """
        # What a runbook is called with may come from a host: only the first one was told by the operator.
        parameters = frozenset() if self._prefix else frozenset(self._runbook.parameters)
        found: list[str] = []
        for part in command:
            used = template.names_in(part)
            found += template.words(part, self._names(used), used, parameters)
        return tuple(found)

    def read(self, name: str) -> Any:
        """A fact by name.

        Raises:
            FactError: it cannot be read.
            HostError: a host it needs cannot be used.
        """
        if name not in self._known:
            call = self._runbook.facts[name]
            # The facts that these rest on are used as well.
            arguments = {key: self.resolve(value) for key, value in call.with_.items()}
            if name not in self._foreseen:
                with self.known_as("fact", call.read, about=arguments):
                    self._foreseen[name] = self._knowledge.facts[call.read](self._context, **arguments)
            self._known[name] = self._foreseen[name]
        if name in self._runbook.facts and name not in self._kept:
            self.used[name] = self._known[name]
        return self._known[name]

    def holds(self, conditions: Iterable[str]) -> bool:
        """Whether all of them hold; none is looked at behind the first one that is seen not to.

        Raises:
            FactError, HostError: a fact that is named cannot be read.
        """
        late: NotSeenYet | None = None
        for one in conditions:
            try:
                if not self.evaluate(one):
                    return False
            except NotSeenYet as missing:
                late = missing
        if late is not None:
            raise late
        return True

    def judge(self, call: CheckCall) -> Verdict:
        """Make a check now."""
        if call.that is not None:
            holds = bool(self.evaluate(call.that))
            summary = self.tell((call.then if holds else call.else_) or call.that)
            return Verdict(holds, summary.strip(), evidence=(f"condition: {call.that}",))
        arguments = {key: self.resolve(value) for key, value in call.with_.items()}
        with self.known_as("check", call.check or "", about=arguments):
            found = self._knowledge.checks[call.check or ""](self._context, **arguments)
        return found if call.holds else found.opposite()

    def _names(self, wanted: frozenset[str]) -> dict[str, Any]:
        self.read_each(wanted)
        return self._known

    def read_each(self, names: Iterable[str]) -> None:
        """Those of these names that are facts.

        Raises:
            FactError, HostError: one of them cannot be read.
        """
        late: NotSeenYet | None = None
        for name in names:
            if name in self._runbook.facts:
                try:
                    self.read(name)
                except NotSeenYet as missing:  # what the others miss is read in the same round
                    late = missing
        if late is not None:
            raise late


def judging(call: CheckCall) -> Callable[[Scope], Verdict]:
    """A look for `Scope.look_ahead`."""
    return lambda scope: scope.judge(call)


@dataclass(frozen=True, slots=True)
class _SiteNames:
    label: str

    @classmethod
    def of(cls, site: Site) -> _SiteNames:
        return cls(site.label)


def _names_in_value(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return template.names_in(value)
    if isinstance(value, Mapping):
        return frozenset().union(*(_names_in_value(one) for one in value.values()))
    if isinstance(value, list | tuple):
        return frozenset().union(*(_names_in_value(one) for one in value))
    return frozenset()


def plain(value: Any, *, stable: bool = False) -> Any:
    """A fact as JSON can hold it.

    Args:
        value: what a fact function returned.
        stable: without the fields that change from moment to moment (`compare=False`).
    """
    # First what most of them are made of.
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: plain(getattr(value, one.name), stable=stable)
            for one in fields(value)
            if one.compare or not stable
        }
    if isinstance(value, Mapping):
        return {str(key): plain(one, stable=stable) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one, stable=stable) for one in value]
    return str(value)
