"""What to run next for the disks of instances, by the state that they are in now."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checks.drbd.facts.sides import DiskSides, sides
from checks.look.nodes import UnknownNameError
from engine.commands import to_type
from engine.errors import FactError, HostError
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is to be done next for one instance.

    Attributes:
        well: its disks hold the same on both nodes, or it has none that could differ.
        state: what its disks are like, in a sentence.
        command: what to type; empty where there is nothing to do.
    """

    instance: str
    well: bool
    state: str
    command: str


@fact("disks.next_steps")
@remembered
def next_steps(context: Context, *, instances: str) -> tuple[NextStep, ...]:
    """For each of these instances what comes next, by the worst state of its disks.

    Args:
        context: what to look with.
        instances: their names, with commas between them; none is fine.
    """
    names = (name.strip() for name in instances.split(","))
    return tuple(_step(context, name) for name in dict.fromkeys(names) if name)


def _step(context: Context, name: str) -> NextStep:
    try:
        found = sides(context, instance=name)
    except UnknownNameError:
        return NextStep(
            name, well=True, state="the cluster has no such instance, any more or yet", command=_diagnose(name)
        )
    except (FactError, HostError) as error:
        return NextStep(
            name, well=False, state=f"what its disks are like cannot be known: {error.what}", command=_diagnose(name)
        )
    worst = min(found, key=lambda one: ORDER.index(_kind(one)), default=None)
    if worst is None:
        return NextStep(name, well=True, state="it has no mirrored disk", command="")
    text, command = KINDS[_kind(worst)]
    where = f"disk {worst.index}: {text}" if len(found) > 1 else text
    return NextStep(name, worst.state == "in sync", where, command(name))


def _kind(one: DiskSides) -> str:
    if one.away and (one.contested or any(side.lost_disk for side in one.sides)):
        return "contested"
    return one.state


def _repair(runbook: str) -> Callable[[str], str]:
    return lambda instance: to_type("run", runbook, instance=instance)


def _diagnose(_instance: str) -> str:
    return to_type("diagnose")


def _activate(instance: str) -> str:
    return shlex.join(["gnt-instance", "activate-disks", instance])


def _nothing(_instance: str) -> str:
    return ""


CLEANUP, REPLACE, STUCK = (_repair(f"split-brain-{what}") for what in ("cleanup", "replace", "stuck"))
KINDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "stuck": ("hangs in the handshake of its two sides", STUCK),
    "contested": ("its sides hold different data: one has to be given up", REPLACE),
    "diskless": ("one side has lost its disk", REPLACE),
    "apart": ("its sides are not connected", CLEANUP),
    "inactive": ("it is not active on both its nodes", CLEANUP),
    "degraded": ("its sides are connected and not in sync", _activate),
    "unseen": ("one of its sides cannot be seen", _diagnose),
    "behind": ("one side is behind, since the network is too slow; it is copied by itself", _diagnose),
    "syncing": ("it is being resynchronised; wait for that", _diagnose),
    "in sync": ("both its sides hold the same", _nothing),
}
"""What a disk can be in, the worst first; what that is in words, and what to type."""
ORDER = tuple(KINDS)
