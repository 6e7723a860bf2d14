"""Nodes that do not answer, are marked offline or drained, or have lost what makes them nodes."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.checks.daemons import START
from checks.cluster.facts.overview import first_view
from checks.cluster.facts.own_files import ssconf
from checks.cluster.facts.present import answering, current_config, silent
from checks.cluster.facts.probes import error_of
from checks.cluster.facts.reachability import heard
from checks.cluster.parse.processes import parse_processes
from checks.look.commands import PROCESSES
from checks.look.nodes import host, hosts, understood
from checks.look.rule import finding, key, node, returned, rule, suggest
from checks.paths import CONFIG_DATA
from engine.errors import FactError
from engine.findings import Finding, Unknown
from engine.knowledge import Context


@rule("whether a node does not answer")
def not_answering(context: Context) -> Iterator[Finding | Unknown]:
    """A node that is marked online and where nothing answers."""
    try:
        _where, config = current_config(context)
        offline = {one.name for one in config.nodes.values() if one.offline}
    except FactError:
        _seen_from, view = first_view(context)
        offline = set(view.offline)
    for name, error in silent(context).items():
        if name in offline:
            continue
        tried = heard(context, host(context, name))
        alive = [one for one in tried if one.answered]
        yield finding(
            "node-silent",
            f"{name} does not answer to ssh, but it is not off." if alive else f"{name} does not answer.",
            node(name),
            evidence=(f"from here: ssh to {name}: {error}", *(one.line for one in tried)),
            next="Look at its console or its management card. When it is off for certain and stays so:"
            f" gnt-node modify --offline=yes {name}, so that nothing waits for it.",
            explained_by=(key("master-gone", node(name)),),
        )


@rule("whether a node is marked offline or drained")
def marked(context: Context) -> Iterator[Finding | Unknown]:
    """A node that is marked offline or drained."""
    where, config = current_config(context)
    answers = {one.name for one in answering(context)}
    for one in config.nodes.values():
        mark = "offline" if one.offline else "drained" if one.drained else ""
        if not mark:
            continue
        there = "although it answers" if one.name in answers else "and does not answer"
        yield finding(
            "node-offline" if one.offline else "node-drained",
            f"{one.name} is marked offline, {there}." if one.offline else f"{one.name} is marked drained.",
            node(one.name),
            evidence=(f"{where}: {CONFIG_DATA}: {one.name}: {mark} is true",),
            next=f"When it is repaired: gnt-node add --readd {one.name}"
            if one.offline
            else f"When it may take instances again: gnt-node modify --drained=no {one.name}",
            explained_by=(key("master-disagrees", node(one.name)),),
        )


@rule("whether a node's daemon runs")
def without_daemon(context: Context) -> Iterator[Finding | Unknown]:
    """A node that answers to ssh, and not to Ganeti."""
    for one in answering(context):
        processes = understood(context, one, PROCESSES, parse_processes)
        if processes is None or any(process.daemon == "noded" for process in processes):
            continue
        starting = [process for process in processes if START.search(process.command)]
        if starting:
            yield Unknown(f"whether ganeti-noded runs on {one}", "Ganeti is still starting there: look again later")
            continue
        yield finding(
            "node-daemon",
            f"ganeti-noded does not run on {one}: for Ganeti this node does not answer.",
            node(one.name),
            evidence=(f"{one}: ps: no process ganeti-noded",),
            next="On it: systemctl restart ganeti, and see /var/log/ganeti/node-daemon.log.",
            explained_by=(*returned(one.name), key("master-daemons", node(one.name))),
        )


@rule("whether a node has another host key")
def another_key(context: Context) -> Iterator[Finding | Unknown]:
    """A node that answers with another host key than the one that is known, as after a new installation."""
    for one in hosts(context):
        error = error_of(context, one)
        if error is not None and error.code == "host-key-changed":
            yield finding(
                "host-key-changed",
                f"What answers as {one} has another host key than the one that is known: was it installed anew?",
                node(one.name),
                evidence=(f"from here: ssh to {one}: {error.what} {error.why}",),
                suggestion=suggest(
                    "node-reinstall",
                    f"Only if it was installed anew, and after the new key was checked: {error.hint}",
                    node=one.name,
                ),
                next="Until the key is checked, it may be any machine. Nothing was read there.",
            )


@rule("whether a node lost its files")
def without_files(context: Context) -> Iterator[Finding | Unknown]:
    """A node that has lost its ssconf files, as after a new installation."""
    for one in answering(context):
        try:
            ssconf(context, one)
        except FactError as error:
            if error.code != "not-a-node":
                continue
            yield finding(
                "not-a-node",
                f"{one} has lost all that makes it a node of the cluster; was it installed anew?",
                node(one.name),
                evidence=(f"{one}: /var/lib/ganeti: no file ssconf_*",),
                suggestion=suggest("node-reinstall", node=one.name),
            )
