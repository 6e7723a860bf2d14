"""Checks of the master's daemons. Exit codes and systemd's `active` are no proof; processes are."""

from __future__ import annotations

import re

from checks.cluster.facts import daemons
from checks.look.known import unknown_if_unreadable, verdict
from engine.knowledge import Context, Verdict, check

NEEDED = ("luxid", "wconfd")
"""What makes a node the acting master: one takes the commands, the other writes the configuration."""
START = re.compile(r"/etc/init\.d/ganeti (start|restart)|daemon-util start")
"""The command line of a start that has not ended yet."""


@check("daemons.master_runs")
@unknown_if_unreadable
def master_runs(context: Context, *, node: str) -> Verdict:
    """Both daemons of a master, luxid and wconfd, really run on this node."""
    found = daemons.on(context, node=node)
    missing = [name for name in NEEDED if name not in found.running]
    return verdict(
        holds=not missing,
        true=f"ganeti-luxid and ganeti-wconfd run on {found.node}.",
        false=f"Not running on {found.node}: {_named(missing)}.",
        evidence=_evidence(context, found),
        hint="They start only on the master, and only after a vote that needs more than half of all nodes:"
        " see /var/log/ganeti/wconf-daemon.log and luxi-daemon.log.",
    )


@check("daemons.master_stopped")
@unknown_if_unreadable
def master_stopped(context: Context, *, node: str) -> Verdict:
    """Neither luxid nor wconfd runs on this node: nothing there writes the queue or the configuration.

    A child of ganeti-noded that works for a job survives a stop of Ganeti; it is only reported.
    """
    found = daemons.on(context, node=node)
    left = [name for name in NEEDED if name in found.running]
    return verdict(
        holds=not left,
        true=f"Neither ganeti-luxid nor ganeti-wconfd runs on {found.node}.",
        false=f"Still running on {found.node}: {_named(left)}.",
        evidence=_evidence(context, found),
    )


@check("daemons.settled")
@unknown_if_unreadable
def settled(context: Context, *, node: str) -> Verdict:
    """Ganeti's start on this node has ended, and neither luxid nor wconfd came of it.

    After a boot both try for about a minute each to win a vote (src/Ganeti/Daemon/Utils.hs), under an init script or
    under systemd.
    """
    found = daemons.on(context, node=node)
    processes = daemons.running_processes(context, node=node)
    busy = [one for one in processes if START.search(one.command) or one.daemon in NEEDED]
    return verdict(
        holds=not busy,
        true=f"Ganeti's start on {found.node} has ended; it does not act as master.",
        false=f"Ganeti on {found.node} is still starting, or acts as master.",
        evidence=tuple(f"{found.node}: process {one.pid}: {one.command}" for one in busy) or _evidence(context, found),
        hint="If luxid or wconfd really run there for good, there are two masters: stop Ganeti there at once.",
    )


def _named(short_names: list[str]) -> str:
    return " and ".join(f"ganeti-{name}" for name in short_names)


def _evidence(context: Context, found: daemons.Daemons) -> tuple[str, ...]:
    lines = tuple(
        f"{found.node}: process {process.pid}: {process.command}"
        for process in daemons.running_processes(context, node=found.node)
        if process.daemon
    )
    return lines or (f"{found.node}: ps shows no daemon of Ganeti",)
