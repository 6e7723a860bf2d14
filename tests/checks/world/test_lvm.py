"""LVM of a simulated node, in the words of a real one."""

import pytest

from checks.look.commands import SUSPENDED, VOLUMES
from checks.lvm.parse.mapper import mapper_name, parse_mapper
from checks.lvm.parse.volumes import parse_volumes
from checks.world.node.lvm import MIB, Storage, VolumeError
from tests.checks.world.conftest import Play

DATA = "b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_data"
NEW = "lvcreate -L 67108864b -n new vg0"
LVS = """\
  LSize   LV                                              VG\x20
   32.00m 059b6111-83e5-4484-ba90-583f08b4f866.disk1_data vg0
  128.00m 059b6111-83e5-4484-ba90-583f08b4f866.disk1_meta vg0
   64.00m 474ccc51-643f-4063-9604-b07d13ca3e6d.disk0_data vg0
  128.00m 474ccc51-643f-4063-9604-b07d13ca3e6d.disk0_meta vg0
  256.00m 845954fa-09db-4784-8708-cfe36a1b3f4b.disk0_data vg0
  128.00m 845954fa-09db-4784-8708-cfe36a1b3f4b.disk0_meta vg0
   64.00m 89f46163-005b-4dff-9865-dd9b688497d9.disk0_data vg0
  128.00m 89f46163-005b-4dff-9865-dd9b688497d9.disk0_meta vg0
   64.00m b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_data vg0
  128.00m b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_meta vg0
"""
HEADINGS = "Attr       LSize  Pool Origin Data%  Meta%  Move Log Cpy%Sync Convert"
FEW = f"  {'LV':47} VG  {HEADINGS}\n  {DATA} vg0 -wi-ao---- 64.00m{' ' * 52}\n"


@pytest.fixture
def play() -> Play:
    return Play("healthy")


@pytest.mark.parametrize("node", [1, 2])
def test_lvs_as_the_real_cluster_printed_it(play: Play, node: int) -> None:
    assert play.out(node, "lvs -o lv_size,lv_name,vg_name") == LVS
    assert play.out(node, f"lvs vg0/{DATA}") == FEW
    assert "   32768.00 059b6111-83e5-4484-ba90-583f08b4f866.disk1_data vg0\n" in play.out(
        node, "lvs -o lv_size,lv_name,vg_name --units k --nosuffix --noheadings"
    )


def test_the_reads_of_the_facts_are_answered(play: Play) -> None:
    volumes = parse_volumes(play.out(1, " ".join(VOLUMES.argv)))
    assert {(one.size, one.free) for one in volumes.values()} == {
        (size * MIB, 25765609472 - (32 + 3 * 64 + 256 + 5 * 128) * MIB) for size in (32, 64, 128, 256)
    }
    assert not any(parse_mapper(play.out(1, " ".join(SUSPENDED.argv))).values())
    play(1, f"dmsetup suspend --nolockfs --noflush {mapper_name(f'vg0/{DATA}')}")
    assert parse_mapper(play.out(1, " ".join(SUSPENDED.argv)))[mapper_name(f"vg0/{DATA}")]


def test_a_volume_is_made_once_and_only_where_there_is_room(play: Play) -> None:
    made = play(1, NEW)
    assert (made.exit_code, made.stdout) == (0, '  Logical volume "new" created.\n')
    again = play(1, NEW)
    assert (again.exit_code, again.stderr) == (5, '  Logical Volume "new" already exists in volume group "vg0"\n')
    big = play(1, "lvcreate -L 24g -n big vg0")
    assert big.exit_code == 5
    assert "insufficient free space" in big.stderr
    none = play(1, "lvcreate -L 64m -n new nosuch")
    assert none.exit_code == 5
    assert 'Volume group "nosuch" not found' in none.stderr
    assert play.out(1, "blockdev --getsize64 /dev/vg0/new") == "67108864\n"


def test_sizes_are_whole_extents(play: Play) -> None:
    assert "Rounding up size to full physical extent 36.00 MiB" in play.out(1, "lvcreate -L 33m -n odd vg0")
    assert play.out(1, "blockdev --getsize64 /dev/vg0/odd") == f"{36 * MIB}\n"


def test_what_a_device_uses_is_not_removed_but_can_be_renamed(play: Play) -> None:
    used = play(1, f"lvremove -f vg0/{DATA}")
    assert (used.exit_code, used.stderr) == (5, f"  Logical volume vg0/{DATA} in use.\n")
    assert play.out(1, f"lvrename vg0 {DATA} old") == f'  Renamed "{DATA}" to "old" in volume group "vg0"\n'
    play(1, NEW)
    assert play(1, "lvremove vg0/new").exit_code == 5, "without -f it asks, and nobody answers"
    assert play.out(1, "lvremove -f vg0/new") == '  Logical volume "new" successfully removed.\n'
    assert play(1, "lvs vg0/new").exit_code == 5


def test_tags_are_shown(play: Play) -> None:
    assert "originstname+inst1.lab.example" in play.out(1, f"lvs -o lv_tags vg0/{DATA}")
    play(1, "lvcreate -L 4m -n new --addtag one vg0")
    play(1, "lvchange --addtag two vg0/new")
    assert play.out(1, "lvs --noheadings -o lv_tags vg0/new").strip() == "one,two"


def test_an_empty_disk_becomes_a_volume_group() -> None:
    storage = Storage()
    with pytest.raises(VolumeError, match="No device found"):
        storage.make_physical("/dev/sdz")
    storage.make_physical("/dev/ubdb")
    group = storage.make_group("vg0", ["/dev/ubdb"])
    assert (group.size, group.free) == (25765609472, 25765609472)
    with pytest.raises(VolumeError, match="already exists"):
        storage.make_group("vg0", ["/dev/ubdb"])
    with pytest.raises(VolumeError, match="already in volume group"):
        storage.make_group("vg1", ["/dev/ubdb"])


def test_a_snapshot_keeps_what_was_there_while_it_has_room() -> None:
    storage = Storage()
    group = storage.make_group("vg0", ["/dev/ubdb"])
    origin = group.create("one", 64 * MIB)
    origin.write(10, 11, 7)
    kept, small = group.snapshot(origin, "kept", 68 * MIB), group.snapshot(origin, "small", 4 * MIB)
    origin.write(0, 64 * 256, 9)
    assert (kept.data.at(10), origin.data.at(10)) == (7, 9)
    assert (kept.lost, small.lost) == (False, True)


def test_a_new_volume_holds_what_its_extents_held_unless_it_is_zeroed(play: Play) -> None:
    group = Storage().make_group("vg0", ["/dev/ubdb"])
    old = group.create("one", 64 * MIB)
    old.write(10, 20, 5)
    group.remove(old)
    new = group.create("two", 64 * MIB)
    assert (new.data.at(0), new.data.at(15)) == (0, 5)
    play(1, NEW)
    assert play(1, "dd if=/dev/zero of=/dev/vg0/new bs=1M count=64 oflag=direct").exit_code == 0
    full = play(1, "dd if=/dev/zero of=/dev/vg0/new bs=1M")
    assert full.exit_code == 1
    assert "No space left on device" in full.stderr
