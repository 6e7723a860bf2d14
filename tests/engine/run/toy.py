"""A site of one kind of thing, lamps, so that the engine is tested without a word of Ganeti."""

import itertools
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Action, FileChange, Host, Once, Result, nothing
from engine.hosts.reads import read
from engine.journal.reader import Journal, read_journal
from engine.knowledge import Context, Knowledge, Verdict
from engine.load.loader import LoadedRunbook, load_runbook
from engine.load.source import Source
from engine.operator.scripted import Scripted
from engine.resume.past import replay
from engine.run.options import RunOptions, RunSettings
from engine.run.screen_text import introduction
from tests.support.links import Begun, ChangingLink, FakeLinks, said
from tests.support.runs import REAL, SomeSite, open_site, to_its_end

LOOKS = itertools.count()
LOOKING = frozenset({"cat", "date", "logger", "stat", "test"})
"""Programs that change nothing."""
FIRST = "r1"
"""The name of a run that does not go on with another one."""
HOSTS = {name: Host(name) for name in ("hall.example", "attic.example")}
HOME = SomeSite("home", HOSTS, (HOSTS["attic.example"], HOSTS["hall.example"]))


class ToyClock:
    """Passes only when it is waited for."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)


@dataclass
class House(FakeLinks):
    """All there is: files by host and path. `lamp` programs switch a file between on and off."""

    files: dict[tuple[str, str], str] = field(default_factory=lambda: {("hall.example", "/lamp"): "off\n"})
    ran: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    begun: Begun = field(default_factory=dict)
    before_change: Callable[[], None] = lambda: None
    mishaps: Callable[[], Exception | None] = lambda: None

    def to(self, host: Host) -> "Room":
        if host.name in self.broken:
            raise self.broken[host.name]
        return Room(self, host)

    @property
    def changes(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(host, argv) for host, argv in self.ran if argv[0] not in LOOKING]

    @property
    def anchors(self) -> list[tuple[str, str]]:
        return [(host, argv[-1]) for host, argv in self.ran if argv[0] == "logger"]


class Room(ChangingLink):
    def __init__(self, house: House, host: Host) -> None:
        super().__init__(host)
        self.house = house

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        argv = tuple(argv)
        self.house.ran.append((self.host.name, argv))
        key = (self.host.name, argv[-1])
        match argv:
            case ("cat", _):
                there = self.house.files.get(key)
                return said(argv, there or "", "" if there is not None else "No such file", int(there is None))
            case ("test", "-e", _):
                return said(argv, exit_code=int(key not in self.house.files))
            case ("logger", *_):
                return said(argv)
            case ("lamp", "explode"):
                raise LinkLostError("the connection ended")
            case ("lamp", "unplugged"):
                raise HostUnreachableError("no answer")
            case ("lamp", word) if word in {"on", "off"}:
                self.house.before_change()
                self.house.files[self.host.name, "/lamp"] = f"{word}\n"
                return said(argv, f"lamp is {word}\n")
            case ("lamp", "lie"):
                return said(argv, "lamp is on\n")
            case _:
                return said(argv, "", f"{shlex.join(argv)}: no\n", 1)

    @property
    def begun(self) -> Begun:
        return self.house.begun

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        if (mishap := self.house.mishaps()) is not None:
            raise mishap
        return super().make(once, action, timeout=timeout, tick=tick)

    def replace(self, change: FileChange) -> Result:
        self.house.before_change()
        key = (self.host.name, change.path)
        self.house.ran.append((self.host.name, ("replace", change.path)))
        if self.house.files.get(key) != change.before:
            return said((), "", "changed meanwhile", 65)
        if change.before is not None:
            self.house.files[self.host.name, change.backup] = change.before
        if change.after is None:
            del self.house.files[key]
        else:
            self.house.files[key] = change.after
        return said(())


@dataclass(frozen=True, slots=True)
class Lamp:
    on: bool
    looked: int = field(default=0, compare=False)


def lamp(context: Context, *, host: str) -> Lamp:
    return Lamp(context.reader.read(HOSTS[host], read("cat", "/lamp")).stdout == "on\n", next(LOOKS))


def is_on(context: Context, *, host: str) -> Verdict:
    """The lamp is on."""
    shines = lamp(context, host=host).on
    return Verdict(shines, "the lamp is on" if shines else "the lamp is off", (f"{host}: /lamp",))


KNOWLEDGE = Knowledge({"lamps.lamp": lamp}, {"lamps.is_on": is_on}, {})

HEADER = """
format: 1
id: toy
title: Light
summary: Switch a lamp on
parameters:
  where: {type: str, help: which lamp, default: hall.example}
facts:
  lamp: {read: lamps.lamp, with: {host: "{{ where }}"}}
"""

ON = """
  - id: switch-on
    title: Switch it on
    run: [lamp, "on"]
    on: where
    effect: disruptive
    consequence: "It was {{ 'on' if lamp.on else 'off' }}"
    undo: switch it off
    verify: {check: lamps.is_on, with: {host: "{{ where }}"}}
"""


@dataclass
class Run:
    house: House
    operator: Scripted
    path: Path
    error: BaseException | None
    code: int | None

    @property
    def journal(self) -> Journal:
        return read_journal(self.path)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.journal.events]


def go(
    tmp_path: Path,
    steps: str,
    answers: Mapping[str, object] | None = None,
    *,
    house: House | None = None,
    header: str = HEADER,
    dry: bool = False,
    settings: RunSettings = REAL,
    options: RunOptions | None = None,
    operator: Scripted | None = None,
    values: Mapping[str, object] | None = None,
    others: Mapping[str, str] | None = None,
    dead: Sequence[str] = (),
    resumes: Sequence[Run] = (),
) -> Run:
    """Run steps on a house and say how it went; `others` are runbooks that can be called, by name."""

    def library(name: str) -> LoadedRunbook:
        return load_runbook(Source(f"{name}.yaml", (others or {})[name].encode()), KNOWLEDGE)

    text = f"{header}steps:\n{steps}" if "steps:" not in steps else header + steps
    loaded = load_runbook(Source("toy.yaml", text.encode()), KNOWLEDGE)
    house = house or House()
    operator = operator or Scripted(dict(answers or {}))  # type: ignore[arg-type]
    here = open_site(
        HOME, house, KNOWLEDGE, ToyClock(), operator, tmp_path / "runs", settings, library=library, dead=tuple(dead)
    )
    new = here.new_journal
    if not resumes:
        here = replace(here, new_journal=lambda runbook: (FIRST, new(runbook)[1]))
    past = replay([one.journal for one in resumes]) if resumes else None
    session = here.session(loaded, {"where": "hall.example", **(values or {})}, options, past=past)
    operator.show(*introduction(loaded.runbook, here.dead))
    ended = to_its_end(session, dry=dry)
    return Run(house, operator, session.journal.path, ended.error, ended.code)
