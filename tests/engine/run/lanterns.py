"""A street of lanterns that get brighter each time they are lit, so that nothing is done twice unseen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import HostUnreachableError, LinkLostError
from engine.journal.events import Intent
from engine.journal.reader import read_journal
from engine.knowledge import Context, Knowledge, Verdict
from engine.transport.interface import Action, Host, Once, Result, Settled, nothing
from engine.transport.reads import read

HERE = Host("street.example")

Mishap = Literal[
    "none",
    "refused",  # the command ends with 1 and has done nothing
    "not-started",  # the host does not answer before anything was sent
    "lost",  # the link goes once, the change does not mind
    "away",  # the link goes, and the host does not answer before the next run
    "rebooted-before",  # the host is started anew before the change did anything
    "rebooted-after",  # … after it did all it should
    "cut-short",  # somebody killed the command before it did anything
]
WITHOUT_EFFECT = frozenset({"refused", "rebooted-before", "cut-short"})
WITHOUT_END = {"rebooted-before": "rebooted", "rebooted-after": "rebooted", "cut-short": "cut-short"}


class Death(BaseException):
    """The program is dead: nothing of it happens any more, whatever Python still runs on the way out."""


@dataclass(frozen=True, slots=True)
class Lit:
    """One effect: of which change, at which lantern, and the last intent in its run's journal at that moment."""

    once: Once
    lantern: str
    intent: Intent | None


@dataclass
class Street:
    """All there is.

    Attributes:
        folder: of the journals, which are looked into at each effect.
        mishaps: what happens to the next changes; nothing to those that come after them.
        effects: what was done, in its order.
        begun: the changes that the host keeps a record of; None stands for one that must not begin any more.
        seen: links that were lost once already.
    """

    folder: Path
    mishaps: list[Mishap] = field(default_factory=list)
    effects: list[Lit] = field(default_factory=list)
    begun: dict[tuple[str, str], Mishap | None] = field(default_factory=dict)
    dead: bool = False
    away: bool = False
    _lost: set[tuple[str, str]] = field(default_factory=set)

    def to(self, host: Host) -> Way:
        if self.away:
            raise HostUnreachableError("no answer")
        return Way(self, host)

    def close(self) -> None:
        pass

    def brightness(self, lantern: str) -> int:
        return sum(lit.lantern == lantern for lit in self.effects)

    def make(self, once: Once, lantern: str) -> Result:
        name = (once.run, once.key)
        if name not in self.begun:
            mishap = self.mishaps.pop(0) if self.mishaps else "none"
            if mishap == "not-started":
                raise HostUnreachableError("no answer")
            self.begun[name] = mishap
            if mishap not in WITHOUT_EFFECT:
                journal = read_journal(self.folder / f"{once.run}.jsonl")
                intents = [one for one in journal.events if isinstance(one, Intent)]
                self.effects.append(Lit(once, lantern, intents[-1] if intents else None))
        elif self.begun[name] is None:
            raise HostUnreachableError("it must not begin any more")
        return self._end_of(name)

    def _end_of(self, name: tuple[str, str]) -> Result:
        mishap = self.begun[name]
        if mishap in WITHOUT_END:
            code = {"rebooted": "host-rebooted"}.get(WITHOUT_END[mishap], WITHOUT_END[mishap])
            raise LinkLostError("it has no end", code=code)
        if mishap in {"lost", "away"} and name not in self._lost:
            self._lost.add(name)
            self.away = mishap == "away"
            raise LinkLostError("the connection ended", code="link-lost")
        return self._result(mishap)

    @staticmethod
    def _result(mishap: Mishap | None) -> Result:
        return Result(("light",), "", "", int(mishap == "refused"), 0.1)

    def settle(self, once: Once) -> Settled:
        mishap = self.begun.setdefault((once.run, once.key), None)
        if mishap is None:
            return Settled("never")
        if mishap in WITHOUT_END:
            return Settled("rebooted" if WITHOUT_END[mishap] == "rebooted" else "cut-short")
        return Settled("ended", self._result(mishap))


@dataclass
class Way:
    """The way to the street."""

    street: Street
    host: Host

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        if argv[0] == "cat":
            return Result(tuple(argv), f"{self.street.brightness(argv[-1].removeprefix('/'))}\n", "", 0, 0.1)
        return Result(tuple(argv), "", "", 0, 0.1)

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        if self.street.dead:
            raise Death
        assert isinstance(action, tuple)
        return self.street.make(once, action[-1])

    def settle(self, once: Once, *, timeout: float, wait: bool = False, tick: Callable[[], None] = nothing) -> Settled:
        return self.street.settle(once)

    def forget(self, run: str, *, timeout: float) -> None:
        self.street.begun = {name: one for name, one in self.street.begun.items() if name[0] != run}

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Place:
    label: str = "street"
    hosts: dict[str, Host] = field(default_factory=lambda: {HERE.name: HERE})
    witnesses: tuple[Host, ...] = (HERE,)


def bright(context: Context, *, lantern: str) -> int:
    return int(context.reader.read(HERE, read("cat", f"/{lantern}")).stdout)


def is_lit(context: Context, *, lantern: str) -> Verdict:
    """The lantern is lit."""
    lit = bright(context, lantern=lantern) > 0
    return Verdict(lit, "it is lit" if lit else "it is dark", ())


KNOWLEDGE = Knowledge({"lanterns.bright": bright}, {"lanterns.is_lit": is_lit}, {})


@dataclass(frozen=True)
class Step:
    """A step that lights a lantern: what it is called dangerous as, and whether it looks before and afterwards."""

    effect: str
    looks_before: bool
    verified: bool

    def text(self, number: int) -> str:
        lines = [
            f"  - id: light-{number}",
            f"    title: Light {number}",
            f"    run: [light, lantern-{number}]",
            "    on: \"'street.example'\"",
            f"    effect: {self.effect}",
            "    consequence: light",
            "    undo: none",
        ]
        if self.effect == "destructive":
            lines.append("    confirm: street.example")
        if self.looks_before:
            lines.append(f"    when: lantern_{number} == 0")
        if self.verified:
            lines.append(f"    verify: {{check: lanterns.is_lit, with: {{lantern: lantern-{number}}}}}")
        return "\n".join(lines) + "\n"


def runbook(steps: Sequence[Step]) -> str:
    """A runbook of these steps."""
    facts = "".join(
        f"  lantern_{number}: {{read: lanterns.bright, with: {{lantern: lantern-{number}}}}}\n"
        for number in range(len(steps))
    )
    texts = "".join(step.text(number) for number, step in enumerate(steps))
    return f"format: 1\nid: street\ntitle: Light\nsummary: Light a street\nfacts:\n{facts}steps:\n{texts}"
