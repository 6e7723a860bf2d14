"""What a run leaves on hosts for somebody to remove later, as its journal holds it: snapshots, backups, pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from engine.hosts.command import shown
from engine.journal.events import Event, FollowUpDone, FollowUpLeft, Intent, Outcome, RunEnded, SettledLater, StepEnded
from engine.journal.reader import Journal
from engine.journal.undo_record import RecordedCheck
from engine.model.hold import RELEASED
from engine.model.parts import FILES, LeftKind

State = Literal["there", "unknown"]


@dataclass(frozen=True, slots=True)
class Leftover:
    """One thing.

    Attributes:
        kind: what it is; of a `backup` and a `moved-file` the name is a path.
        name: what it is called on its host.
        host: full name.
        why: what it is good for, and until when it is needed.
        size: in words; empty where unknown.
        remove: the command that removes it there; empty where there is none.
        there: tells whether it is still there, for what is no file.
        state: `there` if it was seen when the run ended; `unknown` if nobody looked, or it could not be seen.
        change: whose it is, as `RUN:KEY`.
    """

    kind: LeftKind
    name: str
    host: str
    why: str = ""
    size: str = ""
    remove: tuple[str, ...] = ()
    there: RecordedCheck | None = None
    state: State = "unknown"
    change: str = ""

    @property
    def step(self) -> str:
        """The step that left it, with the item of its loop."""
        return self.change.partition(":")[2].rpartition("#")[0]

    @property
    def is_file(self) -> bool:
        """Whether its name is a path."""
        return self.kind in FILES

    @property
    def words(self) -> str:
        """What is there and why, for a person."""
        size = f" ({self.size})" if self.size else ""
        seen = "" if self.state == "there" else "; whether it is still there was not seen"
        why = f": {self.why}" if self.why else ""
        return f"{self.kind.replace('-', ' ')} {self.name} on {self.host}{size}{seen}{why}"

    @property
    def command(self) -> str:
        """What removes it, as it is typed there; empty where nothing does."""
        return shown(self.remove) if self.remove else ""


_READER: TypeAdapter[Leftover] = TypeAdapter(Leftover)


def as_data(leftover: Leftover) -> dict[str, Any]:
    """As an intent and the end of a run hold it."""
    return asdict(leftover)


def from_data(data: Mapping[str, Any]) -> Leftover | None:
    """What a journal holds; None where this version cannot understand it."""
    try:
        return _READER.validate_python(dict(data))
    except (ValidationError, TypeError, ValueError):
        return None


@dataclass(slots=True)
class Behind:
    """What runs have left behind, as far as their events tell it.

    Attributes:
        follow_ups: the runbooks that have to be run later.
        undone: the changes that were taken back, as `RUN:KEY`, also those of other runs.
    """

    follow_ups: list[FollowUpLeft] = field(default_factory=list)
    undone: set[str] = field(default_factory=set)
    _left: dict[tuple[str, str, str], Leftover] = field(default_factory=dict)
    _undoes: dict[str, str] = field(default_factory=dict)

    @property
    def leftovers(self) -> list[Leftover]:
        """Each once, in the order in which they were made."""
        return list(self._left.values())

    def hear(self, run: str, event: Event) -> None:
        """Take note of an event of this run; they come in their order."""
        match event:
            case Intent():
                self._begun(f"{run}:{event.key}", event)
            case Outcome():
                self._known(f"{run}:{event.key}", event)
            case SettledLater():
                self._known(f"{event.run}:{event.key}", event)
            case StepEnded(state="done") if event.step.endswith(f"-{RELEASED}"):
                step = event.step.removesuffix(f"-{RELEASED}")
                self._drop(lambda one: one.kind == "held" and one.step == step)
            case FollowUpLeft() | FollowUpDone():
                self._remind(event)
            case RunEnded() if event.left is not None:
                # It was looked at: this counts, and not what the changes would have left.
                self._left = {}
                for one in _understood(event.left):
                    self._keep(one)

    def _begun(self, name: str, intent: Intent) -> None:
        for one in _understood(intent.leaves):
            self._keep(replace(one, change=name))
        if intent.undoes:
            self._undoes[name] = intent.undoes

    def _remind(self, event: FollowUpLeft | FollowUpDone) -> None:
        about = (event.runbook, event.site)
        self.follow_ups = [one for one in self.follow_ups if (one.runbook, one.site) != about]
        if isinstance(event, FollowUpLeft):
            self.follow_ups.append(event)

    def _keep(self, one: Leftover) -> None:
        self._left[one.kind, one.name, one.host] = one

    def _known(self, name: str, seen: Outcome | SettledLater) -> None:
        if seen.state in {"not-started", "never"}:
            self._drop(lambda one: one.change == name)
        elif seen.exit_code not in {None, 0}:
            # Only a look can tell what a command left that failed; where none can be had, nothing is claimed.
            self._drop(lambda one: one.change == name and not one.is_file and one.there is None)
        elif seen.exit_code == 0 and name in self._undoes:
            undone = self._undoes[name]
            self.undone.add(undone)
            # The backup of an edit is still there: it was copied back.
            self._drop(lambda one: one.change == undone and one.kind != "backup")

    def _drop(self, gone: Callable[[Leftover], bool]) -> None:
        self._left = {key: one for key, one in self._left.items() if not gone(one)}


def _understood(several: Iterable[Mapping[str, Any]]) -> Iterator[Leftover]:
    return (one for data in several if (one := from_data(data)) is not None)


def by_run(journals: Sequence[Journal]) -> dict[str, list[Leftover]]:
    """What each real run of ours has left behind, by its name; what others went on with is counted with the last.

    Args:
        journals: all there are, oldest first.
    """
    found: dict[str, Behind] = {}
    undone: set[str] = set()
    for journal in journals:
        started = journal.started
        # A stranger's journal would name commands to be typed as root, and take others off the list.
        if started is None or started.mode != "real" or journal.stranger:
            continue
        behind = found.pop(started.resumes, Behind())
        for event in journal.events:
            behind.hear(started.run, event)
        undone |= behind.undone
        found[started.run] = behind
    return {
        run: [one for one in behind.leftovers if one.kind == "backup" or one.change not in undone]
        for run, behind in found.items()
    }
