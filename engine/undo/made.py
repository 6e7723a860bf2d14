"""Which changes a run made, by its journal, newest first; and which of them were taken back since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from engine.journal.events import Checked, Intent, Outcome, StepBegun, StepEnded
from engine.journal.reader import Journal
from engine.model.hold import RELEASED
from engine.transport.command import shown
from engine.undo.recorded import Undo, UndoByHand, from_data

State = Literal["done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was begun.

    Attributes:
        name: `RUN:KEY`, by which an undo says what it takes back; empty for what a person did.
        title: of the step, with the item of its loop.
        state: `done`; `failed`: it ended with another exit code than 0, and what it did is not known; `unknown`: nobody
            saw its end.
        why: of the last two.
        undo: None where the journal does not say.
    """

    name: str
    step: str
    title: str
    host: str
    action: dict[str, Any]
    state: State
    why: str
    undo: Undo | None

    @property
    def words(self) -> str:
        """What was done, for a person."""
        if not self.action:
            return "done by a person"
        return f"{shown(self.action['argv']) if 'argv' in self.action else self.action.get('file', '')} on {self.host}"


def made_by(journal: Journal) -> list[Made]:
    """The changes of a run, newest first, and what persons said that they did; without what surely never began."""
    run = journal.started.run if journal.started is not None else journal.path.stem
    found: dict[str, Made] = {}
    last: dict[str, str] = {}
    titles: dict[str, StepBegun] = {}
    for event in journal.events:
        match event:
            case StepBegun():
                titles[event.step] = event
            case Intent():
                last[event.step] = event.key
                begun = titles.get(event.step)
                found[event.key] = Made(
                    f"{run}:{event.key}",
                    event.step,
                    _title(event.step, begun.title if begun is not None else event.step),
                    event.host,
                    event.action,
                    "unknown",
                    "Nobody saw how it ended",
                    from_data(event.undo),
                )
            case Outcome() if event.state == "not-started":
                found.pop(event.key, None)
            case Outcome() if event.key in found:
                found[event.key] = _ended(found[event.key], event)
            case Checked(of=step, holds=True) if last.get(step) in found:
                # Its exit code was no 0; that it did what it should was seen all the same.
                seen = found[last[step]]
                found[last[step]] = replace(seen, state="done", why="") if seen.state == "failed" else seen
            case StepEnded(state="done") if event.step not in last and event.step in titles:
                if words := titles[event.step].undo:
                    title = _title(event.step, event.title)
                    found[event.step] = Made("", event.step, title, "", {}, "done", "", UndoByHand(words))
    return _without_given_back(list(found.values()))[::-1]


def taken_back(journals: Iterable[Journal]) -> dict[str, State]:
    """The changes that later runs began to take back, by name, and what came of the last attempt at each."""
    found: dict[str, State] = {}
    for journal in journals:
        if journal.started is None or not journal.started.undoes:
            continue
        names = {event.key: event.undoes for event in journal.events if isinstance(event, Intent)}
        # As they were made: a later attempt counts instead of an earlier one.
        for one in reversed(made_by(journal)):
            if name := names.get(one.name.removeprefix(f"{journal.started.run}:"), ""):
                found[name] = one.state
    return found


def _ended(made: Made, outcome: Outcome) -> Made:
    match outcome.state:
        case "done":
            return replace(made, state="done", why="")
        case "failed":
            why = f"It ended with exit code {outcome.exit_code}, and what it did is not known"
            return replace(made, state="failed", why=why)
    return replace(made, why=f"Nobody saw how it ended: {outcome.why}".rstrip(": "))


def _without_given_back(changes: list[Made]) -> list[Made]:
    """Without what was held and given back: both together changed nothing."""
    ended = {one.step for one in changes if one.state == "done"}
    gone = {step for step in ended if f"{step}-{RELEASED}" in ended}
    return [one for one in changes if one.step.removesuffix(f"-{RELEASED}") not in gone]


def _title(step: str, title: str) -> str:
    item = step[step.index("[") :] if step.endswith("]") and "[" in step else ""
    return f"{title} {item}".strip()
