"""A lock that somebody else holds: whether its run is dead, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands import on_another_machine
from engine.english import duration, join_and
from engine.errors import NOTHING_CHANGED, RefusedError, StoppedError
from engine.hosts.supervisor import STATE
from engine.locks.holder import Holder
from engine.locks.script import LockReply
from engine.operator.interface import Line, Option, Question, Style
from engine.operator.words import Word

DEAD = 120.0
"""Seconds without a sign of life after which a run counts as dead; one that lives gives one every half minute."""

QUESTION = "lock.take-over"


@dataclass(frozen=True, slots=True)
class OtherHolder:
    """One other run, and the hosts on which it holds the lock.

    Attributes:
        holder: the run; None where the line in the lock cannot be understood.
        line: that line.
        silent: by host, for how many seconds it has given no sign of life there.
    """

    holder: Holder | None
    line: str
    silent: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Since its last sign of life; it may have lost the way to one host and live on another."""
        return min(self.silent.values())

    @property
    def gone(self) -> bool:
        """Whether it was a process of this very machine, and that has ended."""
        return self.holder is not None and self.holder.process.gone

    @property
    def dead(self) -> bool:
        """Whether it may be taken over."""
        return self.holder is not None and (self.gone or self.seconds >= DEAD)

    @property
    def former(self) -> tuple[str, float]:
        """What a host is told that is to give the lock away: its token, and how long it has to have been silent."""
        return (self.holder.token if self.holder is not None else ""), 0.0 if self.gone else DEAD

    @property
    def told(self) -> dict[str, Any]:
        """As the journal holds it."""
        return (
            self.holder.model_dump(exclude={"token", "kernel", "began"}, exclude_defaults=True)
            if self.holder is not None
            else {}
        )

    @property
    def who(self) -> str:
        """The person and the run, as much of it as there is."""
        if self.holder is None:
            return "Somebody"
        one = self.holder
        logged_in = f"logged in as {one.login or one.account}" if (one.login or one.account) not in ("", one.by) else ""
        where = [
            f"from {one.origin}" if one.origin else "",
            f"on {one.machine}" if one.machine else "",
            logged_in,
            f"process {one.pid}" if one.pid else "",
        ]
        return f"{one.by or 'Somebody'} ({', '.join(filter(None, where))})"

    @property
    def doing(self) -> str:
        """What it does, or did."""
        if self.holder is None:
            return f"The lock cannot be understood; it says: {self.line[:500]!r}."
        one = self.holder
        step = f"at the step {one.step!r}" if one.step else "not at its first step yet"
        return f"Run {one.run} of {one.runbook}, since {_when(one.since)}; {step}."

    @property
    def sign(self) -> str:
        """Its last sign of life, and where its locks are."""
        ended = f"; its process on {self.holder.machine} has ended" if self.gone and self.holder else ""
        return f"Last sign of life {duration(self.seconds)} ago{ended}. The lock is on {join_and(sorted(self.silent))}."


def standings(told: Mapping[str, LockReply]) -> list[OtherHolder]:
    """The other runs behind what hosts said, by host; the one that lived last comes first."""
    by_run: dict[str, list[tuple[str, LockReply, Holder | None]]] = {}
    for host, one in told.items():
        if one.state in {"held", "lost"} and one.text:
            holder = Holder.from_line(one.text)
            by_run.setdefault(holder.token if holder else one.text, []).append((host, one, holder))
    found = [
        # Its line may have been renewed on one host and not yet on the next: the newest counts.
        OtherHolder(newest[2], newest[1].text, {host: one.silent for host, one, _ in some})
        for some in by_run.values()
        for newest in [min(some, key=lambda each: each[1].silent)]
    ]
    return sorted(found, key=lambda one: (one.dead, one.seconds))


def refused(other: OtherHolder) -> RefusedError:
    """A run that lives, or may live."""
    if other.holder is None:
        hint = f"Find out who wrote {STATE}/lock there. Remove that file only if you are sure that no run goes on."
        return _locked("Somebody holds the lock of this cluster.", other, hint)
    follow = on_another_machine("follow", other.holder.run)
    hint = (
        f"Talk to {other.holder.by or 'them'}. `{follow}` on {other.holder.machine} "
        f"shows how it goes. It can be taken over when it has given no sign of life for {duration(DEAD)}."
    )
    return _locked(f"{other.who} is repairing this cluster.", other, hint)


def declined(other: OtherHolder, why: str) -> RefusedError:
    """A run that is dead, and whose lock is not taken over."""
    assert other.holder is not None  # noqa: S101 - no other counts as dead
    resume = on_another_machine("resume", other.holder.run)
    hint = (
        f"`{resume}` on {other.holder.machine} goes on where it stopped. To take its lock "
        f"over instead, run this again and answer yes; in an answers file that is {QUESTION!r}."
    )
    return _locked(f"{other.who} was repairing this cluster, and that run is dead. {why}", other, hint)


def impossible(why: Mapping[str, str]) -> RefusedError:
    """No host that answers can hold the lock."""
    return RefusedError(
        "No host that answers can hold the lock of this cluster.",
        why="; ".join(f"{name}: {words}" for name, words in sorted(why.items())),
        changed=NOTHING_CHANGED,
        hint=f"Make {STATE} on one of them writable and give it room; a change needs that as well.",
        code="lock-impossible",
    )


def lost(host: str, others: list[OtherHolder]) -> StoppedError:
    """Another run has taken the lock over, while this one gave no sign of life."""
    other = others[0] if others else None
    who = f"{other.who} has" if other is not None else "Somebody has"
    return StoppedError(
        f"{who} taken over the lock of this cluster.",
        why=other.doing if other is not None else f"On {host} it was taken over, and given back since.",
        changed="Nothing was begun after that; the journal says what was done before.",
        hint="Talk to them before anything else is done. When they are done, look at the state of the cluster first.",
        code="lock-lost",
    )


def _locked(what: str, other: OtherHolder, hint: str) -> RefusedError:
    why = f"{other.doing} {other.sign}"
    return RefusedError(what, why=why, changed=NOTHING_CHANGED, hint=hint, code="locked")


def explained(others: Iterable[OtherHolder], resumes: str) -> list[Line]:
    """What to know before locks of dead runs are taken over."""
    lines = [Line(Style.HEADING, "The lock is held by a run that is dead")]
    for one in others:
        assert one.holder is not None  # noqa: S101 - no other counts as dead
        lines += [Line(Style.TEXT, f"{one.who}. {one.doing}"), Line(Style.WARNING, one.sign)]
        if one.holder.run == resumes:
            lines.append(Line(Style.TEXT, "It is the run that you go on with."))
        else:
            words = f"`{on_another_machine('resume', one.holder.run)}` on {one.holder.machine} goes on where it stopped"
            lines.append(Line(Style.TEXT, f"{words}; do that instead, unless you know what became of its last step."))
    return lines


def take_over(others: Iterable[OtherHolder]) -> Question:
    """The question itself."""
    runs = join_and(one.holder.run for one in others if one.holder is not None)
    return Question(
        QUESTION,
        f"Take the lock over from {runs}? Type yes in full to go on.",
        (
            Option("go", (Word.YES,), "take it over; that run stops before its next change, should it live after all"),
            Option("stop", (Word.N, Word.NO, Word.STOP, Word.Q), "leave it; nothing is done"),
        ),
    )


def _when(time: str) -> str:
    return f"{time[:19].replace('T', ' ')} UTC" if time else "a time it does not say"
