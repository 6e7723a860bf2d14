"""What is known of both sides of an instance's disks, line by line, for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.facts.sides import ALL, sides
from engine.knowledge import Context


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was read of the disks that are not in sync.

    Attributes:
        lines: each with where it came from; after those of a disk, what they come to.
    """

    lines: tuple[str, ...] = field(compare=False)


def evidence(context: Context, *, instance: str, disk: str = ALL) -> Evidence:
    """What was read of the disks of an instance that are not in sync, and what it comes to.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`; code `disk-unknown`.
    """
    lines: list[str] = []
    for one in sides(context, instance=instance, disk=disk):
        if one.state == "in sync":
            continue
        lines += [f"{one.name}:", *(f"  {line}" for line in one.evidence)]
        lines += [f"  {side.node}: has changed {side.changes} that the other side does not have" for side in one.sides]
        lines += [f"  so the sides are: {one.relation}{'; DRBD refused to connect them' if one.refused else ''}"]
        lines += [f"  so: {one.verdict}"]
    return Evidence(tuple(lines))
