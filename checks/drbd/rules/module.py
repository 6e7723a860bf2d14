"""DRBD's module and helper where disks are mirrored."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.present import current_config, mirroring
from checks.drbd.facts import module
from checks.look.rule import finding, key, node, rule, suggest
from checks.paths import CONFIG_DATA, PROC_DRBD, USERMODE_HELPER
from engine.errors import FactError
from engine.findings import Finding, Unknown
from engine.knowledge import Context


@rule("whether DRBD is set up")
def drbd(context: Context) -> Iterator[Finding | Unknown]:
    """The DRBD module is not loaded, or calls another program than the cluster wants."""
    where, _config = current_config(context)
    for one in mirroring(context):
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
