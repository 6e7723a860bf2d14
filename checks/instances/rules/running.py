"""Where the instances really run, by the processes and files of every node that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.cluster.facts.present import answering, current_config
from checks.instances.facts.instances import Instance, described
from checks.instances.facts.running import running_on
from checks.jobs.facts import jobs
from checks.look.rule import DISKS, disk, finding, instance, job, key, node, returned, rule
from checks.paths import CONFIG_DATA
from checks.releases import CLEANUP_ADOPTS
from engine.english import join_and
from engine.errors import FactError, HostError
from engine.findings import Finding, Unknown
from engine.knowledge import Context

Seen = Mapping[str, Mapping[str, str] | None]
"""Node by node, the instances that run there with the line that says so; None where that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instance, and where it runs."""

    instance: Instance
    on: Mapping[str, str]
    unseen: tuple[str, ...]
    wanted: str

    @property
    def evidence(self) -> tuple[str, ...]:
        return (*(f"{name}: {line}" for name, line in self.on.items()), self.wanted)


@rule("where the instances run")
def running(context: Context) -> Iterator[Finding | Unknown]:
    """An instance that runs on two nodes, on another one than the configuration says, or on none."""
    where, config = current_config(context)
    there = [one.name for one in answering(context)]
    places: dict[str, Mapping[str, Mapping[str, str]]] = {}
    blind: dict[str, tuple[str, ...]] = {}
    unseen: dict[tuple[str, ...], list[str]] = {}
    for one in sorted(config.instances.values(), key=lambda each: each.name):
        if not one.name:
            continue
        kind = one.hypervisor
        if kind not in places:
            seen = {name: running_on(context, name, kind) for name in there}
            places[kind] = _places(seen)
            blind[kind] = tuple(name for name in there if seen[name] is None)
        wanted = f"{where}: {CONFIG_DATA}: {one.name} on {config.node_name(one.primary_node)}, {one.admin_state}"
        if blind[kind]:
            unseen.setdefault((kind, *blind[kind]), []).append(one.name)
        on = places[kind].get(one.name, {})
        yield from _judged(context, Place(described(config, one), on, blind[kind], wanted))
    for (kind, *nodes), names in unseen.items():
        yield Unknown(
            f"where {join_and(names)} run on {join_and(nodes)}",
            f"instances of the hypervisor {kind or 'that is not known'} cannot be seen there",
        )


def _places(seen: Seen) -> Mapping[str, Mapping[str, str]]:
    """Instance by instance, the nodes where it runs, with the line that says so."""
    found: dict[str, dict[str, str]] = {}
    for node_name, some in seen.items():
        for name, line in (some or {}).items():
            found.setdefault(name, {})[node_name] = line
    return found


@rule("whether the disks of running instances are watched")
def watched(context: Context) -> Iterator[Finding | Unknown]:
    """An instance that runs while Ganeti takes its disks for switched off."""
    where, config = current_config(context)
    for one in sorted(config.instances.values(), key=lambda each: each.name):
        if one.disks_active is not False or not config.disks_of(one):
            continue
        primary = config.node_name(one.primary_node)
        found = running_on(context, primary, one.hypervisor) if primary in context.site.hosts else None
        if found and one.name in found:
            yield finding(
                "disks-not-watched",
                f"{one.name} runs, and Ganeti takes its disks for switched off: neither the watcher nor"
                " gnt-cluster verify look at them.",
                instance(one.name),
                node(primary),
                evidence=(
                    f"{primary}: {found[one.name]}",
                    f"{where}: {CONFIG_DATA}: {one.name}: disks_active is false",
                ),
                next=f"An activation that failed leaves it so. On the master, until it succeeds: gnt-instance"
                f" activate-disks {one.name}",
                explained_by=tuple(key(code, instance(one.name), disk(index))
                                   for code in DISKS for index in range(len(one.disks))),
                key_about=(instance(one.name),),
            )  # fmt: skip


def _judged(context: Context, one: Place) -> Iterator[Finding]:
    named = one.instance
    if len(one.on) > 1:
        yield _twice(context, one)
    elif one.on and named.primary not in one.on:
        yield _elsewhere(context, one)
    elif not (one.on or one.unseen) and named.configured_up and _answers(context, named.primary):
        yield _nowhere(one)


def _answers(context: Context, name: str) -> bool:
    return any(each.name == name for each in answering(context))


def _nowhere(one: Place) -> Finding:
    named = one.instance
    return finding(
        "instance-down",
        f"{named.name} should run on {named.primary}, and runs on no node that answers.",
        instance(named.name),
        node(named.primary),
        evidence=(f"{named.primary}: no process or file of {named.name}", one.wanted),
        next="The watcher starts it within some minutes, unless it is paused or its disks are not there."
        f" By hand, on the master, once its disks are well: gnt-instance start {named.name}",
        explained_by=(
            *(key(code, instance(named.name), disk(each.index)) for code in DISKS
              for each in named.disks),
            *returned(named.primary),
            key("volumes-missing", node(named.primary)),
            key("node-daemon", node(named.primary)),
            key("disks-inactive", node(named.primary)),
            key("master-gone", node(named.primary)),
        ),
        key_about=(instance(named.name),),
    )  # fmt: skip


def _twice(context: Context, one: Place) -> Finding:
    name = one.instance.name
    busy = _at_work(context, name)
    doing = f", while job {busy[0]} is at work on it, as within a migration" if busy else ""
    return finding(
        "instance-on-two-nodes",
        f"{name} runs on {join_and(list(one.on))} at the same time{doing}.",
        instance(name),
        *(node(each) for each in one.on),
        evidence=one.evidence,
        case="at work" if busy else "",
        next="Wait for that job first; if it is over and two copies are left, end one of them."
        if busy
        else "Both write, so that their disks part from now on. Decide which copy is to live, and end the other one"
        " on its own node (kvm: kill its process by its number). Not by gnt-instance migrate --cleanup: since"
        f" {CLEANUP_ADOPTS.first} it ends the copy on the secondary node, whichever matters.",
        explained_by=tuple(key("job-hangs", job(number)) for number in busy),
        key_about=(instance(name),),
    )


def _elsewhere(context: Context, one: Place) -> Finding:
    named = one.instance
    (at,) = one.on
    mirrored = at in named.secondaries
    busy = _at_work(context, named.name)
    return finding(
        "instance-on-wrong-node",
        f"{named.name} runs on {at}, and not on {named.primary} as the configuration says.",
        instance(named.name),
        node(at),
        node(named.primary),
        evidence=one.evidence,
        case="at work" if busy else "",
        next=f"Wait for job {busy[0]}, which is at work on it."
        if busy
        else f"The watcher may start a second copy on {named.primary}: pause it (gnt-cluster watcher pause 1h). When"
        f" its disks are in sync, on the master: gnt-instance migrate --cleanup -f {named.name}"
        if mirrored
        else f"{at} has no copy of its disks by the configuration: find out what it runs on before anything is"
        " stopped or started.",
        explained_by=tuple(key("job-hangs", job(number)) for number in busy),
        key_about=(instance(named.name),),
    )


def _at_work(context: Context, name: str) -> list[int]:
    """The jobs on this instance that are not over."""
    try:
        return [one.id for one in jobs.unfinished(context) if name in one.instances and one.status != "queued"]
    except (FactError, HostError):
        return []
