"""Each DRBD disk of the cluster as both its nodes see it, and once more some seconds later where it should move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.cluster.facts.present import current_config
from checks.cluster.rules.second_look import later
from checks.drbd.facts.disks import DiskState, of_described
from checks.drbd.states import SYNCING, Connection
from checks.instances.facts.instances import Instance, described
from checks.look.commands import cat
from checks.look.nodes import host, look
from checks.paths import PROC_DRBD
from engine.errors import FactError, HostError
from engine.findings import Unknown
from engine.knowledge import Context

LOOK_AGAIN = 5.0
"""Seconds between two looks at something that should move."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One disk: its primary node's side and the other one.

    Attributes:
        later: the same some seconds later; None where a second look was not needed or not possible.
    """

    instance: Instance
    own: DiskState
    other: DiskState
    later: tuple[DiskState, DiskState] | None = None

    @property
    def sides(self) -> tuple[DiskState, DiskState]:
        return self.own, self.other

    @property
    def name(self) -> str:
        return f"disk {self.own.index} of {self.instance.name}"

    @property
    def wanted(self) -> bool:
        """Whether it should be active: Ganeti says so, or the instance should run."""
        return self.instance.configured_up if self.instance.disks_active is None else self.instance.disks_active

    @property
    def moved(self) -> bool | None:
        """Whether anything changed between the two looks."""
        if self.later is None:
            return None
        return any(_progress(one) != _progress(two) for one, two in zip(self.sides, self.later, strict=True))

    @property
    def evidence(self) -> tuple[str, ...]:
        return tuple(line(one) for one in self.sides)


def line(side: DiskState) -> str:
    """What one side of a disk says, and where it says so."""
    if not side.seen or side.connection is Connection.UNCONFIGURED:
        return f"{side.node}: {side.line}"
    progress = "" if side.synced is None else f" ({side.synced} % done)"
    return f"{side.node}: {PROC_DRBD}: {side.line}{progress}"


def pairs(context: Context) -> Iterator[Pair | Unknown]:
    """All disks; an Unknown for each instance whose disks cannot be seen.

    Raises:
        FactError: no configuration can be read.
    """
    found: list[Pair] = []
    _where, config = current_config(context)
    for one in sorted(config.instances.values(), key=lambda each: each.name):
        if one.name:
            try:
                found += _pairs_of(context, described(config, one))
            except FactError as error:
                yield Unknown(f"how the disks of {one.name} are", str(error))
    restless = [one for one in found if any(side.connection in SYNCING for side in one.sides)]
    if not restless:
        yield from found
        return
    again = later(context, LOOK_AGAIN)
    nodes = {side.node for one in restless for side in one.sides if side.seen}
    look(again, [host(again, name) for name in nodes], cat(PROC_DRBD))
    for pair in found:
        yield _with_later(again, pair) if pair in restless else pair


def _pairs_of(context: Context, one: Instance) -> list[Pair]:
    states = of_described(context, one)
    by_index: dict[int, list[DiskState]] = {}
    for state in states:
        by_index.setdefault(state.index, []).append(state)
    return [Pair(one, own, other) for own, other in by_index.values()]


def _with_later(context: Context, one: Pair) -> Pair:
    if not all(side.seen for side in one.sides):
        return one
    try:
        again = {(side.index, side.node): side for side in of_described(context, one.instance)}
        own, other = (again[side.index, side.node] for side in one.sides)
    except (FactError, HostError):
        return one
    return replace(one, later=(own, other)) if own.seen and other.seen else one


def _progress(side: DiskState) -> tuple[object, ...]:
    return (side.connection, side.disk, side.peer_disk, side.synced, side.out_of_sync)
