"""Checks of a node: whether it answers, and what it is marked as."""

from __future__ import annotations

from checks.cluster.facts.masters import claims, master
from checks.cluster.facts.overview import view_of_master
from checks.cluster.facts.own_files import ssconf
from checks.cluster.facts.probes import error_of, probes
from checks.cluster.parse.ssconf import Ssconf
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.english import listed
from engine.errors import HostDeclaredDeadError
from engine.hosts.host import Host
from engine.knowledge import Context, Verdict, check

NO_PROOF = "Silence is no proof that it is off: a cut cable looks the same."


@check("nodes.is_silent")
@unknown_if_unreadable
def is_silent(context: Context, *, node: str) -> Verdict:
    """Nothing answers at any address of this node, neither to us nor to any other node."""
    target = host(context, node)
    tried = probes(context, target)
    answered = [probe for probe in tried if probe.answer == "answered"]
    elsewhere = any(probe.answer == "silent" for probe in tried[1:])
    unclear = any(probe.answer == "unclear" for probe in tried)
    # Our own ssh alone is too little: it can be our own network that is cut.
    holds = False if answered else True if elsewhere and not unclear else None
    return verdict(
        holds=holds,
        true=f"Nothing answered at {target}, from here or from the other nodes. {NO_PROOF}",
        false=f"{target} is there: {answered[0].what if answered else ''}.",
        unknown=f"Whether {target} is there is not clear from what could be tried. {NO_PROOF}",
        evidence=tuple(probe.what for probe in tried),
        hint="It must be off for certain before another node takes over: cut its power.",
    )


@check("nodes.answers")
@unknown_if_unreadable
def answers(context: Context, *, node: str) -> Verdict:
    """This node can be reached and read by ssh."""
    target = host(context, node)
    own = error_of(context, target)
    return verdict(
        holds=None if isinstance(own, HostDeclaredDeadError) else own is None,
        true=f"{target} answers.",
        false=f"{target} cannot be used: {own}",
        unknown=f"It cannot be known: {target} was declared dead, and was not tried.",
        evidence=(f"from here: ssh to {target}: {own or 'answered'}",),
    )


@check("nodes.is_candidate")
@unknown_if_unreadable
def is_candidate(context: Context, *, node: str) -> Verdict:
    """This node is a master candidate, and so has the configuration and the queue."""
    name = host(context, node).name
    where, view = _view(context)
    return verdict(
        holds=name in view.candidates,
        true=f"{name} is a master candidate.",
        false=f"{name} is no master candidate.",
        evidence=(f"{where}: ssconf_master_candidates: {', '.join(view.candidates)}",),
        hint=f"The candidates are: {listed(view.candidates)}.",
    )


@check("nodes.is_offline")
@unknown_if_unreadable
def is_offline(context: Context, *, node: str) -> Verdict:
    """This node is marked offline, so that Ganeti does not try to talk to it."""
    name = host(context, node).name
    where, view = _view(context)
    return verdict(
        holds=name in view.offline,
        true=f"{name} is marked offline.",
        false=f"{name} is not marked offline.",
        evidence=(_offline_line(where, view),),
    )


@check("nodes.is_online")
@unknown_if_unreadable
def is_online(context: Context, *, node: str) -> Verdict:
    """This node is not marked offline."""
    name = host(context, node).name
    where, view = _view(context)
    return verdict(
        holds=name in view.nodes and name not in view.offline,
        true=f"{name} is not marked offline.",
        false=f"{name} is marked offline, or is no node any more.",
        evidence=(_offline_line(where, view),),
    )


@check("nodes.rejoined")
@unknown_if_unreadable
def rejoined(context: Context, *, node: str) -> Verdict:
    """This node is part of the cluster again: online for the master, and it knows what the master knows.

    A readd that fails half-way leaves either the mark or an old copy on the node (lib/cmdlib/node.py, LUNodeAdd clears
    the mark first).
    """
    target = host(context, node)
    where, view = _view(context)
    own, claim = ssconf(context, target), claims(context).of(target.name)
    wrong = [
        text
        for bad, text in (
            (target.name in view.offline or target.name not in view.nodes, f"{where} has it marked offline"),
            (own.master != view.master, f"it takes {own.master} for the master"),
            (own.offline != view.offline, "its list of offline nodes is another one"),
            (not claim.runs_noded, "ganeti-noded does not run there"),
        )
        if bad
    ]
    return verdict(
        holds=not wrong,
        true=f"{target} is an online node and knows what the master knows.",
        false=f"{target} has not rejoined the cluster: {'; '.join(wrong)}.",
        evidence=(
            _offline_line(where, view),
            f"{target}: ssconf_master_node: {own.master}",
            _offline_line(target, own),
            f"{target}: ganeti-noded {'runs' if claim.runs_noded else 'does not run'}",
        ),
        hint="Look at the output of the readd; when its cause is put right it can be done again.",
    )


def _view(context: Context) -> tuple[Host, Ssconf]:
    return view_of_master(context, master(context).name)


def _offline_line(where: Host, view: Ssconf) -> str:
    return f"{where}: ssconf_offline_nodes: {', '.join(view.offline) or 'none'}"
