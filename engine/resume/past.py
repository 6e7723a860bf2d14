"""What earlier runs had come to, as replaying their journals tells it. There is no other record of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.hosts.host import Result
from engine.identity import in_a_word
from engine.journal.events import (
    Event,
    FactsKept,
    Intent,
    LoopBegun,
    Outcome,
    PreconditionSeen,
    RunbookText,
    RunStarted,
    SettledLater,
    StepBegun,
    StepEnded,
)
from engine.journal.leftovers import Behind
from engine.journal.reader import Journal
from engine.model.hold import RELEASED


@dataclass(frozen=True, slots=True)
class Begun:
    """A change of a step that was begun and did not end.

    Attributes:
        run: whose change it is; its key on the host belongs to this run.
        intent: what was to be done.
        known: how it ended, as far as anybody saw; a change without it may still be going on.
    """

    run: str
    intent: Intent
    known: Outcome | SettledLater | None = None

    @property
    def open(self) -> bool:
        """Whether only its host can say what became of it."""
        return self.known is None or (isinstance(self.known, Outcome) and self.known.state == "unknown")

    @property
    def never(self) -> bool:
        """Whether it surely was not begun."""
        return self.known is not None and self.known.state in {"never", "not-started"}

    @property
    def result(self) -> Result | None:
        """How its command ended; None where nobody can know."""
        seen = self.known
        if seen is None or seen.exit_code is None or seen.state in {"unknown", "cut-short", "rebooted"}:
            return None
        argv = tuple(str(word) for word in self.intent.action.get("argv", ()))
        return Result(argv, seen.stdout, seen.stderr, seen.exit_code, seen.seconds)


@dataclass(slots=True)
class Past:
    """The runs that a run goes on with, oldest first; empty for a run that goes on with none.

    Attributes:
        runs: their names.
        started: how the first of them began.
        ended: how steps ended last, by their keys; without those that were begun again since.
        ended_at: when that was written, and `ended_in` in which run.
        begun: the changes of steps that have not ended, by key of the step, oldest first.
        items: those of loops, as they were when they began, by key of the step.
        kept: facts that are read once, as they were first read, by the prefix of their runbook's steps.
        preconditions: what was found of each, first.
        texts: the runbooks as they were, by name.
        changes: how many changes were begun, safe ones included.
        hosts: on which of them.
        tip: the hash of the last line of the last of their journals.
        behind: what they have left on hosts.
        last: the key of the step that was done last, without giving back what was held; empty where one failed since.
        by: who was behind each of the runs, in a word.
        journals: those that were replayed.
    """

    runs: tuple[str, ...] = ()
    by: dict[str, str] = field(default_factory=dict)
    journals: tuple[Journal, ...] = ()
    started: RunStarted | None = None
    ended: dict[str, StepEnded] = field(default_factory=dict)
    ended_at: dict[str, str] = field(default_factory=dict)
    ended_in: dict[str, str] = field(default_factory=dict)
    begun: dict[str, list[Begun]] = field(default_factory=dict)
    items: dict[str, list[Any]] = field(default_factory=dict)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    preconditions: dict[str, PreconditionSeen] = field(default_factory=dict)
    texts: dict[str, RunbookText] = field(default_factory=dict)
    changes: int = 0
    hosts: set[str] = field(default_factory=set)
    tip: str = ""
    behind: Behind = field(default_factory=Behind)
    last: str = ""
    _order: dict[str, int] = field(default_factory=dict)
    _count: int = 0
    _begun: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.runs)

    @property
    def run(self) -> str:
        """The last of the runs, the one that is gone on with."""
        return self.runs[-1] if self.runs else ""

    @property
    def open(self) -> list[Begun]:
        """The changes of which only their hosts can say what became of them, in their order."""
        return [one for several in self.begun.values() for one in several if one.open]

    def settled(self, step: str, *, may_fail: bool) -> StepEnded | None:
        """How a step ended that does not have to be taken again; None for one that has.

        Args:
            step: its key.
            may_fail: whether a run goes on when it fails.
        """
        ended = self.ended.get(step)
        return None if ended is None or (ended.state == "failed" and not may_fail) else ended

    def reached(self, step: str) -> bool:
        """Whether any of the runs had come to a step, or to an item of its loop."""
        return any(_of_loop(key) == step for keys in (self.ended, self.begun, self.items, self._begun) for key in keys)

    def under_way(self, step: str) -> bool:
        """Whether a step has a change that was begun, and has not ended."""
        return any(not one.never for one in self.begun.get(step, []))

    def is_last(self, step: str) -> bool:
        """Whether a step, or another item of its loop, was done last, and no change of another one was begun since."""
        ended = self.ended.get(step)
        if ended is None or ended.state != "done" or _of_loop(step) != _of_loop(self.last):
            return False
        return not any(self.under_way(one) for one in self.begun if _of_loop(one) != _of_loop(step))

    def takes_up(self, step: str) -> Begun | None:
        """The last change of a step that was begun and did not end; it is told once."""
        several = self.begun.pop(step, [])
        # What was surely not begun leaves the one before it the last.
        really = [one for one in several if not one.never]
        return really[-1] if really else None

    def holds(self, taking: str, giving: str) -> bool:
        """Whether what a step took was not given back by the other."""
        taken = self.ended.get(taking)
        if taken is None or taken.state != "done":
            return False
        back = self.ended.get(giving)
        return back is None or back.state != "done" or self._order[giving] < self._order[taking]

    def settle(self, settled: SettledLater) -> None:
        """Take note of what a host said."""
        self._known(settled.run, settled)

    def _hear(self, run: str, time: str, event: Event) -> None:
        match event:
            case Intent() | Outcome() | SettledLater():
                self._hear_of_change(run, event)
            case StepBegun():
                self._begun.add(event.step)
                self.ended.pop(event.step, None)
            case StepEnded():
                self._hear_of_end(run, time, event)
            case LoopBegun():
                self.items.setdefault(event.step, event.items)
            case FactsKept():
                self.kept.setdefault(event.prefix, event.facts)
            case PreconditionSeen():
                self.preconditions.setdefault(event.code, event)
            case RunbookText():
                self.texts.setdefault(event.runbook, event)

    def _hear_of_change(self, run: str, event: Intent | Outcome | SettledLater) -> None:
        if isinstance(event, Intent):
            self.changes += 1
            self.hosts.add(event.host)
            self.begun.setdefault(event.step, []).append(Begun(run, event))
        elif isinstance(event, Outcome):
            self._known(run, event)
        else:
            self._known(event.run, event)

    def _known(self, run: str, seen: Outcome | SettledLater) -> None:
        for several in self.begun.values():
            for number, one in enumerate(several):
                if (one.run, one.intent.key) == (run, seen.key):
                    several[number] = Begun(run, one.intent, seen)

    def _hear_of_end(self, run: str, time: str, event: StepEnded) -> None:
        self.begun.pop(event.step, None)
        self.ended[event.step] = event
        self._count += 1
        self._order[event.step] = self._count
        if not event.carried or event.step not in self.ended_at:
            self.ended_at[event.step] = time
        self.ended_in[event.step] = event.carried or run
        if event.carried or event.step.endswith(f"-{RELEASED}"):
            return
        if event.state == "done":
            self.last = event.step
        elif event.state == "failed":
            # It may have changed what the one before it did.
            self.last = ""


def _of_loop(step: str) -> str:
    return step.partition("[")[0] if step.endswith("]") else step


def replay(journals: Sequence[Journal]) -> Past:
    """What these runs had come to.

    Args:
        journals: the run that is gone on with last, before it the one that this one went on with, and so on.
    """
    names = [one.run for one in journals]
    started = journals[0].started if journals else None
    tip = journals[-1].tip if journals else ""
    past = Past(tuple(names), started=started, tip=tip, journals=tuple(journals))
    for name, journal in zip(names, journals, strict=True):
        if journal.started is not None:
            past.by[name] = in_a_word(journal.started.operator)
        for entry in journal.entries:
            past._hear(name, entry.time, entry.event)  # noqa: SLF001 - its own reading
            # A stranger's would name commands to be typed as root.
            if not journal.stranger:
                past.behind.hear(name, entry.event)
    return past
