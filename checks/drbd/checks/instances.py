"""Checks of where instances are configured to run, and of where they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.cluster.facts.copies import newest_config
from checks.drbd.facts import disks
from checks.drbd.states import Connection, Disk, Role
from checks.instances.facts.instances import Instance, described, find
from checks.instances.facts.running import KNOWN, where_described
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from checks.paths import PROC_DRBD
from engine.knowledge import Context, Verdict, check


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is wrong with an instance (nothing if all is well), and whether that could be seen at all."""

    known: bool
    wrong: str
    evidence: str


@check("instances.run_elsewhere")
@unknown_if_unreadable
def run_elsewhere(context: Context, *, node: str, instances: str) -> Verdict:
    """Each of these instances (with commas between) has left this node, and runs on whole disks where it is now.

    The configuration alone says where they are meant to be; processes and /proc/drbd say where they are. One that is
    to be down has to have its disks on its new node only.
    """
    away = host(context, node).name
    _copy, config = newest_config(context)
    names = [name.strip() for name in instances.split(",") if name.strip()]
    every = [described(config, find(config, name)) for name in names]
    seen = [found for one in every for found in _looks(context, one, away)]
    wrong = [one.wrong for one in seen if one.known and one.wrong]
    unseen = [one.wrong for one in seen if not one.known]
    blind = sorted({one.hypervisor for one in every if one.configured_up and one.hypervisor not in KNOWN})
    proviso = f" Whether they really run cannot be seen here for {', '.join(blind)}." if blind else ""
    return verdict(
        holds=False if wrong else None if unseen else True,
        true=f"{', '.join(names)}: away from {away}, and on whole disks; what is to run does.{proviso}"
        if names
        else f"No instance had to leave {away}.",
        false=f"{'; '.join(wrong)}.",
        unknown=f"It cannot be known: {'; '.join(unseen)}.",
        evidence=tuple(one.evidence for one in seen if one.evidence),
        hint="gnt-job list shows which failover failed, and why. If a disk still belongs to the other node, that node "
        "is not off.",
    )


def _looks(context: Context, one: Instance, away: str) -> Iterator[_Seen]:
    line = f"configuration: {one.name}: primary node {one.primary}"
    if one.primary == away:
        yield _Seen(known=True, wrong=f"{one.name} is still configured to run on {away}", evidence=line)
        return
    yield _Seen(known=True, wrong="", evidence=line)
    if one.configured_up and one.hypervisor in KNOWN:
        yield _running(context, one, away)
    for side in disks.of_described(context, one):
        if side.node != one.primary:
            continue
        wanted = (Disk.UP_TO_DATE,) if not one.configured_up else (Disk.UP_TO_DATE, Role.PRIMARY)
        bad = side.disk is not Disk.UP_TO_DATE or (one.configured_up and side.role is not Role.PRIMARY)
        # Where an instance is to be down, its disks need not be up.
        bad = bad and (one.configured_up or side.connection is not Connection.UNCONFIGURED)
        words = (
            f"disk {side.index} of {one.name} on {side.node} is {side.role}, {side.disk}, not {' and '.join(wanted)}"
        )
        yield _Seen(side.seen, words if bad else "", f"{side.node}: {PROC_DRBD}: {side.line}")


def _running(context: Context, one: Instance, away: str) -> _Seen:
    found = where_described(context, one)
    evidence = "; ".join(found.evidence)
    if away in found.on:
        return _Seen(known=True, wrong=f"{one.name} runs on {away}", evidence=evidence)
    if one.primary in found.unknown:
        return _Seen(known=False, wrong=f"whether {one.name} runs on {one.primary}", evidence=evidence)
    runs = one.primary in found.on
    return _Seen(known=True, wrong="" if runs else f"{one.name} does not run on {one.primary}", evidence=evidence)
