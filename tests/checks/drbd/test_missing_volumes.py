"""Volumes that a node has lost: what is made there, and what is never touched."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.drbd.checks import missing_volumes
from checks.drbd.facts.find_missing import lost
from checks.drbd.facts.missing_volumes import MADE, READY, Lost
from checks.look.commands import EXTENTS, TAGGED, metadata
from checks.look.nodes import UnknownNameError
from engine.errors import FactError
from engine.knowledge import Context
from tests.checks.imitation import ONE, THREE, TWO, Imitation

MIB = 1 << 20
EXTENT = 4 * MIB
DATA, META = f"{64 * MIB}", f"{128 * MIB}"
WHOLE = {
    "vg0/b7a2c794.disk0_data": (DATA, "originstname+inst1.lab.example"),
    "vg0/b7a2c794.disk0_meta": (META, "originstname+inst1.lab.example"),
    "vg0/474ccc51.disk0_data": (DATA, "originstname+inst2.lab.example"),
    "vg0/474ccc51.disk0_meta": (META, ""),
    "vg0/aa.disk0": ("10", ""),
    "host/root": ("99", ""),
}
INST1 = tuple(name for name in WHOLE if "b7a2c794" in name)
ALONE = " {minor}: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n"


class Wiped(Imitation):
    """The second node has lost all its volumes, and its DRBD has no device."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.have(ONE, WHOLE)
        self.have(TWO, {"host/root": ("99", "")})
        self.have(THREE, {})
        self.room(TWO, 1000)
        self.drbd(ONE, ALONE.format(minor=0) + ALONE.format(minor=1))
        self.drbd(TWO, "")

    def have(self, node: str, some: Mapping[str, tuple[str, str]]) -> None:
        lines = [f"  {name.replace('/', ':')}:{size}:{tags}\n" for name, (size, tags) in some.items()]
        self.replies[node, TAGGED.argv] = (0, "".join(lines))

    def room(self, node: str, extents: int) -> None:
        self.replies[node, EXTENTS.argv] = (0, f"  vg0:{EXTENT}:{extents * EXTENT + EXTENT - 1}\n")

    def drbd(self, node: str, lines: str) -> None:
        self.files[node]["/proc/drbd"] = f"version: 8.4.11 (api:1/proto:86-101)\n{lines}"

    def made(self, *names: str, mark: str = MADE, size: str | None = None) -> None:
        """A run made these volumes on the second node."""
        self.have(TWO, {name: (size or WHOLE[name][0], f"{mark}.r1,x") for name in names})

    def metadata(self, line: str) -> None:
        for minor, name in ((5, "b7a2c794"), (6, "474ccc51")):
            where = metadata(minor, f"/dev/vg0/{name}.disk0_meta")
            self.replies[TWO, where.argv] = (0 if line else 1, line)


@pytest.fixture
def wiped() -> Wiped:
    return Wiped()


def found(world: Wiped, **arguments: str) -> Lost:
    return lost(world.context(), **{"node": TWO, **arguments})


NEW = "0000000000000004:0000000000000000:0000000000000000:0000000000000000:0:0:0:0:0:0:0\n"
USED = "7AA6AB4765340196:0000000000000000:FE4360F32D347786:FE4260F32D347787:1:1:0:1:0:0:0\n"


def test_what_is_lost_has_the_sizes_of_the_survivors_to_the_byte(wiped: Wiped) -> None:
    odd = 64 * MIB + EXTENT
    wiped.have(ONE, {**WHOLE, INST1[0]: (f"{odd}", "")})
    seen = found(wiped)
    assert [(str(one), one.peer, one.minor, one.peer_minor, one.primary) for one in seen.disks] == [
        ("disk 0 of inst1.lab.example", ONE, 5, 0, False),
        ("disk 0 of inst2.lab.example", ONE, 6, 1, True),
    ]
    assert [one.size for one in seen.volumes] == [odd, 128 * MIB, 64 * MIB, 128 * MIB]
    assert [one.volume for one in seen.makeable] == list(INST1)
    assert [(one.name, one.primary, one.indexes) for one in seen.instances] == [
        ("inst1.lab.example", False, "0"),
        ("inst2.lab.example", True, "0"),
    ]


def test_the_plan_is_a_table_with_a_line_for_each_volume(wiped: Wiped) -> None:
    heading, first, *rest = found(wiped, instances="inst1").table
    assert heading.split("  ", 1)[0] == "INSTANCE"
    assert first.split() == [
        "inst1.lab.example", "0", INST1[0], DATA, "64.0", "MiB", "5", ONE, "missing",
    ]  # fmt: skip
    assert len(rest) == 1
    assert len({line.index("missing") for line in (first, *rest)}) == 1


def test_only_what_ganeti_wants_there_counts(wiped: Wiped) -> None:
    names = {one.volume for one in found(wiped).volumes}
    assert names == set(WHOLE) - {"vg0/aa.disk0", "host/root"}


def test_a_node_that_lacks_nothing_was_named_by_mistake(wiped: Wiped) -> None:
    verdict = missing_volumes.are_lost(wiped.context(), node=ONE)
    assert verdict.holds is False
    assert f"{TWO} lacks 4 volumes" in verdict.hint
    assert verdict.opposite().hint == ""
    lost = missing_volumes.are_lost(wiped.context(), node=TWO)
    assert (lost.holds, lost.hint) == (True, "")
    assert "it makes only what is missing" in lost.opposite().hint
    assert all(line.startswith("lvs: no vg0/") for line in lost.evidence)


def test_an_instance_that_is_not_there_is_no_instance_to_repair(wiped: Wiped) -> None:
    with pytest.raises(UnknownNameError) as caught:
        found(wiped, instances="plain1")
    assert caught.value.code == "not-there"
    with pytest.raises(UnknownNameError):
        found(wiped, instances="nobody")


def test_lvm_that_does_not_answer_is_no_node_without_volumes(wiped: Wiped) -> None:
    wiped.replies[TWO, TAGGED.argv] = (5, "")
    with pytest.raises(FactError):
        found(wiped)
    assert missing_volumes.are_lost(wiped.context(), node=TWO).holds is None
    assert missing_volumes.are_lost(wiped.context(), node=TWO).opposite().holds is None


def test_a_volume_nobody_of_us_made_is_in_the_way(wiped: Wiped) -> None:
    wiped.have(TWO, {INST1[0]: WHOLE[INST1[0]]})
    verdict = missing_volumes.not_taken(wiped.context(), node=TWO)
    assert verdict.holds is False
    assert INST1[0] in verdict.summary
    # With both of them there nothing is lost, unless the instance was asked for by name.
    wiped.have(TWO, {name: WHOLE[name] for name in INST1})
    assert [one.instance for one in found(wiped).disks] == ["inst2.lab.example"]
    assert missing_volumes.not_taken(wiped.context(), node=TWO).holds is True
    assert missing_volumes.not_taken(wiped.context(), node=TWO, instances="inst1").holds is False


@pytest.mark.parametrize(("size", "holds"), [(64 * MIB - EXTENT, False), (64 * MIB - 1, False), (64 * MIB, True)])
def test_one_byte_too_small_is_too_small(wiped: Wiped, size: int, *, holds: bool) -> None:
    wiped.made(INST1[0], size=str(size))
    assert missing_volumes.large_enough(wiped.context(), node=TWO).holds is holds
    made = missing_volumes.is_made(wiped.context(), node=TWO, instance="inst1.lab.example", disk=0, what="data")
    assert made.holds is holds


@pytest.mark.parametrize(
    ("device", "holds"),
    [
        ("", True),
        (" 5: cs:Unconfigured\n", True),
        (" 5: cs:Connected ro:Secondary/Primary ds:Diskless/UpToDate C r-----\n", True),
        (" 5: cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate C r-----\n", False),
        (" 5: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n", False),
        (" 5: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n", False),
    ],
)
def test_a_minor_in_use_by_something_else(wiped: Wiped, device: str, *, holds: bool) -> None:
    wiped.drbd(TWO, device)
    assert missing_volumes.minors_are_free(wiped.context(), node=TWO).holds is holds


def test_on_its_primary_node_an_empty_device_is_primary(wiped: Wiped) -> None:
    wiped.drbd(TWO, " 6: cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate C r-----\n")
    assert missing_volumes.minors_are_free(wiped.context(), node=TWO).holds is True


@pytest.mark.parametrize("disk", ["Inconsistent", "Outdated", "Diskless", "Failed", "Consistent"])
def test_a_copy_that_is_not_up_to_date_fills_nothing(wiped: Wiped, disk: str) -> None:
    wiped.drbd(ONE, ALONE.format(minor=1) + ALONE.format(minor=0).replace("UpToDate", disk))
    verdict = missing_volumes.survivors_are_good(wiped.context(), node=TWO, active=False)
    assert verdict.holds is False
    assert disk in verdict.summary


def test_a_copy_that_is_not_active_is_no_good_copy_yet(wiped: Wiped) -> None:
    assert missing_volumes.survivors_are_good(wiped.context(), node=TWO).holds is True
    wiped.drbd(ONE, ALONE.format(minor=1))
    assert missing_volumes.survivors_are_good(wiped.context(), node=TWO).holds is False
    assert missing_volumes.survivors_are_good(wiped.context(), node=TWO, active=False).holds is True


def test_where_both_sides_are_lost_nothing_can_be_filled(wiped: Wiped) -> None:
    wiped.have(ONE, {})
    assert missing_volumes.survivors_are_good(wiped.context(), node=TWO).holds is not True
    assert missing_volumes.fit(wiped.context(), node=TWO).holds is None


def test_room_is_counted_in_whole_extents(wiped: Wiped) -> None:
    needed = 2 * (16 + 32)
    wiped.room(TWO, needed)
    assert missing_volumes.fit(wiped.context(), node=TWO).holds is True
    wiped.room(TWO, needed - 1)
    verdict = missing_volumes.fit(wiped.context(), node=TWO)
    assert (verdict.holds, "1 extent (4.0 MiB) too small" in verdict.summary) == (False, True)
    wiped.replies[TWO, EXTENTS.argv] = (0, "  other:4194304:99999999999\n")
    verdict = missing_volumes.fit(wiped.context(), node=TWO)
    assert (verdict.holds, "no volume group vg0" in verdict.summary) == (False, True)


@pytest.mark.parametrize(("line", "written"), [(NEW, True), (USED, False), ("", False), ("rubbish\n", False)])
def test_metadata_are_looked_at_where_a_run_made_the_volume(wiped: Wiped, line: str, *, written: bool) -> None:
    wiped.made(*INST1)
    wiped.metadata(line)
    disk = found(wiped, instances="inst1").disks[0]
    assert (disk.made, disk.ready, disk.written) == (True, False, written)
    assert missing_volumes.has_new_metadata(wiped.context(), node=TWO, instance="inst1", disk=0).holds is written


def test_a_disk_that_is_ready_is_not_made_again(wiped: Wiped) -> None:
    wiped.made(*INST1, mark=READY)
    seen = found(wiped, instances="inst1")
    assert (seen.unmade, seen.made, seen.makeable, seen.missing) == ((), (), (), ())
    assert (seen.unmade_instances, seen.is_made(seen.disks[0].minor)) == ((), False)
    assert [one.waiting for one in seen.instances] == [True]
    wiped.drbd(TWO, " 5: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n")
    seen = found(wiped, instances="inst1")
    assert ([one.waiting for one in seen.instances], seen.synced) == ([False], ())
    wiped.drbd(TWO, " 5: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n")
    assert len(found(wiped, instances="inst1").synced) == 1


def test_a_device_that_came_up_meanwhile_keeps_its_metadata(wiped: Wiped) -> None:
    wiped.made(*INST1)
    wiped.metadata(NEW)
    wiped.drbd(TWO, " 5: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n")
    disk = found(wiped, instances="inst1").disks[0]
    assert (disk.active, disk.occupied, disk.written) == (True, True, False)
    lost = found(wiped, instances="inst1")
    assert [lost.is_active(disk.minor), lost.is_active(99)] == [True, False]
    assert [lost.is_made(disk.minor), lost.is_made(99)] == [True, False]
    (instance,) = lost.instances
    assert (lost.among((instance.name,)), lost.among(("inst9",))) == ((instance,), ())
    assert lost.unmade_instances == (instance.name,)


@settings(deadline=None)
@given(names=st.sets(st.sampled_from(sorted(WHOLE))), marks=st.sampled_from(["", f"{MADE}.a", f"{READY}.a", "y"]))
def test_nothing_is_ever_made_over_a_volume_that_is_there(names: set[str], marks: str) -> None:
    world = Wiped()
    world.have(TWO, {name: (WHOLE[name][0], marks) for name in names})
    world.metadata(USED)
    context: Context = world.context()
    seen = lost(context, node=TWO)
    assert {one.volume for one in seen.missing}.isdisjoint(names)
    # Only volumes with the mark of an unfinished run may have metadata made on them.
    assert all(volume.tag.startswith(MADE) for one in seen.made for volume in one.volumes)
    asked = {argv[0] for _node, argv in world.asked}
    assert asked <= {"cat", "lvs", "drbdmeta", "grep", "ps", "ip"}
