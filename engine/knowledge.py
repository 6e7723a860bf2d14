"""What a pack teaches the engine: facts it can read, checks it can make, and the words for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from importlib.resources.abc import Traversable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from engine.clock import Clock
from engine.hosts.host import Host
from engine.hosts.reader import Question, Reader
from engine.markers import Marker

Given = ParamSpec("Given")
Found = TypeVar("Found")


class Site(Protocol):
    """What a run is about, found out once at its start: for the Ganeti pack, a cluster."""

    @property
    def label(self) -> str:
        """Its name, as an operator would say it."""
        ...

    @property
    def hosts(self) -> Mapping[str, Host]:
        """All its hosts by full name, whether they answer or not."""
        ...

    @property
    def version(self) -> str:
        """The version of its software, as one of its hosts says it; empty where that is not known.

        Runbooks say for which versions they were written. A site that has no such property has no version.
        """
        return ""

    @property
    def witnesses(self) -> Sequence[Host]:
        """Hosts whose log keeps the anchors of a run's journal; the first that takes one takes all."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a fact or a check is given: eyes, a site, and a clock; nothing to change anything with."""

    reader: Reader
    site: Any
    clock: Clock

    def remember(self, function: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
        """What a function makes of these arguments and of nothing else, such as a parser: worked out once a moment."""
        found: Found = self.reader.memory.once(_question(function, args, kwargs), lambda: function(*args, **kwargs))
        return found


def remembered(
    function: Callable[Concatenate[Context, Given], Found],
) -> Callable[Concatenate[Context, Given], Found]:
    """Make a fact, or a part of one, that is worked out once a moment for the same arguments.

    For what rests on the moment's answers alone: neither on the clock nor on anything else that goes on meanwhile. Its
    arguments are plain: names, numbers, hosts, reads.
    """

    @wraps(function)
    def asked(context: Context, /, *args: Given.args, **kwargs: Given.kwargs) -> Found:
        found: Found = context.reader.once(
            _question(function, args, kwargs), lambda: function(context, *args, **kwargs)
        )
        return found

    return asked


def _question(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Question:
    return function, (args, tuple(sorted(kwargs.items())) if kwargs else ())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        holds: True, False, or None when it cannot be known (a host is down, a file cannot be read).
        summary: one sentence that states what was found, not what was hoped for.
        evidence: what it rests on, line by line, each with where it came from.
        hint: what to do when it does not hold.
        hopeless: it will not come to hold by waiting; something else has to be done first.
        opposite_hint: what to do when it holds and should not, or cannot be known where it should not hold.
    """

    holds: bool | None
    summary: str
    evidence: tuple[str, ...] = ()
    hint: str = ""
    hopeless: bool = False
    opposite_hint: str = ""

    def opposite(self) -> Verdict:
        """The same finding where it is asserted that this does not hold; what cannot be known stays unknown."""
        holds = None if self.holds is None else not self.holds
        return Verdict(holds, self.summary, self.evidence, self.opposite_hint, opposite_hint=self.hint)


FactFunction = Callable[..., Any]
"""`def fact(context: Context, *, name: type, …) -> a frozen dataclass, a tuple of them, or a plain value`.

The keyword-only parameters are what a runbook passes in `with:`; their annotations and the annotation of the result
are used by the loader to check a runbook before anything runs. Fields of the result that change from moment to
moment (an age, a progress) are declared `field(compare=False)`: an approval does not depend on them. Raises
`engine.errors.FactError` or `HostError` when the fact cannot be read.
"""

CheckFunction = Callable[..., Verdict]
"""`def check(context: Context, *, name: type, …) -> Verdict`. The first line of its docstring says what it asserts."""

fact: Marker[FactFunction] = Marker("fact")
"""`@fact("disks.sides")` above a fact: its name in runbooks. A pack gathers them: `fact.gathered("package")`."""

check: Marker[CheckFunction] = Marker("check")
"""`@check("disks.seen")` above a check."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value a parameter could have here and now, with what distinguishes it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ParameterType:
    """A type of parameter that a pack adds, such as a job or a node.

    Attributes:
        parse: text to value; raises ValueError with a sentence that says what is accepted.
        help: what is accepted, for messages and for the schema.
        candidates: the values there are now, to choose from when the parameter was not given; None if no list.
    """

    parse: Callable[[str], Any]
    help: str
    python_type: type
    candidates: Callable[[Context], tuple[Candidate, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The sum of all packs, as the loader and the runner use it.

    Attributes:
        holds: the files of what runbooks hold by a name, by that name.
    """

    facts: Mapping[str, FactFunction] = field(default_factory=dict)
    checks: Mapping[str, CheckFunction] = field(default_factory=dict)
    parameter_types: Mapping[str, ParameterType] = field(default_factory=dict)
    holds: Mapping[str, Traversable] = field(default_factory=dict)
