"""How two sides stand to each other: DRBD's rules on their generation identifiers (drbd_receiver.c of 8.4.11)."""

from __future__ import annotations

from dataclasses import dataclass

from checks.world.node.drbd_metadata import JUST_CREATED, PRIMARY, Metadata

NEW_BITMAP = 0x0001000000000000
"""What is added to a generation when a resync from it begins (drbd_int.h, UUID_NEW_BM_OFFSET)."""
UNRELATED = -1000
DIVERGED = 100
AMBIGUOUS = -100


@dataclass(frozen=True, slots=True)
class SentState:
    """What a side tells its peer of itself (drbd_send_uuids)."""

    current: int
    bitmap: int
    history: tuple[int, int]
    bits: int
    crashed: bool = False
    discard: bool = False
    inconsistent: bool = False

    @property
    def flags(self) -> int:
        return self.discard + 2 * self.crashed + 4 * self.inconsistent

    def __str__(self) -> str:
        uuids = ":".join(f"{one:016X}" for one in (self.current, self.bitmap, *self.history))
        return f"{uuids} bits:{self.bits} flags:{self.flags:X}"


def told(metadata: Metadata, *, crashed: bool, discard: bool, inconsistent: bool = False) -> SentState:
    first, second = metadata.history
    return SentState(metadata.current, metadata.bitmap, (first, second), metadata.bits.count(), crashed=crashed,
                discard=discard, inconsistent=inconsistent)  # fmt: skip


def compare(own: SentState, peer: SentState, *, resolves: bool) -> tuple[int, int]:
    """DRBD's verdict and the number of its rule (drbd_uuid_compare).

    0: equal; 1 and 2: this side is newer, 2 means that everything is copied; -1 and -2: the peer is; 100: both have
    changed since they were equal; -100: the same, and nobody knows what; -1000: nothing in common. `resolves` is what
    tells two sides apart where nothing else does.
    """
    return _created(own, peer) or _same(own, peer, resolves=resolves) or _descends(own, peer) or _apart(own, peer)


def _m(identifier: int) -> int:
    return identifier & ~PRIMARY


def _created(own: SentState, peer: SentState) -> tuple[int, int] | None:
    mine, theirs = _m(own.current), _m(peer.current)
    if mine == theirs == JUST_CREATED:
        return 0, 10
    if mine in {JUST_CREATED, 0} and theirs != JUST_CREATED:
        return -2, 20
    if mine != JUST_CREATED and theirs in {JUST_CREATED, 0}:
        return 2, 30
    return None


def _same(own: SentState, peer: SentState, *, resolves: bool) -> tuple[int, int] | None:
    if _m(own.current) != _m(peer.current):
        return None
    if own.bitmap and not peer.bitmap:
        missed = _m(own.bitmap) == _m(peer.history[0]) and _m(own.history[0]) == _m(peer.history[1])
        return 1, 34 if missed else 36
    if peer.bitmap and not own.bitmap:
        missed = _m(peer.bitmap) == _m(own.history[0]) and _m(peer.history[0]) == _m(own.history[1])
        return -1, 35 if missed else 37
    if own.crashed and peer.crashed:
        return (-1 if resolves else 1), 40
    return int(own.crashed) - int(peer.crashed), 40


def _descends(own: SentState, peer: SentState) -> tuple[int, int] | None:
    mine, theirs = _m(own.current), _m(peer.current)
    if mine == _m(peer.bitmap):
        return -1, 50
    if mine == _m(peer.history[0]) and mine + NEW_BITMAP == _m(peer.bitmap):
        return -1, 51
    if mine in {_m(one) for one in peer.history}:
        return -2, 60
    if _m(own.bitmap) == theirs:
        return 1, 70
    if _m(own.history[0]) == theirs and theirs + NEW_BITMAP == _m(own.bitmap):
        return 1, 71
    return (2, 80) if theirs in {_m(one) for one in own.history} else None


def _apart(own: SentState, peer: SentState) -> tuple[int, int]:
    if _m(own.bitmap) == _m(peer.bitmap) != 0:
        return DIVERGED, 90
    if {_m(one) for one in own.history} & {_m(one) for one in peer.history}:
        return AMBIGUOUS, 100
    return UNRELATED, 100
