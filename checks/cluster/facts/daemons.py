"""Ganeti's daemons on one node. The process list is asked, not systemd: it says active where nothing runs."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.parse.processes import Process, daemons, parse_processes
from checks.look.commands import PROCESSES
from checks.look.nodes import host
from engine.knowledge import Context, fact, remembered

NO_VOTING = "--no-voting"
CONFIRMED = "--yes-do-it"


@dataclass(frozen=True, slots=True)
class Daemons:
    """What runs on a node.

    Attributes:
        running: short names in alphabetical order, such as confd, luxid, noded, wconfd.
        voting_disabled: luxid or wconfd was started with --no-voting: it did not ask the other nodes.
    """

    node: str
    running: tuple[str, ...]
    luxid: bool
    wconfd: bool
    noded: bool
    voting_disabled: bool


@fact("daemons.on")
@remembered
def on(context: Context, *, node: str) -> Daemons:
    """The Ganeti daemons that run on a node.

    Raises:
        HostError: the node does not answer.
    """
    where = host(context, node)
    processes = running_processes(context, node=node)
    running = daemons(processes)
    return Daemons(
        node=where.name,
        running=running,
        luxid="luxid" in running,
        wconfd="wconfd" in running,
        noded="noded" in running,
        voting_disabled=any(
            process.daemon in {"luxid", "wconfd"} and NO_VOTING in process.words for process in processes
        ),
    )


@remembered
def running_processes(context: Context, *, node: str) -> tuple[Process, ...]:
    """All processes of a node."""
    return context.remember(parse_processes, context.reader.read(host(context, node), PROCESSES).stdout)
