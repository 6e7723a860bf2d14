"""Undoing what was done in the house of lamps."""

from collections.abc import Mapping

from engine.errors import UsageError
from engine.journal.events import Intent, RunbookText
from engine.journal.folder import RunsFolder
from engine.knowledge import Context
from engine.load.loader import LoadedRunbook, load_runbook
from engine.load.source import Source
from engine.operator.scripted import Scripted
from engine.run.context import RunContext
from engine.run.execute import How, dry_run, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.run.telling import introduction
from engine.transport.reader import Reader
from engine.undo.asking import asked_of_hosts
from engine.undo.made import made_by, taken_back
from engine.undo.runbook import explained, runbook_of
from engine.undo.sorting import Sorted, sort
from tests.engine.run.toy import KNOWLEDGE, Home, Run, ToyClock


def library(run: Run, name: str) -> LoadedRunbook:
    """The house's own runbooks: those that the run was made by."""
    texts = {event.runbook: event.text for event in run.journal.events if isinstance(event, RunbookText)}
    if name not in texts:
        raise UsageError(f"There is no runbook {name!r}.", code="runbook-unknown")
    return load_runbook(Source(f"{name}.yaml", texts[name].encode()), KNOWLEDGE)


def look(run: Run) -> Sorted:
    """What of a run can be undone now."""
    journals = RunsFolder(run.path.parent).all()[0]
    back = taken_back(journals, lambda changes: asked_of_hosts(changes, run.house, Home()))
    return sort(made_by([run.journal]), back, KNOWLEDGE, Context(Reader(run.house), Home(), ToyClock()))


def undo(run: Run, answers: Mapping[str, object] | None = None, *, dry: bool = False) -> Run:
    """Undo what of it can be undone; there has to be something."""
    started = run.journal.started
    assert started is not None
    found = look(run)
    loaded, values = runbook_of(started, found, lambda name: library(run, name))
    operator = Scripted(dict(answers or {}))  # type: ignore[arg-type]
    clock = ToyClock()
    clock.sleep(3600 * len(list(run.path.parent.iterdir())))
    name, journal = RunsFolder(run.path.parent).new("toy", clock)
    context = RunContext(
        loaded,
        KNOWLEDGE,
        Home(),
        Reader(run.house),
        clock,
        operator,
        RunNames(name, "toy"),
        started.parameters,
        saved=values,
    )
    error, code = None, None
    operator.show(*introduction(loaded.runbook))
    with journal:
        try:
            if dry:
                code = int(dry_run(context, Forced()))
            else:
                execute(context, run.house, journal, How("real", {"account": "test"}, undoes=started.run))
        except Exception as raised:  # noqa: BLE001 - tests look at all of them
            error = raised
    return Run(run.house, operator, journal.path, error, code)


def undone(run: Run) -> list[str]:
    """The changes an undo took back, in its order."""
    return [event.undoes.partition(":")[2] for event in run.journal.events if isinstance(event, Intent)]


def left(run: Run) -> list[str]:
    """What cannot be undone, as it is told."""
    return [explained(made, why) for made, why in look(run).left]
