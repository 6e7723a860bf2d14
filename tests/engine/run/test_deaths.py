"""Any steps, any mishaps, any answers, killed anywhere and carried on: what must hold however often that happens."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine import crashpoints
from engine.errors import RunbookError
from engine.exits import Exit
from engine.journal.events import Answered, Event, Intent, Outcome, SettledLater
from engine.journal.reader import Journal, read_journal
from engine.journal.verify import verify
from engine.load.loader import load_runbook
from engine.load.source import Source
from engine.operator.scripted import Given, Scripted
from engine.resume.past import Past, replay
from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from engine.run.session import OpenSite
from tests.counts import STATES, Property
from tests.engine.run.lanterns import KNOWLEDGE, SITE, Death, Mishap, Step, Street, runbook
from tests.engine.run.toy import ToyClock
from tests.support.runs import REHEARSED, open_site

Told = TypeVar("Told", bound=Event)
YES = {"safe": "", "reversible": "y", "disruptive": "yes", "destructive": "street.example"}
MISHAPS: Sequence[Mishap] = (
    "none",
    "none",
    "refused",
    "not-started",
    "lost",
    "away",
    "rebooted-before",
    "rebooted-after",
    "cut-short",
)
ROUNDS = 3
"""How often one question is answered within a run."""


@dataclass(frozen=True)
class Session:
    """How one run goes: what happens to its changes, what is answered, and at which of its points it is killed.

    Attributes:
        before: the answers to the first, second, … step, each time it is asked about.
        after: likewise to the question that follows a failure.
        death: 0 for none.
    """

    mishaps: Sequence[Mishap]
    before: Sequence[Sequence[str]]
    after: Sequence[Sequence[str]]
    death: int

    def answers(self, steps: Sequence[Step]) -> dict[str, list[Given]]:
        given: dict[str, list[Given]] = {}
        for number, step in enumerate(steps):
            words: Mapping[str, Given] = {"go": YES[step.effect], "skip": ("skip", "not now"), "wrong": "perhaps"}
            given[f"light-{number}"] = [words.get(one, one) for one in self.before[number]]
            given[f"light-{number}.failed"] = [words.get(one, one) for one in self.after[number]]
        return given


MOST = 3
"""How many steps there are at most."""


def replies(*words: str) -> st.SearchStrategy[list[list[str]]]:
    one = st.lists(st.sampled_from(words), min_size=ROUNDS, max_size=ROUNDS)
    return st.lists(one, min_size=MOST, max_size=MOST)


sessions = st.builds(
    Session,
    mishaps=st.lists(st.sampled_from(MISHAPS), max_size=4),
    before=replies("go", "go", "go", "go", "go", "skip", "stop", "wrong"),
    after=replies("retry", "retry", "skip", "stop", "wrong"),
    death=st.integers(0, 40),
)
some_steps = st.lists(
    st.builds(Step, effect=st.sampled_from(list(YES)), looks_before=st.booleans(), verified=st.booleans()),
    min_size=1,
    max_size=MOST,
)


TRIED: Counter[str] = Counter()
"""What was drawn, for the lines at the end of the tests."""


@pytest.fixture(autouse=True)
def counted(record_property: Property) -> Iterator[None]:
    """Hand over how much was drawn."""
    TRIED.update(dict.fromkeys(("machines", "runs", "killed", "resumed", "dry runs"), 0))
    yield
    record_property(STATES, dict(TRIED))


class Lamplighter(RuleBasedStateMachine):
    """Runs of one runbook on one street, one after the other.

    Attributes:
        chains: the names of the runs, those together that went on with each other.
    """

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self.street = Street(self.folder)
        self.chains: list[list[str]] = []

    def teardown(self) -> None:
        self._folder.cleanup()

    @initialize(steps=some_steps)
    def build(self, steps: list[Step]) -> None:
        TRIED["machines"] += 1
        self.steps = steps
        self.loaded = load_runbook(Source("street.yaml", runbook(steps).encode()), KNOWLEDGE)

    @rule(session=sessions)
    def run(self, session: Session) -> None:
        """Run the runbook anew, on whatever there is."""
        self.chains.append([])
        TRIED["runs"] += 1
        self._go(session, None)
        self.dry()

    @precondition(lambda self: self.can_be_resumed)
    @rule(session=sessions)
    def resume(self, session: Session) -> None:
        """Go on with the last run, however it ended, but not after a good end."""
        TRIED["resumed"] += 1
        self._go(session, replay(self._chain(self.chains[-1])))
        self.dry()

    @property
    def can_be_resumed(self) -> bool:
        """Whether the last run has said what it is, and has not reached its end."""
        if not self.chains:
            return False
        last = self._chain(self.chains[-1])[-1]
        return last.started is not None and (last.ended is None or last.ended.exit != Exit.DONE)

    def _go(self, session: Session, past: Past | None) -> None:
        made = self._here(session.answers(self.steps)).session(self.loaded, {}, past=past)
        self._until_death(session, made.go)
        if past and read_journal(made.journal.path).started is None:
            # It died within its first line: the run before it is still the last one that can be gone on with.
            return
        self.chains[-1].append(made.run.names.id)

    def _chain(self, names: Sequence[str]) -> list[Journal]:
        return [read_journal(self.folder / f"{name}.jsonl") for name in names]

    def dry(self) -> None:
        """A dry run, after whatever happened."""
        TRIED["dry runs"] += 1
        before, kept = list(self.street.effects), files(self.folder)
        begun = dict(self.street.begun)
        self.street.away = False
        dry_run(self._here({}).planned(self.loaded, {}), Overrides())
        assert self.street.effects == before
        assert self.street.begun == begun
        assert files(self.folder) == kept

    def _here(self, answers: Mapping[str, Sequence[Given]]) -> OpenSite:
        # As a rehearsal, so that no anchor is late only because this machine is busy: what is drawn has to come to the
        # same each time.
        return open_site(SITE, self.street, KNOWLEDGE, ToyClock(), Scripted(dict(answers)), self.folder, REHEARSED)

    def _until_death(self, session: Session, go: Callable[[], None]) -> None:
        """Let a run go to its end or to its death; what Python still does after that has not happened."""
        self.street.mishaps, self.street.away, self.street.dead = list(session.mishaps), False, False
        passed, left = 0, None

        def pass_by(point: str, detail: str) -> None:
            nonlocal passed, left
            passed += 1
            if passed == session.death:
                left, self.street.dead = files(self.folder), True
                raise Death

        with crashpoints.listening(pass_by):
            try:
                go()
            except (RunbookError, Death) as end:
                TRIED["killed"] += isinstance(end, Death)
                event(f"ends with {type(end).__name__}")
        for path, data in (left or {}).items():
            path.write_bytes(data)

    @property
    def journals(self) -> list[Journal]:
        return [read_journal(path) for path in files(self.folder)]

    @invariant()
    def each_effect_has_an_intent_of_its_own_on_the_disk(self) -> None:
        for lit in self.street.effects:
            assert lit.intent is not None
            assert lit.intent.key == lit.once.key
            assert lit.intent.action["argv"] == ["light", lit.lantern]
        assert max(Counter(lit.once for lit in self.street.effects).values(), default=0) <= 1

    @invariant()
    def nothing_was_begun_before_its_approval_or_after_a_stop(self) -> None:
        for journal in self.journals:
            approved: Counter[str] = Counter()
            stopped = False
            for one in journal.events:
                if isinstance(one, Answered):
                    stopped = stopped or one.answer == "stop"
                    approved[one.digest] += one.answer == "go"
                if isinstance(one, Intent):
                    assert not stopped, one
                    assert one.effect == "safe" or approved[one.digest] > 0, one

    @invariant()
    def the_journals_say_what_the_street_is_like(self) -> None:
        surely, perhaps = Counter[str](), Counter[str]()
        ends = {(one.run, one.key): known(one) for journal in self.journals for one in of(journal, SettledLater)}
        for journal in self.journals:
            seen = {one.key: one.state for one in of(journal, Outcome) if one.state != "unknown"}
            for one in of(journal, Intent):
                state = seen.get(one.key) or ends.get((journal.path.stem, one.key), "unknown")
                surely[lantern(one)] += state == "done"
                perhaps[lantern(one)] += state in {"done", "unknown"}
        for number in range(len(self.steps)):
            name = f"lantern-{number}"
            assert surely[name] <= self.street.brightness(name) <= perhaps[name]

    @invariant()
    def whoever_goes_on_does_nothing_again(self) -> None:
        for names in self.chains:
            done: set[str] = set()
            for journal in self._chain(names):
                for one in journal.events:
                    if isinstance(one, Intent):
                        assert one.step not in done, one
                    elif isinstance(one, Outcome) and one.state == "done":
                        done.add(one.key.split("#", 1)[0])
                    elif isinstance(one, SettledLater) and known(one) == "done":
                        done.add(one.step)

    @invariant()
    def every_journal_is_whole_but_for_the_line_that_was_torn(self) -> None:
        for path in files(self.folder):
            assert verify(path, []).state != "broken"


def of(journal: Journal, kind: type[Told]) -> list[Told]:
    return [one for one in journal.events if isinstance(one, kind)]


def lantern(intent: Intent) -> str:
    return str(intent.action["argv"][-1])


def known(settled: SettledLater) -> str:
    """What a host said, in the words of an outcome."""
    if settled.state == "ended":
        return "failed" if settled.exit_code else "done"
    return "not-started" if settled.state == "never" else "unknown"


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.iterdir())}


Lamplighter.TestCase.settings = settings(
    max_examples=60 if "CI" in os.environ else 15,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLamplighter = pytest.mark.timeout(1200)(Lamplighter.TestCase)
