"""What the words of `gnt-instance info` mean: it depends on the version of Ganeti, and is often less than they say.

They are made of two words of /proc/drbd (lib/storage/drbd.py, GetSyncStatus), in a way that was changed twice. Here the
same is done for every state a DRBD device can be in; what a printed line means is then every state that is printed so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.drbd.states import (
    CONGESTED,
    HANDSHAKE,
    REAL,
    RESYNC,
    SEEKING,
    SOURCE,
    SYNCING,
    TARGET,
    VERIFY,
    Connection,
    Disk,
)
from checks.explain.instance_info import ToldSide, Word
from checks.releases import ALONE_IS_FAULTY, SYNC_IS_KNOWN
from checks.version import Version


@dataclass(frozen=True, slots=True)
class DrbdState:
    """The connection and the disk of one side, in the words of /proc/drbd."""

    connection: Connection
    disk: Disk

    def __str__(self) -> str:
        return f"cs:{self.connection} ds:{self.disk}"


@dataclass(frozen=True, slots=True)
class Words:
    """What Ganeti prints of a state.

    Attributes:
        recovering: it says `*RECOVERING*` and not `in sync`.
    """

    recovering: bool
    degraded: bool
    word: Word


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a line can mean.

    Attributes:
        states: of /proc/drbd.
        text: one sentence.
    """

    text: str
    states: tuple[DrbdState, ...]


def _possible(state: DrbdState) -> bool:
    """Whether DRBD can be in this state: who is copied from has good data, who is copied to has not."""
    if state.connection in SOURCE:
        return state.disk in {Disk.UP_TO_DATE, Disk.CONSISTENT}
    if state.connection in TARGET:
        return state.disk in {Disk.INCONSISTENT, Disk.OUTDATED, Disk.CONSISTENT}
    return state.connection not in CONGESTED | VERIFY or state.disk is not Disk.DISKLESS


STATES = tuple(
    one
    for connection in Connection
    for disk in Disk
    if connection in REAL and disk is not Disk.UNKNOWN and _possible(one := DrbdState(connection, disk))
)


def words_of(state: DrbdState, version: Version) -> Words:
    """What this version of Ganeti prints of this state."""
    syncing = state.connection in SYNCING
    return Words(
        syncing, (state.connection, state.disk) != (Connection.CONNECTED, Disk.UP_TO_DATE), _word(state, version)
    )


def _word(state: DrbdState, version: Version) -> Word:
    if ALONE_IS_FAULTY.on(version) and state.connection is Connection.STANDALONE:
        return "MISSING DISK"
    if state.disk is Disk.UP_TO_DATE:
        return ""
    if state.disk is Disk.DISKLESS:
        return "MISSING DISK"
    return "" if SYNC_IS_KNOWN.on(version) and state.connection in SYNCING else "UNCERTAIN STATE"


def could_be(told: ToldSide, version: Version) -> tuple[DrbdState, ...]:
    """Every state of which this version prints these words; none if it never does."""
    words = Words(told.recovering is not None, told.degraded, told.word)
    return tuple(state for state in STATES if words_of(state, version) == words)


def meanings(told: ToldSide, version: Version) -> tuple[Meaning, ...]:
    """What these words can mean on this version, each with the states it stands for."""
    states = could_be(told, version)
    found = [Meaning(text, some) for text, some in _sorted(states) if some]
    return tuple(found) or (Meaning(f"Ganeti {version} does not print this of any state of DRBD 8.4.", ()),)


def _sorted(states: Iterable[DrbdState]) -> list[tuple[str, tuple[DrbdState, ...]]]:
    """The states by what an operator has to know of them."""
    groups: dict[str, list[DrbdState]] = {
        "Connected, and its own disk is good.": [],
        "Disconnected for good (StandAlone), as after a split brain; its own disk is there, and good.": [],
        "Disconnected for good (StandAlone); its own disk is there, and not good.": [],
        "Not connected, and looking for the other side; its own disk is good.": [],
        "Not connected, and looking for the other side; its own disk is not good, as after a resync that was"
        " interrupted.": [],
        "It has no disk.": [],
        "In the handshake before a resync; if that lasts, it is stuck, and 0.00% never changes.": [],
        "Being resynchronised as the source: its own disk is good.": [],
        "Being resynchronised as the target: its own disk is not good until that ends.": [],
        "Connected, and its own disk is not good; nothing is being resynchronised.": [],
        "Connected, and being compared with the other side, or behind it on purpose.": [],
    }
    names = list(groups)
    for state in states:
        groups[names[_group(state)]].append(state)
    return [(text, tuple(some)) for text, some in groups.items()]


def _group(state: DrbdState) -> int:  # noqa: PLR0911 - one return for each group
    good = state.disk is Disk.UP_TO_DATE
    if state.disk is Disk.DISKLESS:
        return 5
    if state.connection is Connection.STANDALONE:
        return 1 if good else 2
    if state.connection in SEEKING:
        return 3 if good else 4
    if state.connection in HANDSHAKE:
        return 6
    if state.connection in RESYNC:
        return 7 if state.connection in SOURCE else 8
    if state.connection is Connection.CONNECTED:
        return 0 if good else 9
    return 10
