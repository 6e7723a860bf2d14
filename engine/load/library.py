"""All runbooks there are: those of the packs and those of the site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from engine.errors import NOTHING_CHANGED, RefusedError, RunbookError, UsageError
from engine.knowledge import CheckFunction, FactFunction, Knowledge, ParameterType
from engine.load.calls import check_calls
from engine.load.loader import LoadedRunbook, load_runbook
from engine.load.source import Source
from engine.model.runbook import Runbook
from engine.nearest import did_you_mean
from engine.packs import Pack
from engine.runbook_files import SUFFIX, yaml_files
from engine.steps.kind import StepKind
from engine.steps.kinds import BUILTIN, Kinds


def knowledge_of(packs: Iterable[Pack]) -> Knowledge:
    """The sum of what packs know; the first pack that has a name keeps it."""
    facts: dict[str, FactFunction] = {}
    checks: dict[str, CheckFunction] = {}
    types: dict[str, ParameterType] = {}
    holds: dict[str, Traversable] = {}
    for pack in reversed(list(packs)):
        facts.update(pack.facts)
        checks.update(pack.checks)
        types.update(pack.parameter_types)
        holds.update(pack.holds)
    return Knowledge(facts, checks, types, holds)


def kinds_of(packs: Iterable[Pack]) -> Kinds:
    """The engine's kinds of step and those of packs; the first pack that has a key keeps it."""
    found: dict[str, StepKind[Any]] = {}
    for pack in reversed(list(packs)):
        found.update({kind.key: kind for kind in pack.step_kinds})
    return BUILTIN.also(*found.values())


class Library:
    """Finds runbooks by their names.

    A runbook of the site takes the place of a pack's of the same name, one in an earlier folder of the site that
    of one in a later; `LoadedRunbook.instead_of` says what was replaced.

    Args:
        packs: their runbooks, and what runbooks are checked against.
        extra_folders: the site's own; a folder that is not there holds no runbooks.
    """

    def __init__(self, packs: Sequence[Pack], extra_folders: Sequence[Path] = ()) -> None:
        self._knowledge = knowledge_of(packs)
        self._kinds = kinds_of(packs)
        # Whoever can write those of a pack can write the program.
        self._shipped = {str(pack.runbooks) for pack in packs}
        self._folders: list[Path | Traversable] = [*extra_folders, *(pack.runbooks for pack in packs)]
        self._known: dict[Source, LoadedRunbook] = {}

    def ids(self) -> tuple[str, ...]:
        """The names of all runbooks, whether they are valid or not, in order.

        Raises:
            UsageError: a folder cannot be read.
        """
        return tuple(self._files())

    def load(self, id_or_path: str) -> LoadedRunbook:
        """A runbook by its name, or by the path of a file that ends in `.yaml`.

        Raises:
            UsageError: there is none of this name, or the file cannot be read.
            InvalidRunbookError: it has problems.
        """
        if id_or_path.endswith((SUFFIX, ".yml")) or "/" in id_or_path:
            return self._whole(Source.of(Path(id_or_path)))
        files = self._files()
        if id_or_path not in files:
            raise UsageError(
                f"There is no runbook '{id_or_path}'{did_you_mean(id_or_path, files) or '.'}",
                hint="`gnt-runbook list` shows them all.",
                code="runbook-unknown",
            )
        return self._load(files[id_or_path])

    def load_all(self) -> tuple[tuple[LoadedRunbook, ...], tuple[RunbookError, ...]]:
        """All runbooks that are valid, and what is wrong with the others; one does not hide the others.

        Raises:
            UsageError: a folder cannot be read.
        """
        loaded, broken = [], []
        for files in self._files().values():
            try:
                loaded.append(self._load(files))
            except RunbookError as error:
                broken.append(error)
        return tuple(loaded), tuple(broken)

    def trusted(self, id_or_path: str) -> LoadedRunbook:
        """As `load`, of one that is about to be run.

        Raises:
            RefusedError: somebody else may have written it.
        """
        loaded = self.load(id_or_path)
        if loaded.stranger:
            raise RefusedError(
                f"The runbook {loaded.origin} is not run: somebody else may have written it.",
                why=loaded.stranger,
                changed=NOTHING_CHANGED,
                hint="Read it, then run a copy that is yours alone (chown, chmod go-w).",
                code="runbook-not-ours",
            )
        return loaded

    def read(self, source: Source) -> LoadedRunbook:
        """The runbook of a text that need not be in the library, without a look at those it calls.

        Raises:
            InvalidRunbookError: it has problems.
        """
        return load_runbook(source, self._knowledge, self._kinds)

    def _load(self, files: list[Path | Traversable]) -> LoadedRunbook:
        instead_of = tuple(str(file) for file in files[1:])
        return replace(self._whole(self._source(files[0])), instead_of=instead_of)

    def _source(self, file: Path | Traversable) -> Source:
        source = Source.of(file)
        shipped = isinstance(file, Path) and str(file.parent) in self._shipped
        return replace(source, stranger="") if shipped else source

    def _whole(self, source: Source) -> LoadedRunbook:
        """A runbook whose calls of others are right as well."""
        loaded = self._right(source)
        check_calls(loaded, source, self._alone)
        return loaded

    def _alone(self, runbook: str) -> Runbook | None:
        """A runbook without a look at those it calls; None if there is none."""
        files = self._files().get(runbook)
        return None if files is None else self._right(self._source(files[0])).runbook

    def _right(self, source: Source) -> LoadedRunbook:
        """A runbook that is right in itself; the same text is checked once, however many call it."""
        if source not in self._known:
            self._known[source] = self.read(source)
        return self._known[source]

    def _files(self) -> dict[str, list[Path | Traversable]]:
        """For each name its files, the one that counts first."""
        found: dict[str, list[Path | Traversable]] = {}
        for folder in self._folders:
            for file in yaml_files(folder):
                found.setdefault(file.name.removesuffix(SUFFIX), []).append(file)
        return dict(sorted(found.items()))
