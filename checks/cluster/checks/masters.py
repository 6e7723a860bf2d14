"""Checks of who is the master."""

from __future__ import annotations

from checks.cluster.facts.masters import Claim, claims
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from engine.english import join_and, listed
from engine.knowledge import Context, Verdict, check


@check("masters.agree")
@unknown_if_unreadable
def agree(context: Context) -> Verdict:
    """Every node that answers names the same master; one without its files, newly installed, names none."""
    found = claims(context)
    beliefs = sorted({claim.believes for claim in found.claims if claim.believes is not None})
    return verdict(
        holds=found.agreed is not None if beliefs else None,
        true=f"All nodes that answer and name a master name {found.agreed}.",
        false=f"The nodes do not agree on the master: {listed(beliefs)}.",
        unknown="No node answers and names a master.",
        evidence=_evidence(found.claims),
        hint="`gnt-cluster redist-conf` on the acting master tells the others.",
    )


@check("masters.is_master")
@unknown_if_unreadable
def is_master(context: Context, *, node: str) -> Verdict:
    """Every node that answers, and this one itself, takes this node for the master."""
    where = host(context, node).name
    found = claims(context)
    own = found.of(where)
    against = [claim.node for claim in found.claims if claim.believes not in {None, where}]
    return verdict(
        holds=False if against else True if own.believes is not None else None,
        true=f"{where} is the master, by the word of all nodes that answer.",
        false=f"{where} is not the master by the word of {listed(against)}.",
        unknown=f"What {where} takes itself for is not known.",
        evidence=_evidence(found.claims),
    )


@check("masters.has_master_address")
@unknown_if_unreadable
def has_master_address(context: Context, *, node: str) -> Verdict:
    """The cluster's master address is on an interface of this node, and on that of no other node that answers."""
    where = host(context, node).name
    found = claims(context)
    own = found.of(where)
    others = [claim.node for claim in found.claims if claim.node != where and claim.has_master_ip]
    return verdict(
        holds=None if not own.answers else own.has_master_ip and not others,
        true=f"{where} has the master address.",
        false=f"{join_and(others)} {'have' if len(others) > 1 else 'has'} the master address."
        if others
        else f"{where} does not have the master address.",
        unknown=f"{where} does not answer.",
        evidence=_evidence(found.claims),
        hint="`gnt-cluster activate-master-ip` on the master brings it up.",
    )


def _evidence(found: tuple[Claim, ...]) -> tuple[str, ...]:
    return tuple(
        f"{claim.node}: names {claim.believes or 'nobody'} as master; {_there(claim)}"
        if claim.answers
        else f"{claim.node}: does not answer"
        for claim in found
    )


def _there(claim: Claim) -> str:
    signs = {
        "luxid runs": claim.runs_luxid,
        "wconfd runs": claim.runs_wconfd,
        "has the master's address": claim.has_master_ip,
    }
    return ", ".join(sign for sign, there in signs.items() if there) or "no sign of a master"


@check("masters.is_no_master")
@unknown_if_unreadable
def is_no_master(context: Context, *, node: str) -> Verdict:
    """This node takes another one for the master."""
    where = host(context, node).name
    own = claims(context).of(where)
    return verdict(
        holds=None if own.believes is None else own.believes != where,
        true=f"{where} takes {own.believes} for the master.",
        false=f"{where} is the master.",
        unknown=f"What {where} takes itself for is not known.",
        evidence=(f"{where}: ssconf_master_node: {own.believes}",),
    )
