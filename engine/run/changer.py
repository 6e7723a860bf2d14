"""The only thing that changes a host: it records the intent, makes the change, records the outcome.

A `Changer` cannot be had without a journal, and only a real run or a rehearsal has one. A dry run has none, so that
there is nothing in it that could change a host.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable

from engine.clock import Clock
from engine.commands import to_type
from engine.crashpoints import reached
from engine.effects import Effect
from engine.errors import (
    DetachedError,
    HostError,
    JournalError,
    LinkLostError,
    OutcomeUnknownError,
    RefusedError,
    RunbookError,
)
from engine.hosts.host import Host, Link, Links, Once, Result, Settled, nothing
from engine.journal import leftovers
from engine.journal.events import AnchorFailed, Intent, Outcome
from engine.journal.outcomes import intent_in_words, outcome_of
from engine.journal.undo_record import as_data
from engine.operator.interface import Line, Operator, Style
from engine.run.anchors import Anchors
from engine.run.host_health import HostHealth
from engine.run.interrupts import InterruptPrompt, Interrupts
from engine.run.record import Record, waits
from engine.run.retry import RetryingLink
from engine.steps.plan import Change

FORGET_SECONDS = 30.0
"""How long a host may take to remove the record of a closed run."""

SETTLE_SECONDS = 60.0
LONGEST_CHANGE = 86400.0
"""Seconds for which the end of an earlier run's change is waited for; an interruption ends that sooner."""


class Changer:
    """Makes changes, each between its intent and its outcome in the journal.

    Args:
        before: asked before each intent whether the host may be changed; raises where it may not.

    Attributes:
        made: how many changes were begun; safe ones, and one that surely never began, are not among them.
        unknown: for how many of them the journal cannot say how they ended.
        hosts: where an intent was recorded.
    """

    def __init__(
        self,
        run: str,
        links: Links,
        journal: Record,
        interrupts: Interrupts,
        anchors: Anchors,
        clock: Clock,
        fitness: HostHealth,
        before: Callable[[Host], None] = lambda _host: None,
    ) -> None:
        self._run = run
        self._clock = clock
        self._fitness = fitness
        self._links = links
        self._before = before
        self._journal = journal
        self._interrupts = interrupts
        self._anchors = anchors
        self._news: dict[str, list[Line]] = {}
        self._warned: set[str] = set()
        self._intents = 0
        self._counting = threading.Lock()
        # Those of `hosts` that are waited for when they are away: one that did not come back counts as gone.
        self._awaited: dict[str, Host] = {}
        self.made = 0
        self.unknown = 0
        self.hosts: dict[str, Host] = {}

    @property
    def begun(self) -> bool:
        """Whether an intent was recorded, of whatever effect."""
        return self._intents > 0

    def make(self, change: Change, *, step: str, digest: str, operator: Operator) -> Result:
        """Make one change and return how it ended, whatever its exit code; over several connections, if need be.

        Raises:
            HostError, RefusedError: the host cannot be used, or not for this; the change was not begun.
            JournalError: no record can be written; before the change it was not begun.
            OutcomeUnknownError: it was begun, and its end was not seen.
            StoppedError: interrupted; the change itself ended and is recorded. Or the lock was lost, and it was not
                begun.
        """
        # Before the intent: a host that cannot be reached or is not fit should not leave one behind.
        self._reach(change.host, step, operator, lambda _link: self._require(change.host, operator))
        with self._counting:
            self._intents += 1
            key = f"{step}#{self._intents}"
            self.hosts[change.host.name] = self._awaited[change.host.name] = change.host
        with self._interrupts.deferred():
            intent = Intent(
                key,
                step,
                change.host.name,
                change.effect.value,
                change.described(),
                digest,
                as_data(change.undo),
                change.undoes,
                tuple(map(leftovers.as_data, change.leftovers)),
            )
            reached("before-intent", key)
            self._anchors.send(self._journal.append(intent), change.host)
            reached("after-intent", key)
            counts = change.effect is not Effect.SAFE
            self._count(made=counts)
            try:
                result = self._perform(key, change, step, operator)
                reached("after-remote-start", key)
            except (HostError, RefusedError) as error:
                self._count(made=-counts)
                self._record(Outcome(key, "not-started", why=str(error)), "It was not begun")
                raise
            except DetachedError as error:
                raise self._left(intent, change.host, error) from error
            except LinkLostError as error:
                raise self._unseen(intent, change.host, f"{error.what} {error.why}".strip()) from error
            except Exception as error:
                # A mistake of ours or of a library: the command may have been sent.
                raise self._unseen(intent, change.host, f"{type(error).__name__}: {error}") from error
            outcome = outcome_of(key, result)
            reached("before-outcome", key)
            self._record(outcome, f"It was made and ended with exit code {result.exit_code}")
            self._tell(step)
        return result

    def came_back(self, step: str, operator: Operator) -> bool:
        """Wait for hosts that this run has changed and that are away now; whether one was, and answers again.

        Raises:
            StoppedError: interrupted.
        """
        back = False
        for host in [*self._awaited.values()]:
            with contextlib.suppress(HostError):  # whoever needs it says so, and better
                back = self._reach(host, step, operator, lambda _link: None) or back
        return back

    def _reach(self, host: Host, step: str, operator: Operator, word: Callable[[Link], None]) -> bool:
        """Say a word to a host; whether it had to be waited for, as it is if this run has changed it before."""
        persistence = self._persistence(step, host, operator, lambda: self._interrupts.waiting)
        awaited = host.name in self._awaited
        try:
            persistence.send(host, word, nothing, unless=(lambda: self._interrupts.waiting) if awaited else None)
        except HostError:
            with self._counting:
                self._awaited.pop(host.name, None)
            raise
        return persistence.waited

    def _require(self, host: Host, operator: Operator) -> None:
        self._fitness.require(host, operator)
        self._before(host)

    def settled(self, once: Once, host: Host, step: str, operator: Operator) -> Settled:
        """What became of a change of an earlier run; one that goes on is waited for.

        Raises:
            HostError: its host cannot be asked.
            OutcomeUnknownError: its end was not seen this time either.
            StoppedError: interrupted.
        """
        persistence = self._persistence(step, host, operator, lambda: self._interrupts.waiting)
        try:
            seen = persistence.send(host, lambda link: link.settle(once, timeout=SETTLE_SECONDS), nothing)
            if seen.state == "running":
                words = f"The change {once.key} of run {once.run} still goes on on {host}; its end is waited for."
                operator.show(Line(Style.TEXT, words))
                seen = persistence.send(
                    host, lambda link: link.settle(once, timeout=LONGEST_CHANGE, wait=True), nothing
                )
        except LinkLostError as error:
            raise OutcomeUnknownError(
                f"What became of the change {once.key} on {host} was not seen this time either.",
                why=f"{error.what} {error.why}".strip(),
                changed="Nothing was begun by this run.",
                hint="Resume the run again once the host answers.",
            ) from error
        return seen

    def _persistence(self, step: str, host: Host, operator: Operator, give_up: Callable[[], bool]) -> RetryingLink:
        return RetryingLink(self._links, self._clock, operator, waits(self._journal.append, step, host.name), give_up)

    def _perform(self, key: str, change: Change, step: str, operator: Operator) -> Result:
        once = Once(self._run, key)
        leaving = InterruptPrompt(self._interrupts, operator, self._journal.append, key, change.host.name)
        return self._persistence(step, change.host, operator, leaving.gives_up).send(
            change.host,
            lambda link: link.make(once, change.action, timeout=change.timeout, tick=leaving.tick),
            leaving.tick,
            unless=lambda: self._interrupts.waiting,
        )

    def forget_run(self, run: str, hosts: Iterable[Host]) -> None:
        """Let hosts forget the changes of a run: it is closed, and nobody will ask for them any more."""
        for host in hosts:
            # What is left behind is a folder that nobody needs; a later run of anybody does not mind it.
            with contextlib.suppress(RunbookError):
                self._links.to(host).forget(run, timeout=FORGET_SECONDS)

    def news(self, step: str) -> list[Line]:
        """What the operator should know of the record of a step's changes, once."""
        with self._counting:
            return self._news.pop(step, [])

    def _tell(self, step: str) -> None:
        tip = self._journal.tip
        lines = [Line(Style.FAINT, f"Tip of the journal: line {tip.line}, {tip.hash}"), *self.anchor_failures()]
        with self._counting:
            self._news.setdefault(step, []).extend(lines)

    def anchor_failures(self) -> list[Line]:
        """Record the anchors that did not arrive; a warning for each host at its first one."""
        lines = []
        for failure in self._anchors.failures():
            with contextlib.suppress(JournalError):  # the next intent says so, and stops the run
                self._journal.append(failure)
            if failure.host not in self._warned:
                self._warned.add(failure.host)
                lines.append(anchor_warning(failure))
        return lines

    def _count(self, *, made: int = 0, unknown: int = 0) -> None:
        with self._counting:
            self.made += made
            self.unknown += unknown

    def _left(self, intent: Intent, host: Host, error: DetachedError) -> OutcomeUnknownError:
        self._count(unknown=1)
        with contextlib.suppress(JournalError):  # the intent alone says the same
            self._journal.append(Outcome(intent.key, "unknown", why=str(error)))
        return OutcomeUnknownError(
            f"The change {intent.key} on {host} was left running.",
            why=error.why,
            changed=f"It goes on there. {intent_in_words(intent)}",
            hint=f"{to_type('resume', self._run)} attaches to it again, and goes on from there.",
            code=error.code,
        )

    def _unseen(self, intent: Intent, host: Host, why: str) -> OutcomeUnknownError:
        self._count(unknown=1)
        with contextlib.suppress(JournalError):  # the intent alone says the same
            self._journal.append(Outcome(intent.key, "unknown", why=why))
        return OutcomeUnknownError(
            f"Nobody saw how the change {intent.key} on {host} ended.",
            why=why,
            changed=f"It was begun, and may still be going on there. {intent_in_words(intent)}",
            hint=f"{to_type('resume', self._run)} asks the host what became of it, and goes on from there.",
        )

    def _record(self, outcome: Outcome, seen: str) -> None:
        try:
            self._journal.append(outcome)
        except JournalError as error:
            self._count(unknown=1)
            error.changed = f"Of the change {outcome.key} only the intent is on the disk. {seen}."
            raise


def anchor_warning(failure: AnchorFailed) -> Line:
    """What to show of an anchor that did not arrive."""
    words = f"{failure.host} did not take the anchor of line {failure.line} of the journal: {failure.why}."
    return Line(Style.WARNING, f"{words} The run goes on without it.")
