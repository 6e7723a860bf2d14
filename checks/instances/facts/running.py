"""Where an instance really runs: by the processes and files of the nodes, not by the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from checks.cluster.facts.copies import newest_config
from checks.cluster.parse.processes import Process, parse_processes
from checks.instances.facts.instances import Instance, described, find
from checks.look.commands import FAKE_INSTANCES, PROCESSES
from checks.look.nodes import MISSING, answer, host, look, understood
from checks.paths import FAKE_HYPERVISOR
from engine.knowledge import Context, fact, remembered

KVM, FAKE = "kvm", "fake"
KNOWN = frozenset({KVM, FAKE})
"""The hypervisors whose instances can be seen here."""


@dataclass(frozen=True, slots=True)
class Running:
    """An instance and the nodes of its disks.

    Attributes:
        on: the nodes where it runs.
        unknown: the nodes where that could not be seen.
        evidence: what it rests on, line by line.
    """

    on: tuple[str, ...]
    unknown: tuple[str, ...]
    evidence: tuple[str, ...]


@fact("instances.where")
@remembered
def where(context: Context, *, instance: str) -> Running:
    """On which of its nodes an instance runs; the other nodes of the cluster are not looked at.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`.
    """
    _copy, config = newest_config(context)
    return where_described(context, described(config, find(config, instance)))


def where_described(context: Context, one: Instance) -> Running:
    """The same for an instance that was found already."""
    nodes = tuple(dict.fromkeys((one.primary, *one.secondaries)))
    reads = (PROCESSES, FAKE_INSTANCES) if one.hypervisor == FAKE else (PROCESSES,)
    look(context, [host(context, node) for node in nodes], *reads)
    on, unknown, evidence = [], [], []
    for node in nodes:
        runs, line = _runs(context, one, node)
        evidence.append(f"{node}: {line}")
        if runs is None:
            unknown.append(node)
        elif runs:
            on.append(node)
    return Running(tuple(on), tuple(unknown), tuple(evidence))


@remembered
def running_on(context: Context, node: str, hypervisor: str) -> Mapping[str, str] | None:
    """All instances of this hypervisor that run on a node, each with the line that says so.

    None where that cannot be seen, or where this hypervisor is none that can be looked at here.
    """
    where = host(context, node)
    if hypervisor == FAKE:
        found = answer(context, where, FAKE_INSTANCES)
        if found is None or not (found.ok or MISSING in found.stderr):
            return None
        return {name: f"{FAKE_HYPERVISOR}: {name}" for name in (found.lines if found.ok else ())}
    listed = understood(context, where, PROCESSES, parse_processes)
    if hypervisor != KVM or listed is None:
        return None
    named = {_name_of_kvm(process): process for process in listed}
    return {name: f"ps: process {one.pid}: {one.words[0]} … -name {name}" for name, one in named.items() if name}


def _runs(context: Context, one: Instance, node: str) -> tuple[bool | None, str]:
    where = host(context, node)
    if one.hypervisor == FAKE:
        found = answer(context, where, FAKE_INSTANCES)
        if found is None or not (found.ok or MISSING in found.stderr):
            return None, f"{FAKE_HYPERVISOR} cannot be seen"
        runs = found.ok and one.name in found.lines
        return runs, f"{FAKE_HYPERVISOR}: {'' if runs else 'no '}{one.name}"
    if one.hypervisor != KVM:
        return None, f"how to see an instance of the hypervisor {one.hypervisor or 'unknown'} run is not known here"
    listed = understood(context, where, PROCESSES, parse_processes)
    if listed is None:
        return None, "its processes cannot be seen"
    process = kvm_process(listed, one.name)
    if process is None:
        return False, f"ps: no process of kvm named {one.name}"
    return True, f"ps: process {process.pid}: {process.words[0]} … -name {one.name}"


def kvm_process(processes: Iterable[Process], name: str) -> Process | None:
    """The process of this instance, as Ganeti itself knows it: by the option -name (hv_kvm, _InstancePidInfo)."""
    return next((process for process in processes if _name_of_kvm(process) == name), None)


def _name_of_kvm(process: Process) -> str:
    """The instance that a process of KVM is; empty where it is something else."""
    words = process.command.split()
    program = words[0].rpartition("/")[2] if words else ""
    if not program.startswith(("kvm", "qemu")):
        return ""
    return next((after.split(",")[0] for option, after in pairwise(words) if option == "-name"), "")
