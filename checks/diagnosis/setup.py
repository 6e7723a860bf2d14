"""How nodes are set up: DRBD's module and helper, and the names of the nodes."""

from __future__ import annotations

from collections.abc import Iterator

from checks.diagnosis.survey import answering, current_config
from checks.diagnosis.words import finding, key, node, rule, suggest
from checks.facts import lvm, module
from checks.facts.commands import resolve
from checks.facts.look import answer
from checks.parse.grammar import is_address, is_loopback
from checks.paths import CONFIG_DATA, PROC_DRBD, USERMODE_HELPER
from engine.english import join_and
from engine.errors import FactError
from engine.findings import Finding, Unknown
from engine.hosts.host import Host
from engine.knowledge import Context

UNKNOWN_NAME = 2


@rule("whether DRBD is set up")
def drbd(context: Context) -> Iterator[Finding | Unknown]:
    """The DRBD module is not loaded, or calls another program than the cluster wants."""
    where, _config = current_config(context)
    for one in _mirroring(context):
        try:
            found = module.setup(context, node=one.name)
        except FactError as error:
            yield Unknown(f"how DRBD is set up on {one}", str(error))
            continue
        repair = suggest("drbd-host-setup", node=one.name)
        if not found.loaded:
            yield finding(
                "drbd-module",
                f"The DRBD module is not loaded on {one}, which has mirrored disks.",
                node(one.name),
                evidence=(f"{one}: {PROC_DRBD}: no such file", f"{where}: {CONFIG_DATA}: disks of the type drbd"),
                suggestion=repair,
                explained_by=(key("not-a-node", node(one.name)), key("master-disagrees", node(one.name))),
            )
        elif found.helper is None:
            yield Unknown(f"which program DRBD calls on {one}", f"there is no {USERMODE_HELPER}")
        elif not found.helper_fits:
            yield finding(
                "drbd-helper",
                f"DRBD calls another program on {one} than the cluster wants.",
                node(one.name),
                evidence=(
                    f"{one}: {USERMODE_HELPER}: {found.helper!r}",
                    f"{where}: {CONFIG_DATA}: drbd_usermode_helper: {found.wanted_helper}",
                ),
                suggestion=repair,
            )


@rule("whether LVM looks at DRBD devices")
def lvm_scan(context: Context) -> Iterator[Finding | Unknown]:
    """LVM looks for volume groups on DRBD devices."""
    for one in _mirroring(context):
        try:
            found = lvm.filters(context, node=one.name)
        except FactError as error:
            yield Unknown(f"what LVM looks at on {one}", str(error))
            continue
        if found.scans_drbd:
            yield finding(
                "lvm-scans-drbd",
                f"LVM on {one} looks for volume groups on DRBD devices, and so on the disks of instances.",
                node(one.name),
                evidence=found.evidence,
                suggestion=suggest("lvm-filter", node=one.name),
                explained_by=(key("not-a-node", node(one.name)),),
            )


def _mirroring(context: Context) -> tuple[Host, ...]:
    """The nodes that answer and have mirrored disks by the configuration."""
    _where, config = current_config(context)
    return tuple(one for one in answering(context) if one.name in config.minors_on)


@rule("whether a node takes its name for a loopback address")
def names(context: Context) -> Iterator[Finding | Unknown]:
    """A node that takes its own name for a loopback address."""
    for one in answering(context):
        result = answer(context, one, resolve(one.name))
        if result is None or result.exit_code not in {0, UNKNOWN_NAME}:
            yield Unknown(f"what {one} takes its own name for", "getent does not answer or cannot be executed there")
            continue
        first = [line.split()[0] for line in result.lines if line.split()]
        loops = [address for address in dict.fromkeys(first) if _loopback(address)]
        if loops:
            yield finding(
                "name-is-loopback",
                f"{one} takes its own name for {join_and(loops)}; Ganeti needs the address of its network there.",
                node(one.name),
                evidence=(f"{one}: getent ahosts {one}: {', '.join(dict.fromkeys(first))}",),
                next=f"Correct the line of {one} in its /etc/hosts.",
                explained_by=(key("not-a-node", node(one.name)),),
            )


def _loopback(text: str) -> bool:
    address = text.partition("%")[0]
    return is_address(address) and is_loopback(address)
