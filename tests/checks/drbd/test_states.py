"""Every pair of states of DRBD 8.4, through all that is concluded from it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest

from checks.drbd.facts.compare_sides import Relation
from checks.drbd.facts.disks import DiskState
from checks.drbd.facts.side import Side
from checks.drbd.facts.sides import DiskSides, state_of
from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.drbd.rules.disk_findings import Ailment, ailment
from checks.drbd.rules.disk_pairs import Pair
from checks.drbd.states import (
    APART,
    CONGESTED,
    HANDSHAKE,
    LINKED,
    MEETING,
    MIRRORS,
    NOT_KNOWN,
    REAL,
    RESYNC,
    SEEKING,
    SOURCE,
    SYNCING,
    TARGET,
    VERIFY,
    WITHOUT_DISK,
    Connection,
    Disk,
    Role,
)
from checks.instances.facts.instances import Instance
from engine.hosts.host import Host, Result
from tests.checks.diagnosis.clinic import ONE, TWO, Patient, patient
from tests.support.links import Between

VERSION = "version: 8.4.11 (api:1/proto:86-101)\n"
OWN = sorted(REAL | {Connection.UNCONFIGURED})
DISKS = tuple(disk for disk in Disk if disk is not Disk.UNKNOWN)
ROLES = (Role.PRIMARY, Role.SECONDARY)
INSTANCE = Instance("inst1", ONE, (TWO,), configured_up=True, disks_active=True, disks=())

PARTNER = {
    Connection.SYNC_SOURCE: Connection.SYNC_TARGET,
    Connection.PAUSED_SYNC_S: Connection.PAUSED_SYNC_T,
    Connection.VERIFY_S: Connection.VERIFY_T,
    Connection.AHEAD: Connection.BEHIND,
    Connection.WF_BITMAP_S: Connection.WF_BITMAP_T,
    Connection.STARTING_SYNC_S: Connection.STARTING_SYNC_T,
    Connection.WF_SYNC_UUID: Connection.SYNC_SOURCE,
}
"""What the other side is in where this one is so; in all others both are in the same."""


def test_each_state_of_a_connection_is_in_exactly_one_of_the_sets() -> None:
    parts = (APART, HANDSHAKE, LINKED, NOT_KNOWN, {Connection.UNCONFIGURED})
    assert sorted(state for part in parts for state in part) == sorted(Connection)
    linked = ({Connection.CONNECTED}, VERIFY, RESYNC, CONGESTED)
    assert sorted(state for part in linked for state in part) == sorted(LINKED)
    assert {Connection.CONNECTED} | VERIFY == MIRRORS
    assert (LINKED | HANDSHAKE) - {Connection.WF_REPORT_PARAMS} == MEETING
    assert SEEKING | {Connection.STANDALONE} == APART
    assert SOURCE | TARGET | {Connection.WF_REPORT_PARAMS} == SYNCING
    # As the kernel counts them: connected is from Connected on.
    order = list(Connection)
    assert sorted(order[order.index(Connection.CONNECTED) :]) == sorted(MEETING)


def sides(own: Connection, peer: Connection) -> Iterator[tuple[DiskState, DiskState]]:
    for roles, disks in product(product(ROLES, ROLES), product(DISKS, DISKS)):
        yield state(ONE, own, roles[0], *disks), state(TWO, peer, roles[1], *reversed(disks))


def state(node: str, connection: Connection, role: Role, disk: Disk, other: Disk) -> DiskState:
    if connection is Connection.UNCONFIGURED:
        return DiskState(0, 0, node, Role.UNKNOWN, connection, Disk.UNKNOWN, Disk.UNKNOWN, "")
    return DiskState(0, 0, node, role, connection, disk, other if connection in MEETING else Disk.UNKNOWN, "")


def side(one: DiskState) -> Side:
    return Side(
        node=one.node,
        minor=0,
        primary=one.node == ONE,
        runs=None,
        role=one.role,
        connection=one.connection,
        disk=one.disk,
        line="",
        changed=None,
        generations="",
        volume="",
        metadata="",
        size=None,
        free=None,
        address="",
        suspended=(),
        waiting=(),
        lost_disk="",
        told=(),
    )


def compared(both: tuple[DiskState, DiskState], relation: Relation) -> DiskSides:
    first, second = (side(one) for one in both)
    return DiskSides(
        "inst1",
        0,
        first,
        second,
        state_of(*both),
        relation,
        full=False,
        refused="",
        keep="",
        discard="",
        why="?",
        evidence=(),
        running=(),
    )


def suggested(what: Ailment) -> str:
    return what.suggestion.runbook if what.suggestion is not None else ""


@pytest.mark.parametrize("own", OWN)
def test_every_pair_of_states_has_words_that_fit_it(own: Connection) -> None:
    for peer in OWN[OWN.index(own) :]:
        relations: tuple[Relation, ...] = ("unknown", "diverged") if {own, peer} & APART else ("unknown",)
        for both, relation in product(sides(own, peer), relations):
            seen = compared(both, relation)
            what = ailment(Pair(INSTANCE, *both), seen, cut=False)
            assert what.code.startswith("disk-")
            assert what.title.strip()
            assert what.next.strip()
            holds_together(both, seen, what)


def holds_together(both: tuple[DiskState, DiskState], seen: DiskSides, what: Ailment) -> None:
    states = {one.connection for one in both}
    assert all(one.linked is (one.connection in LINKED) for one in both)
    well = states <= MIRRORS and all(one.disk is Disk.UP_TO_DATE for one in both)
    assert (seen.state == "in sync") is well
    assert all(one.in_sync for one in both) is well
    if states <= LINKED:
        assert seen.state in {"in sync", "syncing", "behind", "diskless", "degraded"}
        assert "not connected" not in what.title
        assert "disconnected" not in what.title
        without = any(one.disk in WITHOUT_DISK for one in both)
        assert suggested(what) in ({"", "split-brain-replace"} if without else {""})
    else:
        assert seen.state in {"apart", "stuck", "inactive", "diskless"}
    assert seen.state != "apart" or states & APART
    assert suggested(what) != "split-brain-stuck" or states & HANDSHAKE
    assert what.code != "disk-behind" or (states & CONGESTED and states <= LINKED)
    assert what.code not in {"disk-syncing", "disk-sync-stalled"} or states & RESYNC


@pytest.mark.parametrize("connection", sorted(REAL))
def test_the_diagnosis_says_of_each_state_what_it_is(connection: Connection) -> None:
    """Through the whole of it: /proc/drbd of both nodes, the facts and all rules."""
    found = sick(connection).diagnosed()
    codes = [one.code for one in found.findings]
    if connection in MIRRORS:
        assert (codes, found.unknown) == ([], ())
        return
    (disk,) = [one for one in found.findings if one.code.startswith("disk-")]
    runbooks = {one.runbook for one in found.suggestions}
    if connection in RESYNC | CONGESTED:
        assert runbooks == set()
        assert disk.code == ("disk-behind" if connection in CONGESTED else "disk-sync-stalled")
    elif connection in HANDSHAKE:
        assert (disk.code, runbooks) == ("disk-stuck", {"split-brain-stuck"})
    else:
        assert connection in APART
        assert disk.code == ("disk-standalone" if connection is Connection.STANDALONE else "disk-waits")
        assert runbooks == {"split-brain-cleanup"}


def sick(connection: Connection) -> Patient:
    known = {"seen_role": "Unknown", "seen_disk": "DUnknown"} if connection in APART else {}
    one, two = patient("healthy"), PARTNER.get(connection, connection)
    return one.disk(ONE, 0, state=connection, **known).disk(TWO, 0, state=two, **known)


@pytest.mark.parametrize(
    "line",
    [
        " 0: cs:Off ro:Primary/Secondary ds:UpToDate/UpToDate C r-----",
        " 0: cs:Connected ro:Primary/Tertiary ds:UpToDate/UpToDate C r-----",
        " 0: cs:Connected ro:Primary/Secondary ds:Detaching/UpToDate C r-----",
        " 0: cs:unknown ro:Primary/Secondary ds:UpToDate/UpToDate C r-----",
        " 0: cs:strange ro:Primary/Secondary ds:UpToDate/UpToDate C r-----",
    ],
)
def test_a_state_that_drbd_does_not_have_is_neither_well_nor_ill(line: str) -> None:
    known = parse_proc_drbd(f"{VERSION}{line}\n    ns:0 nr:0 oos:4\n 1: cs:Unconfigured\n")
    assert known.strange == {0: line.strip()}
    assert list(known.devices) == [1], "the others are known as before"

    def told(host: Host, argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        seen = ask()
        if (host.name, argv) != (ONE, ("cat", "/proc/drbd")):
            return seen
        return replace(seen, stdout=re.sub(r"^ 0: .*", line, seen.stdout, flags=re.MULTILINE))

    found = patient("healthy").diagnosed(lambda links: Between(links, told))
    assert [one.code for one in found.findings if one.code.startswith("disk")] == []
    (unknown,) = [one for one in found.unknown if one.question == "how disk 0 of inst1.lab.example is"]
    assert "tells a state that DRBD 8.4 does not have" in unknown.why
