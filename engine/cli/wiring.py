"""What several commands need put together: packs, the library, links, the site, parameters, the operator."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import NOTHING_CHANGED, FactError, HostError, RefusedError, UsageError
from engine.hosts.host import Host
from engine.hosts.reader import Reader
from engine.hosts.reads import Read
from engine.knowledge import Candidate, Context, Knowledge, Site
from engine.load.library import Library, knowledge_of
from engine.load.loader import LoadedRunbook
from engine.load.parameters import parse_parameters
from engine.model.runbook import Runbook
from engine.operator.answers import load_answers
from engine.operator.interface import Expected, Operator, Option, Question
from engine.operator.scripted import Scripted
from engine.operator.terminal import Terminal
from engine.operator.words import Name
from engine.packs import Pack, load_packs
from engine.run.overrides import Overrides
from engine.run.preconditions import know_codes
from engine.settings import Settings
from engine.steps.questions import STOP


class Workshop:
    """The packs, what they know, and the runbooks, loaded once a command."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.packs = load_packs()
        self.library = Library(self.packs, settings.runbooks)

    @property
    def knowledge(self) -> Knowledge:
        return knowledge_of(self.packs)

    @property
    def probes(self) -> tuple[Read, ...]:
        """What is read of a host before it is changed, by all packs."""
        return tuple(dict.fromkeys(one for pack in self.packs for one in pack.probes))

    @property
    def discoverer(self) -> Pack:
        """The pack that knows how to find a site."""
        for pack in self.packs:
            if pack.discover is not None:
                return pack
        raise UsageError(
            "No installed pack knows how to find a cluster.",
            hint="Reinstall gnt-runbook.",
            code="pack-missing",
        )

    def discover(self, reader: Reader, entries: list[Host]) -> Site:
        """Find the site.

        Raises:
            FactError, HostError: no host of it answers as one.
        """
        discover = self.discoverer.discover
        if discover is None:
            raise AssertionError
        return discover(reader, entries)


def entries(settings: Settings, given: list[str], local: Host | None) -> list[Host]:
    """Where to look for the site: what was given, else the settings, else this machine if it belongs to one.

    Raises:
        UsageError: nothing of these is there.
    """
    names = given or list(settings.hosts)
    if names:
        return [Host(name) for name in names]
    if local is not None:
        return [local]
    raise UsageError(
        "It is not known where the cluster is.",
        why="no --host, no hosts in the settings, and this machine is no node of a cluster",
        changed=NOTHING_CHANGED,
        hint="Give any node that answers: --host NODE (or set GNT_RUNBOOK_HOSTS).",
        code="no-host",
    )


def operator_for(answers: Path | None, *, asks: bool) -> Operator:
    """The person at the terminal, or the answers file.

    Args:
        answers: the file, if one was given.
        asks: whether questions will be asked; where not, no terminal is needed.

    Raises:
        RefusedError: questions will be asked, and there is neither.
        UsageError: the file cannot be used.
    """
    if answers is not None:
        return load_answers(answers, sys.stdout)
    try:
        return Terminal()
    except RefusedError:
        if asks:
            raise
        return Scripted({}, sys.stdout)


def refuse_early(loaded: LoadedRunbook, given: Mapping[str, str], knowledge: Knowledge, forced: Overrides) -> None:
    """Find out what is wrong with the command line before any host is asked, and before a terminal is needed.

    Raises:
        UsageError: a parameter is unknown or refused by its type, or a code cannot be forced.
    """
    parse_parameters(loaded.runbook, given, knowledge)
    know_codes(loaded.runbook.preconditions, forced)


def parameters(
    loaded: LoadedRunbook,
    given: Mapping[str, str],
    knowledge: Knowledge,
    context: Context,
    operator: Operator,
) -> dict[str, Any]:
    """The values of all parameters; for those that are missing the operator chooses from what there is.

    Raises:
        UsageError: one is wrong, or missing with nobody to ask.
    """
    values, missing = parse_parameters(loaded.runbook, given, knowledge)
    if not missing:
        return values
    chosen = {name: _choose(loaded.runbook, name, knowledge, context, operator) for name in missing}
    return parse_parameters(loaded.runbook, {**given, **chosen}, knowledge)[0]


def _choose(runbook: Runbook, name: str, knowledge: Knowledge, context: Context, operator: Operator) -> str:
    parameter = runbook.parameters[name]
    if parameter.secret:
        return operator.words(Expected(f"parameter.{name}", f"{parameter.help} ({name})", hidden=True))
    kind = knowledge.parameter_types.get(parameter.type)
    candidates: tuple[Candidate, ...] = ()
    if kind is not None and kind.candidates is not None:
        try:
            candidates = kind.candidates(context)
        except (FactError, HostError) as error:
            raise UsageError(
                f"The parameter {name!r} is missing, and what it could be cannot be read.",
                why=str(error),
                changed=NOTHING_CHANGED,
                hint=f"Give it: {name}=VALUE ({parameter.help}).",
                code="parameter-missing",
            ) from error
    if not candidates:
        raise UsageError(
            f"The parameter {name!r} is missing: {parameter.help}.",
            changed=NOTHING_CHANGED,
            hint=f"Give it: {name}=VALUE" + (f", {kind.help}." if kind else "."),
            code="parameter-missing",
        )
    there = {Name(one.value, parameter.type): one for one in candidates}
    options = tuple(Option(name, (name,), one.label) for name, one in there.items())
    answer = operator.ask(Question(f"parameter.{name}", f"{name}: {parameter.help}", (*options, STOP)))
    if answer.key == "stop":
        raise UsageError("No value was chosen.", changed=NOTHING_CHANGED, code="parameter-missing")
    return next(one.value for name, one in there.items() if name == answer.key)
