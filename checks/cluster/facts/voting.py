"""The lines of /etc/default/ganeti that make a node start as master without asking the others."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.daemons import CONFIRMED, NO_VOTING
from checks.cluster.parse.defaults import Defaults, parse_defaults
from checks.look.commands import cat
from checks.look.nodes import answer, content, host, hosts, look
from checks.paths import DEFAULTS
from engine.knowledge import Context, fact, remembered


@dataclass(frozen=True, slots=True)
class VotingFlags:
    """Whether the master daemons will be started without a vote.

    Attributes:
        wconfd: WCONFD_ARGS holds both --no-voting and --yes-do-it, without which the first is refused.
        luxid: the same for LUXID_ARGS.
        any: at least one of the two words is in at least one of the two lines.
        both: both daemons have both words.
        wconfd_args: the words that are there now, for a line that keeps the others.
        luxid_args: the same for luxid.
    """

    node: str
    wconfd: bool
    luxid: bool
    any: bool
    both: bool
    wconfd_args: str
    luxid_args: str


@fact("voting.flags")
@remembered
def flags(context: Context, *, node: str) -> VotingFlags:
    """The flags against voting in a node's /etc/default/ganeti; a missing file sets none.

    Raises:
        HostError: the node does not answer.
        FactError: the file cannot be read, or does more than to set words.
    """
    where = host(context, node)
    text = content(context, where, DEFAULTS)
    defaults = Defaults({}) if text is None else context.remember(parse_defaults, text)
    wconfd, luxid = defaults.words("WCONFD_ARGS"), defaults.words("LUXID_ARGS")
    needed = {NO_VOTING, CONFIRMED}
    return VotingFlags(
        node=where.name,
        wconfd=needed <= set(wconfd),
        luxid=needed <= set(luxid),
        any=bool(needed & {*wconfd, *luxid}),
        both=needed <= set(wconfd) and needed <= set(luxid),
        wconfd_args=" ".join(wconfd),
        luxid_args=" ".join(luxid),
    )


@fact("voting.holders")
@remembered
def holders(context: Context) -> tuple[str, ...]:
    """The nodes that answer and have any of the flags in /etc/default/ganeti; such a node may start without a vote.

    Raises:
        FactError: a node's file does more than to set words.
    """
    look(context, hosts(context), cat(DEFAULTS))
    return tuple(
        one.name
        for one in hosts(context)
        if answer(context, one, cat(DEFAULTS)) is not None and flags(context, node=one.name).any
    )
