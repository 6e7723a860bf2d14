"""Packs: what is known about one kind of site, found through the entry points `gnt_runbook.packs`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from engine.capture.model import Capture
from engine.clock import Clock
from engine.errors import UsageError
from engine.findings import Diagnosis
from engine.headings import PACKS
from engine.hosts import reads
from engine.hosts.host import Host, Links
from engine.hosts.reader import Reader
from engine.hosts.reads import Read, ReadForm
from engine.knowledge import CheckFunction, Context, FactFunction, Knowledge, ParameterType, Site
from engine.redaction.forms import Redact
from engine.redaction.programs import Program
from engine.redaction.redactor import REDACTOR
from engine.runbook_files import SUFFIX, yaml_files
from engine.steps.kind import StepKind


@dataclass(frozen=True, slots=True)
class World:
    """An embedded site for rehearsals, in one start state.

    Attributes:
        links: reach its hosts, like any other links.
        clock: its time, which passes only when it is waited for.
        entry: a host of it that answers, where discovery starts.
        description: what is wrong in it, for the person.
        parameters: what the runbook's parameters are in this scenario.
        record: every command that was executed in it, host first, for tests and for the evidence of a rehearsal.
        on_manual: what a manual step does here; called with the step's id once the operator confirmed it.
    """

    links: Links
    clock: Clock
    entry: Host
    description: str
    parameters: Mapping[str, str]
    record: Callable[[], Sequence[tuple[str, tuple[str, ...]]]]
    on_manual: Callable[[str], None] = lambda _step: None


@dataclass(frozen=True, slots=True)
class Captures:
    """What a pack adds to captures.

    Attributes:
        further: reads beyond those of a diagnosis, at the hosts that answer. Raises nothing.
        redact: takes out what is secret in what its hosts print, in captures and everywhere else.
        programs: programs of its hosts that take secrets as arguments, for commands of which the words are known.
        twin: an embedded site like the captured one. Raises FactError where the capture does not hold enough.
    """

    further: Callable[[Context], None]
    redact: Redact
    twin: Callable[[Capture], World] | None = None
    programs: tuple[Program, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything one pack adds.

    Attributes:
        name: unique among packs; facts and checks carry it in their names by convention only.
        discover: find out what the site is, starting from hosts that may answer. Raises HostError or FactError.
            None for a pack that only adds to what another one knows.
        local_entry: the host this process runs on, if it belongs to a site of this kind.
        runbooks: a folder of runbooks (`*.yaml`); in it, in `holds`, what several of them hold in the same way.
        scenarios: names of start states, each with a function that builds the world afresh. A scenario's name
            begins with the runbook it is for: `stuck-job` or `stuck-job.orphaned-locks`.
        scenarios_on: the same start states on a site that has the names in a file of the operator's, so that rehearsals
            look like their own site. Raises UsageError where the file cannot be used.
        diagnose: look for all that is wrong. Raises nothing for a host that does not answer; it says so.
        explain: say in words, line by line, what a tool of the site printed, by the release of the site's software.
            Raises FactError where it is something else.
        probes: reads of programs that hang on a host that is not well, with short limits, made before it is changed.
        drills: a folder with records of exercises that were made before the pack was released (`*.jsonl`).
        captures: what is needed to capture a site, and to rebuild it; None if it cannot be captured.
    """

    name: str
    runbooks: Traversable
    discover: Callable[[Reader, Sequence[Host]], Site] | None = None
    local_entry: Callable[[], Host | None] = lambda: None
    facts: Mapping[str, FactFunction] = field(default_factory=dict)
    checks: Mapping[str, CheckFunction] = field(default_factory=dict)
    parameter_types: Mapping[str, ParameterType] = field(default_factory=dict)
    step_kinds: Sequence[StepKind[Any]] = ()
    read_forms: Sequence[ReadForm] = ()
    scenarios: Mapping[str, Callable[[], World]] = field(default_factory=dict)
    scenarios_on: Callable[[Path], Mapping[str, Callable[[], World]]] | None = None
    diagnose: Callable[[Context], Diagnosis] | None = None
    explain: Callable[[str, str], Sequence[str]] | None = None
    captures: Captures | None = None
    drills: Traversable | None = None
    probes: Sequence[Read] = ()

    @property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.facts, self.checks, self.parameter_types, self.holds)

    @property
    def holds(self) -> Mapping[str, Traversable]:
        """The files of what its runbooks hold by a name: those in the folder `holds` beside them."""
        return {one.name.removesuffix(SUFFIX): one for one in yaml_files(self.runbooks / "holds")}


def load_packs() -> tuple[Pack, ...]:
    """All installed packs, in the order of their names.

    Raises:
        UsageError: a pack cannot be imported.
    """
    packs = []
    for point in sorted(entry_points(group=PACKS), key=lambda point: point.name):
        try:
            pack: Pack = point.load()
        except Exception as error:
            raise UsageError(
                f"The pack {point.name!r} cannot be loaded.",
                why=f"{type(error).__name__}: {error}",
                hint="Reinstall gnt-runbook or the package the pack came with.",
                code="pack-broken",
            ) from error
        reads.allow(pack.read_forms)
        if pack.captures is not None:
            REDACTOR.use(pack.captures.redact, pack.captures.programs)
        packs.append(pack)
    return tuple(packs)
