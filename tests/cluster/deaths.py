"""gnt-runbook is killed with SIGKILL on the real cluster, and somebody goes on with what it left."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from engine.crashpoints import Point
from engine.journal.events import Answered, Event, Intent, Outcome, SettledLater, StepEnded
from engine.journal.reader import Journal
from engine.resume.chain import with_those_before
from tests.cluster.product import Product
from tests.rehearsals.rehearsal import course
from tests.reliability import record

TAKE_OVER = "Take the lock over from"
"""What is asked first by whoever goes on: the dead run still has the cluster locked."""

Death = tuple[Point, str]
"""A crash point, and how what it is about begins: the key of a change, or the kind of a line of the journal."""


def killed(
    product: Product,
    name: str,
    arguments: Sequence[str],
    answers: Sequence[tuple[str, str]],
    at: Death,
    acts: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Be led through a run at a real terminal until it dies.

    Args:
        arguments: the command, such as `run`, and what it is given.
        acts: what is done when a text is seen.
    """
    command, *rest = arguments
    code, screen = product.guided(name, rest, answers, acts, command=command, killed_at=at)
    assert code == -signal.SIGKILL, screen
    assert product.journal().ended is None


def resumed_and_killed(product: Product, folder: Path, answers: Mapping[str, str], deaths: Iterable[Death]) -> None:
    """Go on with the run that died last, and die again: at each of these points once.

    Args:
        answers: to whatever may be asked, by the names of the questions; some need not be asked.
    """
    path = folder / "answers-of-the-dying.yaml"
    path.write_text(json.dumps({"format": 1, "answers": {"lock.take-over": "yes", **answers}}), encoding="utf-8")
    for at in deaths:
        before = product.journal().path
        died = product.call("resume", before.stem, "--answers", str(path), module=product.killing(at))
        print(f"\n----- resumed, and killed at {' '.join(at)}\n{died.stdout}{died.stderr}\n-----")
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert product.journal().path != before
        assert product.journal().ended is None


def chain(product: Product) -> list[Journal]:
    """The newest run, and before it those that it went on with, oldest first."""
    return with_those_before(product.journal(), product.runs.all()[0])


def whole_course(journals: Sequence[Journal]) -> list[str]:
    """The course of a run that died and was gone on with, as if it had lived: what is about its deaths is left out."""
    return list(dict.fromkeys(course(_lived(event for one in journals for event in one.events))))


def begun_twice(journals: Sequence[Journal]) -> list[str]:
    """The changes that were begun although they had been before, by what the hosts say of those that nobody saw end."""
    never = {(one.run, one.key) for journal in journals for one in journal.events
             if isinstance(one, SettledLater) and one.state == "never"}  # fmt: skip
    begun = [
        event.step
        for journal in journals
        for event in journal.events
        if isinstance(event, Intent) and (journal.path.stem, event.key) not in never
    ]
    return [step for step, times in Counter(begun).items() if times > 1]


def deaths_are_recorded(product: Product, runbook: str, *, lost: int, twice: int) -> None:
    """Keep for docs/reliability.md what became of a runbook that died as often as there are journals without an end."""
    tried = sum(one.ended is None and one.started is not None and one.started.runbook == runbook
                for one in product.runs.all()[0])  # fmt: skip
    record(
        f"gnt-runbook is killed with SIGKILL in `{runbook}`, in another step each time, and resumed each time",
        tried=tried,
        lost=lost,
        twice=twice,
        seen="Whose lock is taken over, what had ended, and what became of the change that was under way; a question "
        "only where it had not been begun.",
        proof="cluster",
    )


def _lived(events: Iterable[Event]) -> Iterable[Event]:
    for event in events:
        match event:
            case Answered() if event.question.startswith(("lock.", "resume.")):
                continue
            case StepEnded() if event.carried:
                continue
            case SettledLater() if event.state == "ended":
                yield Outcome(event.key, "done" if event.exit_code == 0 else "failed", event.exit_code)
            case _:
                yield event
