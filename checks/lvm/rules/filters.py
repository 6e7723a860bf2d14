"""Whether LVM looks at DRBD devices."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.present import mirroring
from checks.look.rule import finding, key, node, rule, suggest
from checks.lvm.facts import filters
from engine.errors import FactError
from engine.findings import Finding, Unknown
from engine.knowledge import Context


@rule("whether LVM looks at DRBD devices")
def lvm_scan(context: Context) -> Iterator[Finding | Unknown]:
    """LVM looks for volume groups on DRBD devices."""
    for one in mirroring(context):
        try:
            found = filters.filters(context, node=one.name)
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
