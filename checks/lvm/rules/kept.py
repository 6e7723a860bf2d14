"""What earlier repairs left: snapshots of what was thrown away, backups of files, files that were moved away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from checks.cluster.facts import kept_copies
from checks.cluster.facts.present import answering
from checks.cluster.parse.kept import KeptFile, is_of_run, parse_kept, stamp
from checks.look.commands import KEPT_COPIES, KEPT_FILES, KEPT_FOLDERS
from checks.look.nodes import answer, look
from checks.look.numbers import KIB, in_words
from checks.look.rule import finding, node, rule
from checks.lvm.parse.volumes import Tagged
from checks.paths import DATA_DIR, KEPT
from engine.english import plural
from engine.findings import Finding, Unknown
from engine.hosts.command import shown
from engine.knowledge import Context

MOST = 20
"""How many are named."""


@rule("whether earlier repairs left files")
def files(context: Context) -> Iterator[Finding | Unknown]:
    """Files that runs of gnt-runbook kept on a node."""
    look(context, answering(context), KEPT_FILES, KEPT_COPIES)
    for one in answering(context):
        result = answer(context, one, KEPT_FILES)
        if result is None:
            yield Unknown(f"whether files of earlier repairs are left on {one}", "it does not answer any more")
            continue
        if found := sorted(context.remember(parse_kept, result.stdout, KEPT_FOLDERS), key=lambda file: file.path):
            yield _files(one.name, found)
        if copies := [name for name in kept_copies.copies(context, node=one.name) if is_of_run(name, KEPT)]:
            yield _copies(one.name, copies)


def _copies(name: str, found: Sequence[str]) -> Finding:
    return finding(
        "state-kept",
        f"{name} has {plural(len(found), 'copy', 'copies')} of {DATA_DIR} that earlier repairs kept, secrets included.",
        node(name),
        evidence=tuple(
            f"{name}: ls: {one} ({_since(stamp(one.replace('/', '.'))).removeprefix(', ')})" for one in found[:MOST]
        ),
        next=f"Once nobody wants to go back: on {name}: {shown(['rm', '-r', '--', *found[:MOST]])}",
        key_about=(node(name),),
    )


def _files(name: str, found: Sequence[KeptFile]) -> Finding:
    size = sum(one.size for one in found)
    return finding(
        "files-kept",
        f"{name} has {plural(len(found), 'file', 'files')} that earlier repairs kept ({_bytes(size)}).",
        node(name),
        evidence=tuple(f"{name}: find: {one.path} ({_bytes(one.size)}{_since(one.since)})" for one in found[:MOST]),
        next=f"Once nobody wants to go back: on {name}: {shown(['rm', '--', *(one.path for one in found[:MOST])])}",
        key_about=(node(name),),
    )


def snapshots(name: str, found: Sequence[Tagged]) -> Finding:
    """The snapshots of a node that were made before a side of a disk was thrown away."""
    size = sum(one.size for one in found)
    volumes = [f"{one.group}/{one.name}" for one in found[:MOST]]
    return finding(
        "volumes-kept",
        f"{name} has {plural(len(found), 'volume', 'volumes')} kept when a side of a disk was thrown away"
        f" ({_bytes(size)}).",
        node(name),
        evidence=tuple(
            f"{name}: lvs: {volume} ({_bytes(one.size)}{_since(stamp(one.name))})"
            for volume, one in zip(volumes, found, strict=False)
        ),
        next="Once nobody misses anything of them; until then they fill up, and one that gets full is lost: on"
        f" {name}: {shown(['lvremove', '--yes', *volumes])}",
        key_about=(node(name),),
    )


def _bytes(size: int) -> str:
    return plural(size, "byte") if size < KIB else in_words(size // KIB)


def _since(when: datetime | None) -> str:
    return f", since {when:%Y-%m-%d %H:%M:%S} UTC" if when is not None else ""
