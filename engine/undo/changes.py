"""Which changes a run made and what became of them, by journals and by their hosts; which were taken back since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from engine.errors import RunbookError
from engine.hosts.command import shown
from engine.hosts.host import Links, Once
from engine.journal.events import Checked, Intent, Outcome, SettledLater, StepBegun, StepEnded
from engine.journal.outcomes import settled_of
from engine.journal.reader import Journal
from engine.journal.undo_record import Undo, UndoByHand, as_data, from_data
from engine.knowledge import Site
from engine.model.hold import RELEASED
from engine.redaction.redactor import REDACTOR

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
        effect: that its step was asked for by, as the journal has it.
    """

    name: str
    step: str
    title: str
    host: str
    action: dict[str, Any]
    state: State
    why: str
    undo: Undo | None
    effect: str = ""

    @property
    def words(self) -> str:
        """What was done, for a person."""
        if not self.action:
            return "done by a person"
        return f"{shown(self.action['argv']) if 'argv' in self.action else self.action.get('file', '')} on {self.host}"


def made_by(journals: Sequence[Journal], later: Iterable[Journal] = ()) -> list[Made]:
    """The changes of a run, newest first, and what persons said that they did; without what surely never began.

    Args:
        journals: those of the runs that it went on with, oldest first, and its own.
        later: journals that may say what hosts have told since of changes whose end nobody saw.
    """
    found: dict[str, Made] = {}
    for journal in journals:
        _replay(journal, found)
    # What others may have written settles nothing.
    for event in (event for journal in later if not journal.stranger for event in journal.events):
        if (
            isinstance(event, SettledLater)
            and (made := found.get(f"{event.run}:{event.key}"))
            and made.state == "unknown"
        ):
            end(found, made.name, event.state, event.exit_code, event.why)
    return _without_given_back(list(found.values()))[::-1]


def _replay(journal: Journal, found: dict[str, Made]) -> None:
    run = journal.run
    last: dict[str, str] = {}
    titles: dict[str, StepBegun] = {}
    for event in journal.events:
        match event:
            case StepBegun():
                titles[event.step] = event
            case Intent():
                begun = titles.get(event.step)
                name = last[event.step] = f"{run}:{event.key}"
                found[name] = _begun(name, event, begun.title if begun is not None else event.step)
            case Outcome() if f"{run}:{event.key}" in found:
                end(found, f"{run}:{event.key}", event.state, event.exit_code, event.why)
            case SettledLater() if f"{event.run}:{event.key}" in found:
                end(found, f"{event.run}:{event.key}", event.state, event.exit_code, event.why)
            case Checked(of=step, holds=True) if last.get(step) in found:
                # Its exit code was no 0; that it did what it should was seen all the same.
                seen = found[last[step]]
                found[last[step]] = replace(seen, state="done", why="") if seen.state == "failed" else seen
            case StepEnded(state="done") if event.step not in last and event.step in titles:
                if words := titles[event.step].undo:
                    title = _title(event.step, event.title)
                    found[event.step] = Made("", event.step, title, "", {}, "done", "", UndoByHand(words))


def _begun(name: str, intent: Intent, title: str) -> Made:
    undo = from_data(intent.undo)
    if undo is not None and REDACTOR.data(as_data(undo)) != as_data(undo):
        # It would not be shown as it is. We record none such: docs/undo.md.
        undo = UndoByHand("the journal has what looks like a secret in it, which is never shown; look at the journal")
    why = "Nobody saw how it ended"
    return Made(
        name, intent.step, _title(intent.step, title), intent.host, intent.action, "unknown", why, undo, intent.effect
    )


def end(found: dict[str, Made], name: str, state: str, exit_code: int | None, why: str) -> None:
    """Note what became of a change; one that was not begun is none."""
    made = found[name]
    if state in {"not-started", "never"}:
        del found[name]
    elif exit_code == 0:
        found[name] = replace(made, state="done", why="")
    elif exit_code is not None:
        why = f"It ended with exit code {exit_code}, and what it did is not known"
        found[name] = replace(made, state="failed", why=why)
    else:
        found[name] = replace(made, why=f"Nobody saw how it ended: {why}".rstrip(": "))


def taken_back(
    journals: Sequence[Journal], asked: Callable[[list[Made]], list[Made]] = lambda changes: changes
) -> dict[str, State]:
    """The changes that later runs began to take back, by name, and what came of the last attempt at each.

    Args:
        journals: all there are, oldest first.
        asked: finds out what became of changes whose end nobody saw.
    """
    found: dict[str, State] = {}
    for journal in journals:
        if journal.started is None or not journal.started.undoes:
            continue
        names = {event.key: event.undoes for event in journal.events if isinstance(event, Intent)}
        # As they were made: a later attempt counts instead of an earlier one.
        made = made_by([journal], journals)
        # Of a stranger's journal no host is asked: that leaves something behind there.
        for one in reversed(made if journal.stranger else asked(made)):
            if name := names.get(one.name.removeprefix(f"{journal.started.run}:"), ""):
                found[name] = one.state
    return found


def _without_given_back(changes: list[Made]) -> list[Made]:
    """Without what was held and given back: both together changed nothing."""
    ended = {one.step for one in changes if one.state == "done"}
    gone = {step for step in ended if f"{step}-{RELEASED}" in ended}
    return [one for one in changes if one.step.removesuffix(f"-{RELEASED}") not in gone]


def _title(step: str, title: str) -> str:
    item = step[step.index("[") :] if step.endswith("]") and "[" in step else ""
    return f"{title} {item}".strip()


SECONDS = 60.0
"""How long a host may take to say what became of a change."""


def asked_of_hosts(
    changes: Iterable[Made], links: Links, site: Site, hears: Callable[[SettledLater], object] = lambda _settled: None
) -> list[Made]:
    """The same, with what their hosts say of those whose end nobody saw; as they are where a host says nothing.

    Args:
        changes: some of them.
        links: how to reach their hosts.
        site: its hosts.
        hears: told what each host says, for the record.
    """
    return [made for one in changes if (made := _asked(one, links, site, hears)) is not None]


def _asked(made: Made, links: Links, site: Site, hears: Callable[[SettledLater], object]) -> Made | None:
    host = site.hosts.get(made.host)
    if made.state != "unknown" or host is None:
        return made
    run, _, key = made.name.partition(":")
    try:
        said = links.to(host).settle(Once(run, key), timeout=SECONDS)
    except RunbookError as error:
        return replace(made, why=f"Nobody saw how it ended, and {made.host} cannot be asked: {error.what}")
    if said.state == "running":
        return replace(made, why="It still goes on")
    settled = settled_of(Once(run, key), made.step, made.host, said)
    hears(settled)
    found = {made.name: made}
    end(found, made.name, settled.state, settled.exit_code, said.state)
    return found.get(made.name)
