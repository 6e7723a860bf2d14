"""Everything a run has at hand, put together once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.clock import Clock
from engine.knowledge import Context, Knowledge, Site
from engine.load.loader import LoadedRunbook
from engine.operator.interface import Operator
from engine.run.scope import RunNames, Scope
from engine.transport.reader import Reader


@dataclass(slots=True)
class RunContext:
    """A run before and while its steps are taken: what it is, what it sees, whom it talks to.

    Attributes:
        values: the parameters, by name.
        saved: what decisions were made, by the names they were saved under.
        kept: facts that are read once, by name.
    """

    loaded: LoadedRunbook
    knowledge: Knowledge
    site: Site
    reader: Reader
    clock: Clock
    operator: Operator
    names: RunNames
    values: Mapping[str, Any]
    saved: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def scope(self) -> Scope:
        """A new moment: every fact that is used will be read anew."""
        context = Context(self.reader.moment(), self.site, self.clock)
        values = {**self.values, **self.saved}
        return Scope(self.loaded.runbook, self.knowledge, context, self.names, values, self.kept)

    def keep_facts(self) -> None:
        """Read the facts that are read once.

        Raises:
            FactError, HostError: one of them cannot be read.
        """
        scope = self.scope()
        self.kept.update({name: scope.read(name) for name, call in self.loaded.runbook.facts.items() if call.once})
