"""What the kernel logged about DRBD devices, from a log file or from the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.drbd.parse.generations import IDENTIFIER, Generations

WHO = re.compile(r"(?:block drbd(\d{1,7})|drbd resource(\d{1,7})(?:/\d+ drbd(\d{1,7}))?): (.*)", re.ASCII)
KERNEL = re.compile(r"^(.*?) \S+ kernel: ")
CHANGE = re.compile(r"\b(role|peer|conn|disk|pdsk)\( (\w+) -> (\w+) \)", re.ASCII)
DUMP = re.compile(
    rf"(self|peer) ({IDENTIFIER}):({IDENTIFIER}):({IDENTIFIER}):({IDENTIFIER})"
    r" bits:(\d{1,18}) flags:([0-9A-Fa-f]{1,8})",
    re.ASCII,
)
COMPARED = re.compile(r"uuid_compare\(\)=(-?\d{1,9}) by rule (\d{1,4})", re.ASCII)
KIB_PER_BIT = 4
"""One bit of DRBD's bitmap stands for 4 KiB."""
CRASHED_PRIMARY = 2
"""Of the flags a side sends about itself (drbd_receiver.c, drbd_uuid_compare)."""
UNRESOLVED = "Split-Brain detected but unresolved"


@dataclass(frozen=True, slots=True)
class Event:
    """One line about one device.

    Attributes:
        when: as the log says it; empty if it says no time.
        text: what the kernel said, without time and host.
    """

    minor: int
    when: str
    text: str

    @property
    def changes(self) -> dict[str, str]:
        """What changed to what: `role`, `conn`, `disk`, and `peer` and `pdsk` of the other side."""
        return {kind: new for kind, _old, new in CHANGE.findall(self.text)}

    @property
    def line(self) -> str:
        """Time and text."""
        return f"{self.when} {self.text}" if self.when else self.text


@dataclass(frozen=True, slots=True)
class Handshake:
    """What two sides found when they last spoke to each other about their data.

    Attributes:
        own_changed: KiB that this side had noted as changed.
        peer_changed: the same of the other side.
        value: DRBD's own verdict: 0 equal, positive: this side is newer, negative: the other one, 100 and -100: both
            have changed, -1000: not the same data at all.
    """

    when: str
    own: Generations
    peer: Generations
    own_changed: int
    peer_changed: int
    value: int
    rule: int


def parse_events(text: str) -> tuple[Event, ...]:
    """The lines about DRBD devices in any text; all others are passed over. Resource N is device N with Ganeti."""
    return tuple(_events(text))


def _events(text: str) -> Iterator[Event]:
    for line in text.split("\n"):
        match = WHO.search(line)
        if match is not None:
            device, resource, volume, said = match.groups()
            when = KERNEL.match(line)
            yield Event(int(device or volume or resource), when[1].strip() if when else "", said.strip())


def handshake(events: Iterable[Event]) -> Handshake | None:
    """The last handshake among the events of one device that is there as a whole."""
    found: Handshake | None = None
    sides: dict[str, tuple[Generations, int]] = {}
    for event in events:
        if dump := DUMP.fullmatch(event.text):
            current, bitmap, first, second = (int(one, 16) for one in dump.groups()[1:5])
            crashed = bool(int(dump[7], 16) & CRASHED_PRIMARY)
            sides[dump[1]] = Generations(current, bitmap, (first, second), crashed), int(dump[6]) * KIB_PER_BIT
        elif (compared := COMPARED.match(event.text)) and sides.keys() == {"self", "peer"}:
            (own, mine), (peer, theirs) = sides["self"], sides["peer"]
            found = Handshake(event.when, own, peer, mine, theirs, int(compared[1]), int(compared[2]))
            sides = {}
    return found
