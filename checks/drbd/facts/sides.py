"""Both sides of each DRBD disk of an instance: how they stand to each other, and which holds the data worth keeping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.cluster.facts.copies import newest_config
from checks.cluster.parse.config import Config
from checks.drbd.facts.compare_sides import UNKNOWN, Compared, Relation, compare, of_verdict, swapped
from checks.drbd.facts.disks import DiskState, of_described
from checks.drbd.facts.keep_which_side import Worth, worth
from checks.drbd.facts.kernel import split_brain
from checks.drbd.facts.side import Seen, Side, calm_on, read_side
from checks.drbd.parse.kernel_log import handshake
from checks.drbd.states import CONGESTED, HANDSHAKE, LINKED, RESYNC, WITHOUT_DISK, Connection, Disk, Role
from checks.instances.facts.instances import Instance, described, find
from checks.instances.facts.running import Running, where_described
from checks.look.commands import KERNEL_FILE, KERNEL_JOURNAL, PROCESSES, SUSPENDED, VOLUMES, generations
from checks.look.nodes import UnknownNameError, host, look
from engine.english import listed
from engine.knowledge import Context, fact, remembered
from engine.several import Several

ALL = "all"


@dataclass(frozen=True, slots=True)
class DiskSides:
    """One disk.

    Attributes:
        index: of the disk in the instance.
        first: the side of the instance's primary node; second: the other one.
        state: `in sync`, also while it is verified; `syncing`; `behind`: connected, and one side is behind for as long
            as the link is too slow; `stuck` in a handshake; `diskless`: one side has no backing disk; `inactive`: one
            side or both are not configured; `apart`: not connected; `unseen`: nothing is known of one side;
            `degraded`: anything else.
        relation: equal, first newer, second newer, diverged (both have changed), unrelated or unknown.
        full: to make them equal the whole disk has to be copied, not only what changed.
        refused: when DRBD last refused to connect them because both had changed, by the kernel log; empty if it never
            did, or has connected them since.
        keep: the node whose data are worth keeping; empty where that cannot be known.
        discard: the other one, if so.
        why: what `keep` rests on, or why it cannot be known.
        evidence: line by line, each with where it came from.
        running: where the instance was looked for, line by line.
    """

    instance: str
    index: int
    first: Side
    second: Side
    state: str
    relation: Relation
    full: bool
    refused: str
    keep: str
    discard: str
    why: str
    evidence: tuple[str, ...] = field(compare=False)
    running: tuple[str, ...] = field(compare=False)

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both sides, that of the primary node first."""
        return self.first, self.second

    @property
    def name(self) -> str:
        """`disk 0 of inst1`."""
        return f"disk {self.index} of {self.instance}"

    @property
    def away(self) -> bool:
        """Whether it does not come into sync by itself: not connected, or without its device or its volume."""
        return self.state in {"apart", "inactive", "diskless", "degraded"}

    @property
    def contested(self) -> bool:
        """Whether both sides hold data that the other one does not have, so that DRBD refuses to connect them."""
        both = all(side.has_data for side in self.sides)
        return self.relation in {"diverged", "unrelated"} or (both and bool(self.refused))

    @property
    def reconnects(self) -> bool:
        """Whether connecting its sides again can do no harm: one side has all that the other one has, and serves it."""
        older = {"first newer": self.second, "second newer": self.first}.get(self.relation)
        lost = self.state in {"apart", "inactive"} and any(side.lost_disk for side in self.sides)
        known = self.relation == "equal" or (older is not None and not older.runs)
        return not self.away or (known and not lost and not self.contested)

    @property
    def verdict(self) -> str:
        """What is held for right, in a sentence."""
        if not self.keep:
            return f"which side matters cannot be known: {self.why}"
        return f"keep the side on {self.keep}: {self.why}"


class DrbdDisks(Several[DiskSides]):
    """DRBD disks of an instance."""

    __slots__ = ()

    @property
    def indexes(self) -> tuple[int, ...]:
        """Their numbers in the instance."""
        return tuple(one.index for one in self)

    @property
    def away(self) -> DrbdDisks:
        """Those that do not come into sync by themselves."""
        return DrbdDisks(one for one in self if one.away)

    @property
    def reconnect(self) -> bool:
        """Whether connecting the sides of any of them again can do no harm."""
        return all(one.reconnects for one in self)

    @property
    def out_of_sync(self) -> DrbdDisks:
        """Those whose sides do not hold the same, or are not connected."""
        return DrbdDisks(one for one in self if one.state != "in sync")


@fact("disks.sides")
@remembered
def sides(context: Context, *, instance: str, disk: str = ALL) -> DrbdDisks:
    """The DRBD disks of an instance from both their sides; empty if it has none.

    With `disk`, a number, only that one. Nothing is asked that may hang: where a handshake is stuck, DRBD's tools are
    left alone.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`; code `disk-unknown` where there is no such disk.
    """
    _copy, config = newest_config(context)
    one = described(config, find(config, instance))
    found = sides_described(context, config, one)
    if disk == ALL:
        return found
    chosen = DrbdDisks(each for each in found if str(each.index) == disk.strip())
    if not chosen:
        raise UnknownNameError(
            f"{one.name} has no DRBD disk {disk!r}.",
            hint=f"Its DRBD disks are: {listed(str(each.index) for each in found) or 'none'}; or 'all'.",
            code="disk-unknown",
        )
    return chosen


def sides_described(context: Context, config: Config, one: Instance) -> DrbdDisks:
    """The same for an instance that was found already."""
    states: dict[int, list[DiskState]] = {}
    for state in of_described(context, one):
        states.setdefault(state.index, []).append(state)
    pairs = {index: (some[0], some[1]) for index, some in states.items()}
    restless = {state.node for pair in pairs.values() if not all(side.in_sync for side in pair)
                for state in pair if state.seen}  # fmt: skip
    # The journal takes its time: all nodes at once.
    look(context, [host(context, node) for node in restless], PROCESSES, SUSPENDED, KERNEL_FILE, KERNEL_JOURNAL)
    _look_closer(
        context, [state for pair in pairs.values() if not all(side.in_sync for side in pair) for state in pair]
    )
    addresses = {node.name: node.secondary_ip or node.primary_ip for node in config.nodes.values()}
    running = where_described(context, one)
    found = []
    for index, pair in pairs.items():
        first, second = (
            read_side(
                context,
                state,
                one.disks[index],
                address=addresses[state.node],
                primary=state.node == one.primary,
                well=all(side.in_sync for side in pair),
                runs=None if state.node in running.unknown else state.node in running.on,
            )
            for state in pair
        )
        found.append(_judged(one, pair, first, second, running))
    return DrbdDisks(found)


def _look_closer(context: Context, states: Iterable[DiskState]) -> None:
    """Ask the tools of DRBD and LVM on all nodes at once, where they are known to answer."""
    calm = [state for state in states if calm_on(context, state.node)]
    there = [
        state for state in calm if state.connection is not Connection.UNCONFIGURED and state.disk not in WITHOUT_DISK
    ]
    context.reader.read_all(
        [
            *((host(context, state.node), VOLUMES) for state in calm),
            *((host(context, state.node), generations(state.minor)) for state in there),
        ]
    )


def _judged(one: Instance, pair: tuple[DiskState, DiskState], first: Seen, second: Seen, running: Running) -> DiskSides:
    compared, lines = _relation(first, second)
    worthy = worth(first.side, second.side, compared.relation) if not pair[0].in_sync else Worth("", "in sync")
    refusals = [event for each in (first, second) if (event := split_brain(each.events or ())) is not None]
    other = {first.side.node: second.side.node, second.side.node: first.side.node}
    return DiskSides(
        instance=one.name,
        index=pair[0].index,
        first=first.side,
        second=second.side,
        state=state_of(*pair),
        relation=compared.relation,
        full=compared.full,
        refused=(refusals[-1].when or "at some time") if refusals else "",
        keep=worthy.keep,
        discard=other.get(worthy.keep, ""),
        why=worthy.why,
        evidence=(*_evidence(first), *_evidence(second), *lines, *running.evidence),
        running=running.evidence,
    )


def state_of(first: DiskState, second: DiskState) -> str:
    """What two sides are to each other; see `DiskSides.state`."""
    both = (first, second)
    states = {side.connection for side in both}
    if not all(side.seen for side in both):
        return "unseen"
    named = (
        ("in sync", all(side.in_sync for side in both)),
        ("inactive", Connection.UNCONFIGURED in states),
        ("stuck", bool(states & HANDSHAKE)),
        ("diskless", any(side.disk in WITHOUT_DISK for side in both)),
        ("behind", states <= LINKED and bool(states & CONGESTED)),
        ("syncing", states <= LINKED and bool(states & RESYNC)),
        ("apart", not states <= LINKED),
    )
    return next((name for name, holds in named if holds), "degraded")


def _relation(first: Seen, second: Seen) -> tuple[Compared, tuple[str, ...]]:
    """By what DRBD itself goes by: disk states first, then identifiers, else what the kernels found last."""
    one, two = first.side, second.side
    linked = {one.connection, two.connection} <= LINKED
    if linked and one.disk == two.disk == Disk.UP_TO_DATE:
        return Compared("equal"), ()
    if (
        one.has_data != two.has_data
        and one.seen
        and two.seen
        and Connection.UNCONFIGURED not in {one.connection, two.connection}
    ):
        return Compared("first newer" if one.has_data else "second newer"), ()
    if first.generations is not None and second.generations is not None:
        found = compare(first.generations, second.generations, (one.role is Role.PRIMARY, two.role is Role.PRIMARY))
        return found, tuple(f"{each.side.node}: drbdsetup get-gi {each.side.minor}: {each.generations}"
                            for each in (first, second))  # fmt: skip
    for each in (first, second):
        last = handshake(each.events or ())
        if last is not None and not (linked and each.side.connection is Connection.CONNECTED):
            found = of_verdict(last.value, last.rule)
            if each is second:
                found = Compared(swapped(found.relation), found.full, found.rule)
            return found, (f"{each.source}: {last.when} uuid_compare()={last.value} by rule {last.rule}".strip(),)
    return UNKNOWN, ()


def _evidence(one: Seen) -> tuple[str, ...]:
    side = one.side
    return (
        side.line,
        *(f"{side.node}: dmsetup info: {name} Suspended" for name in side.suspended),
        *side.waiting[:3],
        *((f"{one.source}: {side.lost_disk} (it was Primary)",) if side.lost_disk else ()),
        *side.told,
    )
