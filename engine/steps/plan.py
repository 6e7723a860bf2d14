"""A step as it would be done now, and the changes it would make: what is shown, approved, and then made."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from engine.effects import Effect
from engine.english import plural
from engine.hosts.host import Action, FileChange, Host
from engine.journal.leftovers import Leftover
from engine.journal.undo_record import Undo
from engine.redaction.redactor import REDACTOR
from engine.steps.scope import plain


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one host: a command or new content for a file.

    Attributes:
        timeout: seconds after which its end is no longer waited for.
        undo: how it can be taken back afterwards.
        undoes: the change it takes back, as `RUN:KEY`; empty if it takes none back.
        leaves: what is on hosts from then on, besides the backup of a file.
    """

    host: Host
    effect: Effect
    action: Action
    timeout: float
    undo: Undo | None = None
    undoes: str = ""
    leaves: tuple[Leftover, ...] = ()

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """All that is on hosts once it was made, for somebody to remove."""
        if not isinstance(self.action, FileChange) or self.action.before is None:
            return self.leaves
        kept = self.action.backup
        backup = Leftover(
            "backup",
            kept,
            self.host.name,
            why=f"the old {self.action.path}",
            size=plural(len(self.action.before.encode()), "byte"),
            remove=("rm", "--", kept),
        )
        return (*self.leaves, backup)

    def described(self) -> dict[str, Any]:
        """As the journal holds it."""
        if isinstance(self.action, FileChange):
            return {"file": self.action.path, "backup": self.action.backup, "diff": self.diff}
        return {"argv": list(self.action)}

    @property
    def diff(self) -> str:
        """For a file, what changes in it, as a unified diff."""
        if not isinstance(self.action, FileChange):
            return ""
        before = (self.action.before or "").splitlines()
        after = (self.action.after or "").splitlines()
        new = "(new)" if self.action.after is not None else "(removed)"
        lines = difflib.unified_diff(before, after, self.action.path, f"{self.action.path} {new}", lineterm="")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Plan:
    """A step as it would be done now, with every value in place.

    Attributes:
        key: the step's id, with the item of its loop: `move-job-file[hwhost-2.lab.example]`.
        consequence: what it will cost.
        shown: lines that are shown as they are, such as a table.
        undo: how it can be taken back, where it makes no change by itself; each change says it of its own.
        verify: the check that is made afterwards, in words.
        changes: what it would change, in order; empty where it changes nothing by itself.
        confirm: the name that has to be typed for a destructive step, as `Scope.name` gives it.
        nothing: why there is nothing to do, if so.
        facts: the facts it rests on.
        text: what a person has to do or to decide, for the kinds that have such.
        choices: the answers to a decision, each with what follows from it.
        values: the parameters for another runbook.
    """

    key: str
    title: str
    why: str
    consequence: str
    undo: str
    confirm: str = ""
    verify: str = ""
    changes: tuple[Change, ...] = ()
    nothing: str = ""
    text: str = ""
    shown: tuple[str, ...] = ()
    choices: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def digest(self, about: dict[str, Any]) -> str:
        """What an approval is bound to: the changes themselves, and the facts behind all that was shown.

        The texts are not in it: they follow from these facts, and may hold what changes from moment to moment, such as
        an age.
        """
        seen = {
            **about,
            "key": self.key,
            "confirm": self.confirm,
            "changes": [[one.host.name, one.effect.value, one.described()] for one in self.changes],
            "facts": plain(self.facts, stable=True),
        }
        # It is recorded; nobody shall be able to try passwords on it.
        return hashlib.sha256(REDACTOR.salt + json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()
