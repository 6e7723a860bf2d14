"""Any runbook, any mishaps, any answers, any signals: what must hold of every run whatever happens in it."""

import json
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine.errors import HostUnreachableError, LinkLostError, RunbookError
from engine.exits import Exit
from engine.hosts.host import Host, Result
from engine.journal.events import Answered, Event, Intent, Outcome, RunEnded, StepEnded
from engine.journal.line import FIRST, decode, digest
from engine.journal.reader import Journal
from engine.operator.interface import Line, Question
from engine.operator.scripted import Given, Scripted
from tests.engine.run.toy import House, Room, Run, go

PROGRAMS = {
    "on": "does what it should",
    "lie": "says that it did",
    "broken": "says that it failed",
    "explode": "is sent, and the link is lost",
    "late": "is done, and then the link is lost",
    "unplugged": "is not begun",
    "mistake": "meets a mistake of ours",
}
SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
MOMENTS = ("question", "change", "line")


@dataclass(frozen=True)
class Step:
    """A step of the runbook: what its command does, how it is approved, whether its effect is verified."""

    program: str
    effect: str
    verified: bool
    may_fail: bool

    def text(self, number: int) -> str:
        lines = [
            f"  - id: step-{number}",
            f"    title: Step {number}",
            f"    run: [lamp, '{self.program}', '{number}']",
            "    on: where",
            f"    effect: {self.effect}",
            "    consequence: light",
            "    undo: switch it off",
        ]
        if self.effect == "destructive":
            lines.append("    confirm: hall.example")
        if self.verified:
            lines.append("    verify: {check: lamps.is_on, with: {host: '{{ where }}'}}")
        if self.may_fail:
            lines.append("    may_fail: it may")
        return "\n".join(lines) + "\n"


YES = {"safe": "", "reversible": "y", "disruptive": "yes", "destructive": "hall.example"}


@dataclass
class Watched(House):
    """A house that looks into the journal at each effect, and remembers which effects there were."""

    folder: Path = Path()
    effects: list[str] = field(default_factory=list)
    alarm: "Alarm | None" = None
    orphans: list[str] = field(default_factory=list)

    def to(self, host: Host) -> "Room":
        return Watching(self, host)

    def effect(self, number: str) -> None:
        """Called where a change begins: its intent must be the last thing on the disk."""
        path = next((self.folder / "runs").glob("*.jsonl"))
        last = json.loads(path.read_bytes().splitlines()[-1])
        if last["kind"] != "intent" or last["data"]["action"]["argv"][-1] != number:
            self.orphans.append(number)
        self.effects.append(last["data"].get("key", "none"))
        if self.alarm is not None:
            self.alarm.at("change")


class Watching(Room):
    """A room of it. The last word of a lamp program is the number of its step."""

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        if argv[0] != "lamp":
            return super().run(argv, timeout=timeout)
        house = self.house
        assert isinstance(house, Watched)
        _lamp, program, number = argv
        if program == "unplugged":
            raise HostUnreachableError("no answer")
        house.effect(number)
        if program == "mistake":
            raise RuntimeError("out of threads")
        if program in {"on", "late"}:
            house.files[self.host.name, "/lamp"] = "on\n"
        if program in {"explode", "late"}:
            raise LinkLostError("the connection ended")
        code = 1 if program == "broken" else 0
        return Result(tuple(argv), "lamp is on\n", "", code, 0.1)


@dataclass
class Alarm:
    """One signal, at the n-th moment of a kind."""

    number: signal.Signals
    moment: str
    left: int
    effects: Sequence[str] = ()
    before: int | None = None
    folder: Path = Path()

    def at(self, moment: str) -> None:
        # Before its first line a run has not begun, and whoever sends a signal ends the program as any other.
        if moment != self.moment or not any(one.stat().st_size for one in self.folder.glob("runs/*.jsonl")):
            return
        self.left -= 1
        if self.left == 0:
            ended = any(b'"kind":"run-ended"' in one.read_bytes() for one in self.folder.glob("runs/*.jsonl"))
            # What comes after the last line comes too late to stop anything.
            self.before = None if ended else len(self.effects)
            signal.raise_signal(self.number)


class Person(Scripted):
    """Answers as the plan says, with signals between the lines."""

    def __init__(self, answers: Mapping[str, Sequence[Given]], alarm: Alarm | None) -> None:
        super().__init__(answers, on_question=self._question)
        self._alarm = alarm

    def _question(self, _question: Question) -> None:
        if self._alarm is not None:
            self._alarm.at("question")

    def show(self, *lines: Line) -> None:
        super().show(*lines)
        if self._alarm is not None:
            for _line in lines:
                self._alarm.at("line")


steps = st.builds(
    Step,
    program=st.sampled_from([*PROGRAMS, "on", "on", "on", "lie"]),
    effect=st.sampled_from(list(YES)),
    verified=st.booleans(),
    may_fail=st.booleans(),
)
replies = st.sampled_from(["go", "go", "go", "skip", "skip without reason", "stop", "unclear", "nothing"])
afterwards = st.sampled_from(["retry", "skip", "stop", "unclear", "nothing"])
alarms = st.none() | st.builds(
    Alarm, number=st.sampled_from(SIGNALS), moment=st.sampled_from(MOMENTS), left=st.integers(1, 8)
)


def as_typed(reply: str, step: Step) -> list[Given]:
    words: Mapping[str, list[Given]] = MappingProxyType(
        {
            "go": [YES[step.effect]],
            "skip": [("skip", "not now")],
            "skip without reason": ["skip"],
            "unclear": ["perhaps"],
            "nothing": [],
        }
    )
    return words.get(reply, [reply])


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Step], dict[str, list[Given]]]:
    taken = draw(st.lists(steps, min_size=1, max_size=4))
    answers: dict[str, list[Given]] = {}
    for number, step in enumerate(taken):
        rounds = draw(st.lists(st.tuples(replies, afterwards), min_size=1, max_size=3))
        answers[f"step-{number}"] = [typed for reply, _ in rounds for typed in as_typed(reply, step)]
        answers[f"step-{number}.failed"] = [typed for _, after in rounds for typed in as_typed(after, step)]
    return taken, answers


def play(
    folder: Path, taken: list[Step], answers: dict[str, list[Given]], alarm: Alarm | None, *, dry: bool = False
) -> tuple[Run, Watched]:
    house = Watched(folder=folder, alarm=alarm)
    if alarm is not None:
        alarm.effects, alarm.folder = house.effects, folder
    text = "".join(step.text(number) for number, step in enumerate(taken))
    outcome = go(folder, text, house=house, operator=Person(answers, alarm), dry=dry)
    return outcome, house


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(plan=plans(), alarm=alarms)
def test_whatever_happens_the_journal_and_the_house_tell_the_same(
    plan: tuple[list[Step], dict[str, list[Given]]], alarm: Alarm | None
) -> None:
    taken, answers = plan
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with tempfile.TemporaryDirectory() as name:
        outcome, house = play(Path(name), taken, answers, alarm)
        assert outcome.error is None or isinstance(outcome.error, RunbookError), repr(outcome.error)
        journal = outcome.journal
        whole_chain(outcome.path)
    assert {number: signal.getsignal(number) for number in SIGNALS} == before
    events = journal.events
    event(f"ends with {type(outcome.error).__name__}")
    each_effect_has_its_intent_before_it(events, house)
    nothing_begins_before_its_approval(events, taken)
    nothing_begins_after_the_end(events)
    if alarm is not None and alarm.before is not None:
        assert len(house.effects) == alarm.before, "something was begun after the signal"
        assert outcome.error is not None
    the_end_is_the_same_for_the_shell_and_in_the_journal(outcome, events)
    what_was_not_seen_is_unknown(journal, events, taken)


def whole_chain(path: Path) -> None:
    previous = FIRST
    data = path.read_bytes()
    assert data.endswith(b"\n")
    for number, line in enumerate(data.splitlines(), start=1):
        decode(line, number, previous)
        previous = digest(line)


def each_effect_has_its_intent_before_it(events: Sequence[Event], house: Watched) -> None:
    assert house.orphans == []
    intents = [one.key for one in events if isinstance(one, Intent)]
    assert len(set(intents)) == len(intents)
    not_started = {one.key for one in events if isinstance(one, Outcome) and one.state == "not-started"}
    # In their order, and each at most once.
    assert house.effects == [key for key in intents if key not in not_started]


def nothing_begins_before_its_approval(events: Sequence[Event], taken: list[Step]) -> None:
    approved: dict[str, int] = {}
    for one in events:
        if isinstance(one, Answered) and one.answer == "go":
            approved[one.question] = approved.get(one.question, 0) + 1
        if isinstance(one, Intent) and taken[int(one.step.removeprefix("step-"))].effect != "safe":
            assert approved.get(one.step, 0) > 0, one
            approved[one.step] -= 1


def nothing_begins_after_the_end(events: Sequence[Event]) -> None:
    ends = [place for place, one in enumerate(events) if isinstance(one, RunEnded)]
    assert ends == [len(events) - 1]
    stops = [place for place, one in enumerate(events) if isinstance(one, Answered) and one.answer == "stop"]
    for stop in stops:
        assert not any(isinstance(one, Intent) for one in events[stop:])


def the_end_is_the_same_for_the_shell_and_in_the_journal(outcome: Run, events: Sequence[Event]) -> None:
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert ended.exit == (outcome.error.exit if isinstance(outcome.error, RunbookError) else Exit.DONE)
    counted = {one.key for one in events if isinstance(one, Intent) and one.effect != "safe"}
    ends = {one.key: one.state for one in events if isinstance(one, Outcome)}
    # A safe step changes nothing that counts, unless nobody saw how it ended.
    made = [key for key, state in ends.items() if state == "unknown" or (state != "not-started" and key in counted)]
    if isinstance(outcome.error, RunbookError):
        assert (outcome.error.changed == "Nothing was changed.") == (not made)
        if made:
            assert outcome.error.exit in {Exit.STOPPED, Exit.UNKNOWN}
    else:
        assert {one.state for one in events if isinstance(one, StepEnded)} <= {"done", "skipped", "failed"}


def what_was_not_seen_is_unknown(journal: Journal, events: Sequence[Event], taken: list[Step]) -> None:
    unseen = {
        one.key
        for one in events
        if isinstance(one, Intent)
        and taken[int(one.step.removeprefix("step-"))].program in {"explode", "late", "mistake"}
    }
    assert {one.key for one in journal.unknown} == unseen
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].exit == 4) == bool(unseen)


@quick
@given(plan=plans())
def test_a_dry_run_of_anything_changes_and_asks_nothing(plan: tuple[list[Step], dict[str, list[Given]]]) -> None:
    taken, answers = plan
    with tempfile.TemporaryDirectory() as name:
        outcome, house = play(Path(name), taken, answers, None, dry=True)
        assert outcome.journal.entries == ()
    assert outcome.error is None
    assert house.effects == []
    assert house.changes == []
    assert house.files == House().files
    assert outcome.operator.asked == []
