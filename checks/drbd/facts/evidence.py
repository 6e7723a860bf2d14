"""What is known of both sides of an instance's disks, line by line, for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.drbd.facts.side import Side
from checks.drbd.facts.sides import ALL, DiskSides, sides
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class Kept:
    """What it means to keep the sides of one node.

    Attributes:
        node: whose sides are kept; other: whose are thrown away.
        holds: what is known of each of its sides, in words.
        speaks: what speaks for it, in words; empty if nothing that is known does.
        lost: what only the other sides have, in words.
        other_runs: the instance is seen to run on the node whose sides are thrown away.
    """

    node: str
    other: str
    holds: str = field(compare=False)
    speaks: str = field(compare=False)
    lost: str = field(compare=False)
    other_runs: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was read of the disks that are not in sync.

    Attributes:
        lines: each with where it came from; after those of a disk, what they come to.
        first: to keep the sides of the node for which what is known speaks, or the newer ones; second: the others. None
            where all disks are in sync.
    """

    lines: tuple[str, ...] = field(compare=False)
    first: Kept | None
    second: Kept | None


@fact("disks.evidence")
@remembered
def evidence(context: Context, *, instance: str, disk: str = ALL) -> Evidence:
    """What was read of the disks of an instance that are not in sync, and what it comes to.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`; code `disk-unknown`.
    """
    lines: list[str] = []
    found = [one for one in sides(context, instance=instance, disk=disk) if one.state != "in sync"]
    for one in found:
        lines += [f"{one.name}:", *(f"  {line}" for line in one.evidence)]
        lines += [f"  {side.node}: has changed {side.changes} that the other side does not have" for side in one.sides]
        lines += [f"  so the sides are: {one.relation}{'; DRBD refused to connect them' if one.refused else ''}"]
        lines += [f"  so: {one.verdict}"]
    first, second = _ordered(found)
    return Evidence(tuple(lines), first, second)


def _ordered(found: list[DiskSides]) -> tuple[Kept | None, Kept | None]:
    if not found:
        return None, None
    nodes = [side.node for side in found[0].sides]
    newer = [name for one in found if (name := _newer(one))]
    # A node for which one disk speaks; that the disks do not speak for different ones is asked before.
    first = next((name for name in newer if name in nodes), nodes[0])
    second = next(name for name in nodes if name != first)
    return _kept(found, first, second), _kept(found, second, first)


def _newer(one: DiskSides) -> str:
    """The node whose side holds the newer data, as far as anything says so; empty if nothing does."""
    if one.keep:
        return one.keep
    for side, other in (one.sides, one.sides[::-1]):
        if side.lost_disk or (other.has_data and not side.has_data):
            return other.node
    return {"first newer": one.first.node, "second newer": one.second.node}.get(one.relation, "")


def _kept(found: list[DiskSides], node: str, other: str) -> Kept:
    own = [(one, side) for one in found for side in one.sides if side.node == node]
    given_up = [(one, side) for one in found for side in one.sides if side.node == other]
    return Kept(
        node,
        other,
        holds="; ".join(f"disk {one.index}: {_state(side)}" for one, side in own),
        speaks="; ".join(f"disk {one.index}: {one.why}" for one, _side in own if _newer(one) == node),
        lost=", ".join(f"{side.changes} of disk {one.index}" for one, side in given_up),
        other_runs=any(side.runs is True for _one, side in given_up),
    )


def _state(side: Side) -> str:
    runs = "" if side.runs is None else "the instance runs there" if side.runs else "the instance does not run there"
    lost = "it had lost its disk while it was in use, so that it may hold old data" if side.lost_disk else ""
    return ", ".join(filter(None, (side.disk, f"changed {side.changes} alone", runs, lost)))
