"""What `gnt-instance info` prints: the same form from Ganeti 2.12 to 3.1 (lib/client/gnt_instance.py).

Of its words only the form is read here; what they mean differs by version, see `checks.explain.instance_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.look.output import ParseError

SOURCE = "gnt-instance info"
SECRET = "auth key"  # noqa: S105 - the name of a line that holds one, up to 2.13.2
LINE = re.compile(r"( *)(- +)?([^\s:-][^:]*):(?: +(.*))?")
DEVICE = re.compile(r"(\S+) +\((\d{1,9}|N/A):(\d{1,9}|N/A)\)(?: +(\S.*))?", re.ASCII)
MIRRORED = re.compile(
    r"(?:in sync|\*RECOVERING\* +(\d{1,3}\.\d{2})%, ETA (?:(\d{1,12})s|unknown)),"
    r" +status (ok|\*DEGRADED\*)(?: +\*(MISSING DISK|UNCERTAIN STATE)\*)?",
    re.ASCII,
)
NODE = re.compile(r"([^\s,]+), +minor=(\d{1,9})", re.ASCII)
DISK = re.compile(r"([A-Za-z0-9]+), size (\S.*)", re.ASCII)
STATE = re.compile(r"configured to be ((?:user )?[^\s,]+)(?:, actual state is ((?:user )?\S+))?")
"""`user down`: it was shut down from inside."""
FAILED = "*FAILED* (failed drive?)"
TOP = re.compile(r"disk[/ ]\d{1,9}", re.ASCII)
CHILD = re.compile(r"child \d{1,9}", re.ASCII)
DIGITS = 9

KEYS = frozenset(
    {
        "UUID", "Serial number", "Creation time", "Modification time", "State", "Nodes", "Operating system",
        "Operating system parameters", "Allocated network port", "Hypervisor", "Hypervisor parameters",
        "Back-end parameters", "Console connection", "NICs", "Disk template", "Disks",
    }
)  # fmt: skip
"""What is told of each instance, two blanks to the right of its name (_FormatInstanceInfo)."""
FREE = frozenset({"Operating system parameters", "Hypervisor parameters", "Back-end parameters", "NICs"})
"""Where the site's own texts stand, such as a whole file for cloud-init; nothing of that is wanted here."""

Word = Literal["", "MISSING DISK", "UNCERTAIN STATE"]


@dataclass(frozen=True, slots=True)
class ToldSide:
    """What is told of one side of a DRBD disk.

    Attributes:
        path: of the device, such as /dev/drbd0.
        major: number of the device; None where it says `N/A`. Likewise `minor`.
        recovering: per cent done, where it says `*RECOVERING*`; None where it says `in sync`, which only means that
            no resync is under way.
        eta: seconds until its end; None for `unknown`.
        degraded: it says `*DEGRADED*`.
        word: what it says of this side's own disk.
    """

    path: str
    major: int | None
    minor: int | None
    recovering: float | None
    eta: int | None
    degraded: bool
    word: Word


@dataclass(frozen=True, slots=True)
class ToldVolume:
    """A logical volume below a disk.

    Attributes:
        name: `group/name`.
        primary: it is there on the primary node; False where it says `*FAILED*`, None where nothing is told.
        secondary: the same on the other one.
    """

    name: str
    primary: bool | None
    secondary: bool | None


@dataclass(frozen=True, slots=True)
class ToldDisk:
    """One disk.

    Attributes:
        name: as Ganeti names it: `disk/0`.
        kind: such as `drbd` or `plain`.
        size: rounded, with its unit, as it is printed.
        first: node and minor of the primary side (`nodeA`); None if it is no DRBD disk. Likewise `second`.
        primary: what is told of the primary node's side; None where there is no such line: the device is not
            active, the node is offline, or `-s` was given. Likewise `secondary`.
    """

    name: str
    kind: str
    size: str
    first: tuple[str, int] | None
    second: tuple[str, int] | None
    port: int | None
    primary: ToldSide | None
    secondary: ToldSide | None
    volumes: tuple[ToldVolume, ...]


@dataclass(frozen=True, slots=True)
class ToldInstance:
    """One instance.

    Attributes:
        configured: up, down or offline.
        actual: whether it runs; empty with `-s`.
    """

    name: str
    configured: str
    actual: str
    primary: str
    secondaries: tuple[str, ...]
    hypervisor: str
    template: str
    disks: tuple[ToldDisk, ...]


@dataclass(frozen=True, slots=True)
class NotRead:
    """An instance of which something was printed that has another form.

    Attributes:
        name: as it was printed.
    """

    name: str
    error: ParseError


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line: how far it is indented, its key and its value, and those below it."""

    depth: int
    key: str
    value: str
    text: str
    below: list[_Entry]

    def one(self, key: str, *, needed: bool = True) -> str:
        found = [each.value for each in self.below if each.key == key]
        if len(found) > 1 or (needed and not found):
            raise _error(f"{'more than one' if found else 'no'} line {key!r}", self.text)
        return found[0] if found else ""

    def under(self, key: str) -> list[_Entry]:
        return next((each.below for each in self.below if each.key == key), [])


def parse_instance_info(text: str) -> tuple[ToldInstance | NotRead, ...]:
    """Read the output of `gnt-instance info`, of one instance or of many; one that is odd costs none of the others.

    Raises:
        ParseError: it is something else, or no instance is of the right form; with the offending line, unless that may
            hold a secret.
    """
    entries = list(_tree(text))
    if not entries:
        raise _error("it is empty", "")
    for one in entries:
        if one.key != "Instance name":
            raise _error("not the beginning of an instance", one.text)
    found = tuple(_read(one) for one in entries)
    odd = [one for one in found if isinstance(one, NotRead)]
    if len(odd) == len(found):
        raise odd[0].error
    return found


def _read(entry: _Entry) -> ToldInstance | NotRead:
    try:
        return _instance(entry)
    except ParseError as error:
        return NotRead(entry.value, error)


def _tree(text: str) -> Iterator[_Entry]:
    """The instances, each with what is below it. What begins with a dash has the lines behind it below."""
    above: list[_Entry] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = LINE.fullmatch(line.rstrip())
        # A parameter of the instance may hold anything, line ends and what looks like ours too.
        if len(above) > 1 and above[1].key in FREE and not _goes_on(match):
            continue
        if match is None:
            raise _error("not a key and a value", line)
        entry = _Entry(len(match[1]), match[3].rstrip(), (match[4] or "").strip(), line, [])
        while above and above[-1].depth >= entry.depth:
            above.pop()
        if above:
            above[-1].below.append(entry)
        elif entry.depth == 0 and match[2]:
            yield entry
        else:
            raise _error("not the beginning of an instance", line)
        above.append(entry)


def _goes_on(match: re.Match[str] | None) -> bool:
    """Whether a line tells something else of the instance, or is the next one."""
    if match is None:
        return False
    if match[2]:
        return not match[1] and match[3] == "Instance name"
    return len(match[1]) == len("- ") and match[3] in KEYS


def _instance(entry: _Entry) -> ToldInstance:
    state = _match(STATE, entry.one("State"), entry)
    nodes = {each.key: each for each in entry.under("Nodes")}
    if "primary" not in nodes:
        raise _error("no line 'primary'", entry.text)
    second = nodes["secondaries"].value if "secondaries" in nodes else ""
    return ToldInstance(
        name=_word(entry.value, entry),
        configured=state[1],
        actual=state[2] or "",
        primary=_word(nodes["primary"].value, nodes["primary"]),
        secondaries=tuple(_word(each, entry) for each in _outside_brackets(second)),
        hypervisor=_word(entry.one("Hypervisor"), entry),
        template=_word(entry.one("Disk template"), entry),
        disks=tuple(_disk(each) for each in entry.under("Disks")),
    )


def _outside_brackets(text: str) -> list[str]:
    """`a (group x, group UUID y), b (…)`: the names alone."""
    return [one.strip() for one in re.sub(r" ?\([^()]*\)", "", text).split(",") if one.strip()]


def _disk(entry: _Entry) -> ToldDisk:
    if not TOP.fullmatch(entry.key):
        raise _error("not a disk", entry.text)
    match = _match(DISK, entry.value, entry)
    mirrored = match[1] in {"drbd", "drbd8"}
    # Of files, rbd and ext there are other words (`_FormatLogicalID`), and no volumes.
    own = match[1] == "plain" and entry.one("logical_id", needed=False)
    return ToldDisk(
        name=entry.key,
        kind=match[1],
        size=match[2],
        first=_node(entry, "nodeA") if mirrored else None,
        second=_node(entry, "nodeB") if mirrored else None,
        port=_number(entry.one("port"), entry) if mirrored else None,
        primary=_side(entry, "on primary") if mirrored else None,
        secondary=_side(entry, "on secondary") if mirrored else None,
        volumes=tuple(_volume(each) for each in entry.under("child devices"))
        if mirrored
        else ((_volume_of(entry),) if own else ()),
    )


def _node(entry: _Entry, key: str) -> tuple[str, int]:
    match = _match(NODE, entry.one(key), entry)
    return match[1], int(match[2])


def _side(entry: _Entry, key: str) -> ToldSide | None:
    text = entry.one(key, needed=False)
    if not text:
        return None
    device = _match(DEVICE, text, entry)
    told = MIRRORED.fullmatch(device[4] or "")
    if told is None:
        raise _error("not the state of a disk", text)
    word: Word = "MISSING DISK" if told[4] == "MISSING DISK" else "UNCERTAIN STATE" if told[4] else ""
    return ToldSide(
        path=device[1],
        major=None if device[2] == "N/A" else int(device[2]),
        minor=None if device[3] == "N/A" else int(device[3]),
        recovering=float(told[1]) if told[1] else None,
        eta=int(told[2]) if told[2] else None,
        degraded=told[3] != "ok",
        word=word,
    )


def _volume(entry: _Entry) -> ToldVolume:
    if not CHILD.fullmatch(entry.key):
        raise _error("not a part of a disk", entry.text)
    return _volume_of(entry)


def _volume_of(entry: _Entry) -> ToldVolume:
    name = _word(entry.one("logical_id"), entry)
    return ToldVolume(name, *(_there(entry, key) for key in ("on primary", "on secondary")))


def _there(entry: _Entry, key: str) -> bool | None:
    text = entry.one(key, needed=False)
    if not text:
        return None
    device = _match(DEVICE, text, entry)
    if device[4] not in {None, FAILED}:
        raise _error("not the state of a volume", text)
    return device[4] is None


def _word(text: str, entry: _Entry) -> str:
    if not text or any(one.isspace() for one in text):
        raise _error("not one name", entry.text)
    return text


def _number(text: str, entry: _Entry) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS):
        raise _error("not a number", entry.text)
    return int(text)


def _match(form: re.Pattern[str], text: str, entry: _Entry) -> re.Match[str]:
    match = form.fullmatch(text)
    if match is None:
        raise _error("not of the form it should have", text or entry.text)
    return match


def _error(why: str, line: str) -> ParseError:
    return ParseError(SOURCE, why, line="" if SECRET in line else line)
