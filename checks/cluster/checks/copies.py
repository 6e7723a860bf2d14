"""Checks of a node's copy of the configuration: what a failover to it would lose."""

from __future__ import annotations

from checks.cluster.facts.copies import ConfigCopy, Serials, serials
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from checks.paths import CONFIG_DATA
from engine.english import listed
from engine.knowledge import Context, Verdict, check

LOSES = "A failover to a node with an older copy silently loses every change made since."


@check("config.not_older")
@unknown_if_unreadable
def not_older(context: Context, *, node: str) -> Verdict:
    """No copy of the configuration that can be read is newer than this node's."""
    where = host(context, node).name
    found = serials(context)
    newer = _newer(found, where)
    others = tuple(name for name in found.unknown if name != where)
    not_compared = f" Not compared: {listed(others)}, which cannot be read." if others else ""
    return verdict(
        holds=None if found.of(where).serial is None else not newer,
        true=f"No copy that can be read is newer than that of {where}, number {found.of(where).serial}." + not_compared,
        false=f"{listed(newer)} {'have' if len(newer) > 1 else 'has'} a newer configuration than {where}.",
        unknown=f"{where} has no copy of the configuration that can be read.",
        evidence=_evidence(found),
        hint=LOSES,
    )


def _newer(found: Serials, where: str) -> tuple[str, ...]:
    own = found.of(where).serial
    return tuple(entry.node for entry in found.entries if None not in (own, entry.serial) and _above(entry, own))


def _above(entry: ConfigCopy, own: int | None) -> bool:
    return entry.serial is not None and own is not None and entry.serial > own


def _evidence(found: Serials) -> tuple[str, ...]:
    lines = []
    for entry in found.entries:
        if not entry.answers:
            what = "does not answer"
        elif entry.damaged:
            what = f"{CONFIG_DATA} cannot be understood"
        elif entry.serial is None:
            what = f"no {CONFIG_DATA}"
        else:
            what = f"{CONFIG_DATA}: number {entry.serial}, changed {entry.modified}"
        lines.append(f"{entry.node}: {what}{'' if entry.candidate else ' (no master candidate)'}")
    return tuple(lines)
