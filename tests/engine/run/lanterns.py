"""A street of lanterns that get brighter each time they are lit, so that nothing is done twice unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Action, Host, Once, Result, Settled, nothing
from engine.hosts.reads import read
from engine.journal.events import Intent
from engine.journal.reader import read_journal
from engine.knowledge import Context, Knowledge, Verdict
from tests.support.links import CUT_SHORT, Begun, ChangingLink, FakeLinks, said
from tests.support.runs import SomeSite

HERE = Host("street.example")
SITE = SomeSite("street", {HERE.name: HERE}, (HERE,))

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
REBOOTED = Settled("rebooted")
WITHOUT_END: Mapping[str, Settled] = {
    "rebooted-before": REBOOTED,
    "rebooted-after": REBOOTED,
    "cut-short": CUT_SHORT,
}


class Death(BaseException):
    """The program is dead: nothing of it happens any more, whatever Python still runs on the way out."""


@dataclass(frozen=True, slots=True)
class Lit:
    """One effect: of which change, at which lantern, and the last intent in its run's journal at that moment."""

    once: Once
    lantern: str
    intent: Intent | None


@dataclass
class Street(FakeLinks):
    """All there is.

    Attributes:
        folder: of the journals, which are looked into at each effect.
        mishaps: what happens to the next changes; nothing to those that come after them.
        effects: what was done, in its order.
        begun: the changes that the host keeps a record of.
        lost: the link goes at the end of the change that was begun last.
    """

    folder: Path
    mishaps: list[Mishap] = field(default_factory=list)
    effects: list[Lit] = field(default_factory=list)
    begun: Begun = field(default_factory=dict)
    dead: bool = False
    away: bool = False
    lost: bool = False

    def to(self, host: Host) -> Way:
        if self.away:
            raise HostUnreachableError("no answer")
        return Way(self, host)

    def brightness(self, lantern: str) -> int:
        return sum(lit.lantern == lantern for lit in self.effects)

    def light(self, once: Once, lantern: str) -> Settled:
        """Light a lantern, as far as nothing happens to that; how it ends."""
        mishap = self.mishaps.pop(0) if self.mishaps else "none"
        if mishap == "not-started":
            raise HostUnreachableError("no answer")
        self.lost = mishap in {"lost", "away"}
        self.away = mishap == "away"
        if mishap not in WITHOUT_EFFECT:
            journal = read_journal(self.folder / f"{once.run}.jsonl")
            intents = [one for one in journal.events if isinstance(one, Intent)]
            self.effects.append(Lit(once, lantern, intents[-1] if intents else None))
        return WITHOUT_END.get(mishap) or Settled("ended", said(("light",), exit_code=int(mishap == "refused")))


class Way(ChangingLink):
    """The way to the street."""

    def __init__(self, street: Street, host: Host) -> None:
        super().__init__(host)
        self.street = street

    @property
    def begun(self) -> Begun:
        return self.street.begun

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        if argv[0] == "cat":
            return said(argv, f"{self.street.brightness(argv[-1].removeprefix('/'))}\n")
        return said(argv)

    def change(self, once: Once, action: Action, *, timeout: float) -> Settled:
        assert isinstance(action, tuple)
        return self.street.light(once, action[-1])

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        if self.street.dead:
            raise Death
        self.street.lost = False
        result = super().make(once, action, timeout=timeout, tick=tick)
        if self.street.lost:
            raise LinkLostError("the connection ended", code="link-lost")
        return result


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
