"""A run of a step of each kind against a real sshd: what it leaves behind tells what was lost and what came twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine import crashpoints
from engine.clock import SystemClock
from engine.hosts import supervisor
from engine.hosts.host import Host
from engine.hosts.pool import ConnectedLinks
from engine.hosts.ssh_settings import TransportSettings
from engine.journal.events import Intent, Outcome
from engine.journal.reader import read_journal
from engine.knowledge import Knowledge
from engine.load.loader import load_runbook
from engine.load.source import Source
from engine.operator.interface import Line, Question
from engine.operator.scripted import Scripted
from tests.support.runs import SomeSite, open_site

PATIENCE = 60.0
"""Seconds after which something that has to happen will not happen any more."""

# Says that it was made, prints much, and goes on until it is let end.
SCRIPT = (
    'echo "$2" >>"$1/counter"; echo "$2 begins"; i=0; '
    'while [ $i -lt 300 ]; do echo "line $i of $2"; i=$((i+1)); done; echo "$2 complains" >&2; '
    'until [ -e "$1/gate-$2" ]; do sleep 0.05; done; echo "$2 ends"'
)
RUNBOOK = """
format: 1
id: journey
title: Journey
summary: A step of each kind
parameters:
  host: {type: str, help: where}
  folder: {type: str, help: a folder there}
  script: {type: str, help: what is run}
steps:
  - id: long
    title: Take a while
    run: [sh, -c, "{{ script }}", long, "{{ folder }}", long]
    on: host
    effect: reversible
    undo: none
  - id: edit
    title: Change a file
    edit: "{{ folder }}/edited"
    on: host
    rules: [{ensure_line: changed}]
    effect: reversible
    undo: none
  - id: each
    title: One after the other
    each: "['a', 'b']"
    run: [sh, -c, "{{ script }}", each, "{{ folder }}", "{{ item }}"]
    on: host
    effect: reversible
    undo: none
"""
STEPS = {"long": "long", "edit": "", "each[a]": "a", "each[b]": "b"}
"""The steps, and what their script calls itself; an edit has none."""
ANSWERS = dict.fromkeys(STEPS, "y")


class Listener(Scripted):
    """An operator who answers what was written down before, and can be waited for to be told something."""

    def __init__(self, on_question: Callable[[Question], None] | None = None) -> None:
        super().__init__(ANSWERS, on_question=on_question)
        self._news = threading.Condition()

    def show(self, *lines: Line) -> None:
        super().show(*lines)
        with self._news:
            self._news.notify_all()

    @property
    def flat(self) -> str:
        """All that was shown, on one line."""
        return " ".join(self.text.split())

    def told(self) -> int:
        """How often it was said that the host is waited for."""
        return self.flat.count("there is nothing to do")

    def wait_for(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> bool:
        with self._news:
            return self._news.wait_for(condition, timeout)


@dataclass(frozen=True, slots=True)
class Count:
    """What came of the changes of a run."""

    lost: int
    twice: int


@dataclass
class Journey:
    """One run.

    Attributes:
        folder: everything the run leaves behind is in here.
        host: the host it changes, which sees the same folder.
        settings: the way there.
        hook: told where the run is, see `crashpoints`.
        operator: who is asked; a `Conductor` hears it too.
    """

    folder: Path
    host: Host
    settings: TransportSettings
    hook: crashpoints.Hook
    operator: Listener = field(default_factory=Listener)
    error: Exception | None = None
    over: threading.Event = field(default_factory=threading.Event)
    run: str = ""
    _journal: Path | None = None

    def go(self) -> None:
        """Make the run, to its end or its error."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "edited").write_text("as it was\n")
        loaded = load_runbook(Source("journey.yaml", RUNBOOK.encode()), KNOWLEDGE)
        links = ConnectedLinks(self.settings)
        values = {"host": self.host.name, "folder": str(self.folder), "script": SCRIPT}
        place = SomeSite("home", {self.host.name: self.host})
        here = open_site(place, links, KNOWLEDGE, SystemClock(), self.operator, self.folder / "runs")
        session = here.session(loaded, values)
        self.run, self._journal = session.run.names.id, session.journal.path
        try:
            with crashpoints.listening(self.hook):
                session.go()
        except Exception as error:  # noqa: BLE001 - the tests look at all of them
            self.error = error
        finally:
            self.over.set()
            links.close()

    def kept(self, key: str) -> Path:
        """What the host keeps of one change."""
        return Path(self.settings.state) / "changes" / supervisor.folder(self.run) / supervisor.folder(key)

    def open_gate(self, step: str) -> None:
        """Let the command of a step end."""
        (self.folder / f"gate-{STEPS[step]}").touch()

    def begun(self, step: str) -> bool:
        """Whether the command of a step has begun."""
        return STEPS[step] in self._made()

    def _made(self) -> list[str]:
        counter = self.folder / "counter"
        return counter.read_text().split() if counter.exists() else []

    def count(self) -> Count:
        """What was lost and what came twice, by what is in the folder and in the journal."""
        assert self._journal is not None
        read = read_journal(self._journal)
        intents = [event for event in read.events if isinstance(event, Intent)]
        ends = {event.key.split("#")[0]: event for event in read.events if isinstance(event, Outcome)}
        whole = [step for step in STEPS if step in ends and _is_whole(step, ends[step], self.folder)]
        made = self._made()
        twice = sum(max(0, made.count(name) - 1) for name in set(made))
        twice += max(0, len(intents) - len(STEPS))
        return Count(len(STEPS) - len(whole), twice)


KNOWLEDGE = Knowledge({}, {}, {})


def _is_whole(step: str, end: Outcome, folder: Path) -> bool:
    """Whether a change was made and its record has all of it."""
    if end.state != "done" or end.exit_code != 0:
        return False
    name = STEPS[step]
    if not name:
        edited = (folder / "edited").read_text() == "as it was\nchanged\n"
        return edited and len([*folder.glob("edited.*")]) == 1
    return end.stdout == "".join(_lines(name)) and end.stderr == f"{name} complains\n"


def _lines(name: str) -> Iterator[str]:
    yield f"{name} begins\n"
    for number in range(300):
        yield f"line {number} of {name}\n"
    yield f"{name} ends\n"
