"""Which side of a disk holds the data worth keeping, as far as that can be known."""

from __future__ import annotations

from dataclasses import dataclass

from checks.drbd.facts.compare_sides import Relation
from checks.drbd.facts.side import Side
from checks.drbd.states import Role


@dataclass(frozen=True, slots=True)
class Worth:
    """A recommendation.

    Attributes:
        keep: the node; empty where it cannot be known.
    """

    keep: str
    why: str


def worth(first: Side, second: Side, relation: Relation) -> Worth:
    """What speaks for one side. Where anything speaks against it as well, nobody but a person can decide."""
    for side, other in ((first, second), (second, first)):
        if not side.seen:
            return Worth("", f"nothing is seen of {side.node}")
        if side.lost_disk:
            return _after_loss(side, other, relation, first)
        if side.has_data and not other.has_data and other.seen:
            return Worth(side.node, f"the disk on {other.node} is {other.disk}: only {side.node} holds whole data")
    return _by_relation(first, second, relation)


def _by_relation(first: Side, second: Side, relation: Relation) -> Worth:
    match relation:
        case "equal":
            return _running(first, second) or Worth(first.node, "both sides hold the same data")
        case "first newer":
            return _newer(first, second)
        case "second newer":
            return _newer(second, first)
        case "diverged" | "unrelated":
            return _apart(first, second)
        case _:
            return Worth("", "neither the identifiers of the data nor the kernel log tell how the sides differ")


def _newer(newer: Side, older: Side) -> Worth:
    if older.runs:
        return Worth("", f"{newer.node} has the newer data, but the instance runs on {older.node}")
    return Worth(newer.node, f"{newer.node} has all that {older.node} has, and what was written later")


def _after_loss(side: Side, other: Side, relation: Relation, first: Side) -> Worth:
    lost = f"{side.node} lost its disk while it was Primary ({side.lost_disk}) and wrote only to {other.node} from then"
    newer = {"first newer": first is side, "second newer": first is not side}.get(relation)
    if newer is False or not side.has_data:
        return Worth(other.node, lost)
    return Worth("", f"{lost}; since then {side.node} may have been written as well")


def _apart(first: Side, second: Side) -> Worth:
    running = _running(first, second)
    unchanged = [side for side in (first, second) if side.changed == 0]
    if len(unchanged) == 1:
        changed = second if unchanged[0] is first else first
        if running is not None and running.keep != changed.node:
            return Worth("", f"the instance runs on {running.keep}, but only {changed.node} has changed")
        return Worth(changed.node, f"nothing was changed on {unchanged[0].node} since they were apart")
    return running or Worth("", "both sides have changed, and where the instance runs does not tell which matters")


def _running(first: Side, second: Side) -> Worth | None:
    """The side where the instance runs, if it surely runs on that one only."""
    for side, other in ((first, second), (second, first)):
        if side.runs and other.runs is False and other.role is not Role.PRIMARY:
            return Worth(side.node, f"the instance runs on {side.node}, and not on {other.node}")
    return None
