"""The reads that every diagnosis begins with: all nodes at once, each in one go, what is quick first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checks.cluster.facts.present import answering
from checks.cluster.facts.probes import error_of
from checks.cluster.parse.addresses import parse_addresses
from checks.cluster.parse.processes import parse_processes
from checks.cluster.parse.ssconf import parse_ssconf
from checks.drbd.facts import module
from checks.look.commands import ADDRESSES, DATE, FAKE_INSTANCES, PROCESSES, SSCONF, TAGGED, cat, resolve
from checks.look.nodes import answer, hosts
from checks.look.output import ParseError
from checks.look.rule import finding, node, rule
from checks.lvm.facts import filters
from checks.lvm.parse.volumes import parse_tagged
from checks.paths import CONFIG_DATA, DEFAULTS, LOCKS_DATA, QUEUE_DRAINED, SSCONF_PREFIX, WATCHER_PAUSE
from checks.ssh.facts import keys
from engine.errors import HostError
from engine.findings import Finding, Unknown
from engine.hosts.host import Host
from engine.hosts.reads import Read
from engine.knowledge import Context

READS = (
    DATE,
    SSCONF,
    PROCESSES,
    ADDRESSES,
    cat(DEFAULTS),
    cat(WATCHER_PAUSE),
    cat(QUEUE_DRAINED),
    cat(LOCKS_DATA),
    *keys.READS,
    cat(CONFIG_DATA),
    *module.READS,
    *filters.READS,
    TAGGED,
    FAKE_INSTANCES,
)


def reads_of(where: Host) -> tuple[Read, ...]:
    # Resolving a name can hang where a name server does not answer, so it comes last.
    return (*READS, resolve(where.name))


def survey(context: Context) -> None:
    """Make all these reads. A node that does not answer costs one attempt; it is asked nothing else."""
    context.reader.read_all((one, what) for one in hosts(context) for what in reads_of(one))


NAMES = {SSCONF: f"{SSCONF_PREFIX}*", PROCESSES: "ps", ADDRESSES: "ip", TAGGED: "lvs"}


@rule("whether every node could be looked at")
def looked_at(context: Context) -> Iterator[Finding | Unknown]:
    """Nodes, and parts of nodes, of which nothing was seen."""
    for one in hosts(context):
        error = error_of(context, one)
        if error is not None:
            yield Unknown(f"everything on {one}", f"{error} {error.hint}".strip())
            continue
        for what in reads_of(one):
            try:
                context.reader.read(one, what)
            except HostError as late:
                yield Unknown(f"what `{' '.join(what.argv)}` says on {one}", str(late))
                break


def _nonsense(context: Context, where: Host) -> Iterator[tuple[str, ParseError]]:
    """What it says that is not of the form it should have; of the files and commands that most else rests on."""
    parsers: tuple[tuple[Read, Callable[[str], object]], ...] = (
        (SSCONF, parse_ssconf),
        (PROCESSES, parse_processes),
        (ADDRESSES, parse_addresses),
        (TAGGED, parse_tagged),
    )
    for what, parse in parsers:
        result = answer(context, where, what)
        if result is None or (what is TAGGED and not result.ok) or (what is SSCONF and not result.stdout.strip()):
            continue
        try:
            context.remember(parse, result.stdout)
        except ParseError as error:
            yield NAMES[what], error


@rule("whether a node says what cannot be")
def not_believed(context: Context) -> Iterator[Finding | Unknown]:
    """A node that says what cannot be: damaged, or somebody there wants to be taken for something else."""
    for one in answering(context):
        wrong = tuple(f"{one}: {what}: {error.why}" for what, error in _nonsense(context, one))
        if wrong:
            yield finding(
                "node-not-believed",
                f"{one} says what cannot be: it is damaged, or not to be believed. Nothing is taken from there.",
                node(one.name),
                evidence=wrong,
                next=f"Look at {one} itself, and who was there. When it is right again, on the master: gnt-cluster"
                " redist-conf writes Ganeti's files there anew.",
            )
