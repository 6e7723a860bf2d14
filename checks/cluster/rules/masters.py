"""Who is the master: gone, without its daemons, one too many, or not the same for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checks.cluster.checks.copies import not_older
from checks.cluster.checks.daemons import START, master_runs
from checks.cluster.checks.masters import agree
from checks.cluster.checks.voting import flags_set
from checks.cluster.facts.copies import serials
from checks.cluster.facts.daemons import running_processes
from checks.cluster.facts.masters import Claims, claims
from checks.cluster.facts.overview import first_view
from checks.cluster.facts.own_files import ssconf
from checks.cluster.facts.present import answering, silent
from checks.cluster.facts.reachability import heard, reached
from checks.look.nodes import host, hosts
from checks.look.rule import finding, key, node, rule, suggest
from engine.english import join_and
from engine.errors import FactError, HostError
from engine.findings import Finding, Suggestion, Unknown
from engine.knowledge import Context


@rule("whether the master is gone")
def gone(context: Context) -> Iterator[Finding | Unknown]:
    """The node that is named as master does not answer, and no other node acts as one."""
    found = claims(context)
    name = named(found)
    if name is None:
        yield Unknown("which node is the master", "no node that answers names one")
        return
    if any(claim.acts for claim in found.claims) or name not in silent(context):
        return
    tried = heard(context, host(context, name))
    alive = any(one.answered for one in tried)
    best = best_candidate(context, name)
    yield finding(
        "master-gone",
        f"The master {name} {'is cut off, but it is not off' if alive else 'does not answer'}; no node acts as master.",
        node(name),
        evidence=(
            *agree(context).evidence,
            *(not_older(context, node=best).evidence if best else ()),
            *(one.line for one in tried),
        ),
        suggestion=_failover(found, name, best, f"{name} has to be off for certain before that: cut its power."),
        next=f"If {name} can be brought back soon with its disks, do that instead."
        if best
        else "No master candidate that answers has a configuration: repair one of them, or the master.",
    )


@rule("whether the other nodes reach the master")
def cut_off(context: Context) -> Iterator[Finding | Unknown]:
    """The master works, and other nodes do not reach it over the cluster's network."""
    found = claims(context)
    name = found.acting
    origins = tuple(one for one in answering(context) if one.name != name)
    if name is None or not origins:
        return
    _seen_from, view = first_view(context)
    if name not in view.primary_ips:
        yield Unknown(f"whether the other nodes reach {name}", "ssconf_node_primary_ips does not name it")
        return
    tried = reached(context, origins, view.primary_ips[name])
    without = [one for one in tried if one.answered is False]
    for one in tried:
        if one.answered is None:
            yield Unknown(f"whether {one.origin} reaches the master", one.line)
    if not without:
        return
    alone = len(without) == len(origins)
    note = (
        f"Only if the network cannot be mended, and after the power of {name} was cut: while it works, the runbook"
        " refuses."
    )
    yield finding(
        "master-cut-off",
        f"The master {name} works, but {'no other node' if alone else 'not every node'} reaches it.",
        node(name),
        evidence=tuple(one.line for one in without),
        suggestion=_failover(found, name, best_candidate(context, name), note) if alone else None,
        next=f"Mend the network between {name} and {join_and([one.origin for one in without])}."
        " Until then both sides may change disks on their own.",
    )


@rule("whether the master's daemons run")
def daemons(context: Context) -> Iterator[Finding | Unknown]:
    """The master answers, and its daemons do not run."""
    found = claims(context)
    name = found.agreed
    if name is None or any(claim.acts for claim in found.claims) or not found.of(name).answers:
        return
    votes = sum(claim.believes == name for claim in found.claims)
    possible = 2 * votes > len(found.claims)
    starting = _starting(context, name)
    advice = (
        "See /var/log/ganeti/wconf-daemon.log and luxi-daemon.log there, then: systemctl restart ganeti"
        if possible
        else f"Only {votes} of {len(found.claims)} nodes would vote for it. Bring the others back; or, if they are off"
        " for certain, let it start without a vote (gnt-runbook show master-failover, step set-voting-flags)."
    )
    yield finding(
        "master-daemons",
        f"The master {name} answers, but {'Ganeti is still starting there' if starting else 'does not act as one'}.",
        node(name),
        evidence=(*master_runs(context, node=name).evidence, *flags_set(context, node=name).evidence, *starting),
        next="Wait for some minutes: a start that asks for votes takes up to four." if starting else advice,
    )


@rule("whether two nodes act as master")
def two(context: Context) -> Iterator[Finding | Unknown]:
    """More than one node acts as master."""
    found = claims(context)
    signs = [claim.node for claim in found.claims if claim.runs_luxid or claim.runs_wconfd or claim.has_master_ip]
    if len(signs) < 2:  # noqa: PLR2004 - two are one too many
        return
    for name in [one for one in signs if one != found.acting and _starting(context, one)]:
        yield Unknown(f"whether {name} is going to act as master", "Ganeti is still starting there: look again later")
        signs.remove(name)
    if len(signs) > 1:
        yield finding(
            "two-masters",
            f"{join_and(signs)} act as master at the same time.",
            *(node(name) for name in signs),
            evidence=agree(context).evidence,
            next="At once, on the one that should not be: systemctl stop ganeti. Change nothing until then: what one"
            " of them writes, the other one does not know.",
        )


@rule("whether the nodes agree on the master")
def disagree(context: Context) -> Iterator[Finding | Unknown]:
    """The nodes do not name the same master, or not the one that acts."""
    found = claims(context)
    beliefs = sorted({claim.believes for claim in found.claims if claim.believes is not None})
    if found.acting is None:
        if len(beliefs) > 1:
            yield finding(
                "master-unclear",
                f"The nodes name different masters ({join_and(beliefs)}), and none of them acts alone as one.",
                *(node(name) for name in beliefs),
                evidence=agree(context).evidence,
                next="Find out which of them was the master last: the one with the newest configuration.",
                explained_by=tuple(one for name in beliefs for one in (key("master-gone", node(name)),)),
            )
        return
    for claim in found.claims:
        if claim.believes in {None, found.acting}:
            continue
        itself = claim.believes == claim.node
        yield finding(
            "master-disagrees",
            f"{claim.node} takes {'itself' if itself else claim.believes} for the master; {found.acting} acts as one.",
            node(claim.node),
            evidence=agree(context).evidence,
            suggestion=suggest("master-failover-return", old_master=claim.node) if itself else None,
            next="" if itself else f"On {found.acting}: gnt-cluster redist-conf tells it.",
        )


def named(found: Claims) -> str | None:
    """The node that is the master by the word of most nodes that answer."""
    votes = Counter(claim.believes for claim in found.claims if claim.believes is not None)
    return votes.most_common(1)[0][0] if votes else None


def best_candidate(context: Context, lost: str) -> str | None:
    """The master candidate that answers and has the newest configuration; online ones go first."""
    offline: set[str] = set()
    for one in hosts(context):
        try:
            offline.update(ssconf(context, one).offline)
        except (FactError, HostError):
            continue
    able = [
        (entry.node not in offline, entry.serial, entry.node)
        for entry in serials(context).entries
        if entry.candidate and entry.serial is not None and entry.node != lost
    ]
    best = max(able, key=lambda one: one[:2], default=None)
    return best[2] if best else None


def _failover(found: Claims, lost: str, best: str | None, note: str) -> Suggestion | None:
    if best is None:
        return None
    there = sum(claim.answers and claim.node != lost for claim in found.claims)
    if 2 * there > len(found.claims):
        note += (
            f" {there} of {len(found.claims)} nodes answer, so that a vote can be won: gnt-cluster master-failover on"
            f" {best} is enough, and the runbook refuses (vote-possible)."
        )
    return suggest("master-failover", note, new_master=best)


def _starting(context: Context, name: str) -> tuple[str, ...]:
    return tuple(
        f"{name}: process {one.pid}: {one.command}"
        for one in running_processes(context, node=name)
        if START.search(one.command)
    )
