"""Undoing what was done in the house of lamps."""

from collections.abc import Mapping

from engine.errors import UsageError
from engine.hosts.reader import Reader
from engine.journal.events import Intent, RunbookText
from engine.journal.folder import RunsFolder
from engine.knowledge import Context
from engine.load.loader import LoadedRunbook, load_runbook
from engine.load.source import Source
from engine.operator.scripted import Scripted
from engine.run.options import RunOptions
from engine.run.screen_text import introduction
from engine.undo.changes import asked_of_hosts, made_by, taken_back
from engine.undo.runbook import explained, runbook_of
from engine.undo.sorting import Sorted, sort
from tests.engine.run.toy import HOME, KNOWLEDGE, Run, ToyClock
from tests.support.runs import open_site, to_its_end


def library(run: Run, name: str) -> LoadedRunbook:
    """The house's own runbooks: those that the run was made by."""
    texts = {event.runbook: event.text for event in run.journal.events if isinstance(event, RunbookText)}
    if name not in texts:
        raise UsageError(f"There is no runbook {name!r}.", code="runbook-unknown")
    return load_runbook(Source(f"{name}.yaml", texts[name].encode()), KNOWLEDGE)


def look(run: Run) -> Sorted:
    """What of a run can be undone now."""
    journals = RunsFolder(run.path.parent).all()[0]
    back = taken_back(journals, lambda changes: asked_of_hosts(changes, run.house, HOME))
    return sort(made_by([run.journal]), back, KNOWLEDGE, Context(Reader(run.house), HOME, ToyClock()))


def undo(run: Run, answers: Mapping[str, object] | None = None, *, dry: bool = False) -> Run:
    """Undo what of it can be undone; there has to be something."""
    started = run.journal.started
    assert started is not None
    found = look(run)
    loaded, values = runbook_of(started, found, lambda name: library(run, name))
    operator = Scripted(dict(answers or {}))  # type: ignore[arg-type]
    clock = ToyClock()
    clock.sleep(3600 * len(list(run.path.parent.iterdir())))
    here = open_site(HOME, run.house, KNOWLEDGE, clock, operator, run.path.parent)
    session = here.session(loaded, started.parameters, RunOptions(undoes=started.run), saved=values)
    operator.show(*introduction(loaded.runbook))
    ended = to_its_end(session, dry=dry)
    return Run(run.house, operator, session.journal.path, ended.error, ended.code)


def undone(run: Run) -> list[str]:
    """The changes an undo took back, in its order."""
    return [event.undoes.partition(":")[2] for event in run.journal.events if isinstance(event, Intent)]


def left(run: Run) -> list[str]:
    """What cannot be undone, as it is told."""
    return [explained(made, why) for made, why in look(run).left]
