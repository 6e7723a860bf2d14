"""Two halves of a disk that part, as a real cluster did and said it (its transcripts of cases 1 to 3)."""

import re

import pytest

from checks.drbd.parse.generations import parse_generations
from engine.errors import LinkLostError
from tests.checks.world.lab import SPLIT, STUCK, Lab

CLEANUP = """\
 - INFO: Not checking memory on the secondary node as instance will not be started
Migrating instance inst1.lab.example
* checking where the instance actually runs (if this hangs, the hypervisor might be in a bad state)
* instance running on: hwhost-1.lab.example
* instance confirmed to be running on its primary node (hwhost-1.lab.example)
* closing instance disks on node hwhost-2.lab.example
* wait until resync is done
* changing into standalone mode
* changing disks into single-master mode
"""
CHECKED = """\
Replacing disk(s) 0 for instance 'inst1.lab.example'
Current primary node: hwhost-1.lab.example
Current secondary node: hwhost-2.lab.example
STEP 1/6 Check device existence
 - INFO: Checking disk/0 on hwhost-1.lab.example
 - INFO: Checking disk/0 on hwhost-2.lab.example
 - INFO: Checking volume groups
STEP 2/6 Check peer consistency
 - INFO: Checking disk/0 consistency on node hwhost-1.lab.example
"""
WRITE_ALL = "write hwhost-1 inst1/0 65536"
IN_SYNC = "0: cs:Connected ro:{} ds:UpToDate/UpToDate C r----- oos:0"


def words(text: str) -> str:
    """Without the times."""
    return re.sub(r"^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} ", "", text, flags=re.MULTILINE)


def test_both_written_sides_refuse_each_other() -> None:
    lab = Lab().happens(*SPLIT)
    assert lab.proc(1) == "0: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r----- oos:4"
    assert lab.proc(2) == "0: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r----- oos:4"
    assert "uuid_compare()=100 by rule 90" in "".join(lab.said(1, "uuid_compare"))
    assert lab.said(2, "Split-Brain detected but unresolved, dropping connection!")
    assert not lab.same_data()
    one, two = (parse_generations(lab.out(node, "drbdsetup get-gi 0")) for node in (1, 2))
    assert one.bitmap & ~1 == two.bitmap & ~1 != 0
    assert one.current != two.current


def test_ganeti_reconnects_one_side_of_them() -> None:
    lab = Lab().happens(*SPLIT)
    assert "Activating disks for instance 'inst1.lab.example'" in lab.out(1, "gnt-cluster verify-disks")
    assert lab.proc(1) == "0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r----- oos:4"
    assert lab.proc(2) == "0: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r----- oos:4"
    found = lab(1, "gnt-cluster verify --error-codes")
    assert found.exit_code == 0
    assert found.stdout.count("is degraded; local disk state is 'ok'") == 2
    replaced = lab(1, "gnt-instance replace-disks -s inst1.lab.example")
    assert (replaced.exit_code, words(replaced.stdout)) == (1, CHECKED)
    assert replaced.stderr.endswith(
        "Node hwhost-1.lab.example has degraded storage, unsafe to replace disks for instance inst1.lab.example\n"
    )
    cleaned = lab(1, "gnt-instance migrate --cleanup -f inst1.lab.example")
    assert (cleaned.exit_code, words(cleaned.stdout)) == (1, CLEANUP)
    assert "Cannot change disks config on node hwhost-1.lab.example: Timeout in disk reconnecting" in cleaned.stderr
    assert not lab.same_data()


def test_the_side_that_is_given_up_gets_the_data_of_the_other() -> None:
    lab = Lab().happens(*SPLIT)
    kept = lab.side(1).data
    assert kept is not None
    before = kept.data.copy()
    assert lab(2, "drbdsetup invalidate 0").exit_code == 0
    assert lab.proc(2) == "0: cs:StandAlone ro:Secondary/Unknown ds:Inconsistent/DUnknown   r----- oos:65536"
    shown = lab.out(1, "gnt-instance info inst1.lab.example")
    assert "on secondary: /dev/drbd0 (147:0) in sync, status *DEGRADED* *UNCERTAIN STATE*" in shown
    assert lab.out(1, "gnt-instance activate-disks inst1.lab.example") == "hwhost-1.lab.example:disk/0:/dev/drbd0\n"
    assert lab.said(1, "Becoming sync source due to disk states.")
    lab.waits(30)
    assert lab.proc(1) == IN_SYNC.format("Primary/Secondary")
    assert kept.data == before
    assert lab.same_data()


def test_reconnecting_is_enough_where_one_side_was_written() -> None:
    lab = Lab().happens("disconnect hwhost-2 inst1/0", "disconnect hwhost-1 inst1/0", "write hwhost-1 inst1/0")
    assert lab.proc(1) == "0: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r----- oos:4"
    assert lab(1, "gnt-instance migrate --cleanup inst1.lab.example").exit_code == 1
    cleaned = lab(1, "gnt-instance migrate --cleanup -f inst1.lab.example")
    assert (cleaned.exit_code, words(cleaned.stdout)) == (0, f"{CLEANUP}* wait until resync is done\n* done\n")
    assert lab.proc(2) == IN_SYNC.format("Secondary/Primary")
    assert lab.same_data()


def test_a_handshake_waits_for_the_metadata_of_one_side() -> None:
    lab = Lab().happens(*STUCK)
    assert lab.proc(1) == "0: cs:WFBitMapS ro:Primary/Secondary ds:UpToDate/Consistent C r----- oos:4"
    assert lab.proc(2) == "0: cs:WFBitMapT ro:Secondary/Primary ds:Outdated/UpToDate C r----- oos:0"
    shown = lab.out(1, "gnt-instance info inst1.lab.example")
    assert shown.count("*RECOVERING*  0.00%, ETA unknown, status *DEGRADED*\n") == 2
    job = lab.out(1, "gnt-instance migrate --submit --print-jobid --cleanup -f inst1.lab.example").strip()
    lab.waits(600)
    told = lab.out(1, f"gnt-job info {job}")
    assert told.count("   - progress: 0.0%") > 10
    assert "  Status: running\n" in told
    assert lab(1, f"gnt-job cancel --kill --yes-do-it {job}").exit_code == 0
    assert lab.proc(1).startswith("0: cs:WFBitMapS")
    with pytest.raises(LinkLostError):
        lab(2, "drbdsetup disconnect ipv4:10.78.0.2:11000 ipv4:10.78.0.1:11000", timeout=10)
    with pytest.raises(LinkLostError):
        lab(2, "drbdsetup status resource0", timeout=5)
    assert " D " in lab.out(2, "ps -e -ww -o pid=,ppid=,user:20=,stat=,etimes=,args=")
    lab(2, "dmsetup resume vg0-b7a2c794--18fb--46a8--aaff--9c8c78f42756.disk0_meta")
    assert lab.proc(2) == "0: cs:StandAlone ro:Secondary/Unknown ds:Outdated/DUnknown   r----- oos:0"
    assert lab.proc(1) == "0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r----- oos:4"
    lab(1, "gnt-instance activate-disks inst1.lab.example")
    lab.waits(5)
    assert lab.proc(1) == IN_SYNC.format("Primary/Secondary")
    assert lab.same_data()


def test_it_goes_on_by_itself_when_they_answer() -> None:
    lab = Lab().happens(*STUCK, "thaw-metadata hwhost-2 inst1/0", "wait 5")
    assert lab.proc(2) == IN_SYNC.format("Secondary/Primary")
    assert lab.same_data()


def test_a_side_without_disk_is_rebuilt() -> None:
    lab = Lab().happens("detach hwhost-2 inst1/0", "write hwhost-1 inst1/0")
    assert lab.proc(2).startswith("0: cs:Connected ro:Secondary/Primary ds:Diskless/UpToDate C")
    shown = lab.out(1, "gnt-instance info inst1.lab.example")
    assert "on primary: /dev/drbd0 (147:0) in sync, status ok\n" in shown
    assert "on secondary: /dev/drbd0 (147:0) in sync, status *DEGRADED* *MISSING DISK*\n" in shown
    volumes = lab.out(2, "lvs -o lv_name,lv_size")
    replaced = lab(1, "gnt-instance replace-disks -s inst1.lab.example")
    assert replaced.exit_code == 0
    assert words(replaced.stdout).startswith(CHECKED + "STEP 3/6 Allocate new storage\n")
    assert "Instance inst1.lab.example's disks are in sync" in replaced.stdout
    assert lab.proc(2) == IN_SYNC.format("Secondary/Primary")
    assert lab.out(2, "lvs -o lv_name,lv_size") == volumes
    assert lab.same_data()


def test_a_resync_that_is_cut_off_goes_on_where_it_was() -> None:
    lab = Lab().happens("cut-replication", "write hwhost-1 inst1/0 40960", "heal-replication", "wait 4")
    assert "want: 3,276 K/sec" in lab.out(2, "cat /proc/drbd")
    lab.happens("disconnect hwhost-2 inst1/0", "disconnect hwhost-1 inst1/0")
    assert lab.proc(2).startswith("0: cs:StandAlone ro:Secondary/Unknown ds:Inconsistent/DUnknown")
    assert 0 < lab.side(2).dirty == lab.side(1).dirty < 10240
    lab(1, "gnt-instance activate-disks inst1.lab.example")
    assert "by rule 70" in lab.said(1, "uuid_compare")[-1]
    lab.waits(60)
    assert lab.same_data()
    assert lab.proc(1) == IN_SYNC.format("Primary/Secondary")


def test_a_primary_that_lost_its_disk_has_the_older_data() -> None:
    lab = Lab().happens("lose-disk hwhost-1 inst1/0", "write hwhost-1 inst1/0", "reboot hwhost-1", "wait 60")
    newer = lab.side(2).data
    assert newer is not None
    before = newer.data.copy()
    lab(1, "gnt-instance activate-disks inst1.lab.example")
    lab.waits(10)
    assert newer.data == before
    assert lab.same_data()


@pytest.mark.parametrize(
    ("version", "words"), [("2.12", "*DEGRADED*"), ("2.15", "*DEGRADED*"), ("3.1", "*MISSING DISK*")]
)
def test_what_standing_alone_is_called_by_version(version: str, words: str) -> None:
    lab = Lab(version).happens(*SPLIT)
    assert lab.out(1, "gnt-instance info inst1.lab.example").count(f"{words}\n") == 2


def test_a_resync_is_uncertain_on_2_12_only() -> None:
    for version, uncertain in (("2.12", True), ("2.15", False)):
        lab = Lab(version).happens("sync-speed 500", "cut-replication", WRITE_ALL, "heal-replication")
        shown = lab.out(1, "gnt-instance info inst1.lab.example")
        assert re.search(r"on secondary: /dev/drbd0 \(147:0\) \*RECOVERING\* ", shown)
        assert ("*UNCERTAIN STATE*" in shown) == uncertain


def test_before_3_0_no_device_comes_up_without_a_disk() -> None:
    lab = Lab("2.15")
    name = "b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_data"
    lab(2, "drbdsetup down resource0")
    lab(2, f"lvremove -f vg0/{name}")
    failed = lab(1, "gnt-instance activate-disks inst1.lab.example")
    assert failed.exit_code == 1
    assert "Can't change syncer rate" in failed.stdout
    assert "Device minor not allocated" in failed.stdout
    assert failed.stderr == "Failure: command execution error:\nCannot activate block devices\n"


def test_metadata_are_made_on_free_volumes_only() -> None:
    lab = Lab()
    meta = "/dev/vg0/b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_meta"
    used = lab(2, f"drbdmeta /dev/drbd0 v08 {meta} flex-external create-md")
    assert (used.exit_code, used.stderr) == (20, "Device '/dev/drbd0' is configured!\n")
    lab(2, "drbdsetup down resource0")
    asked = lab(2, f"drbdmeta /dev/drbd0 v08 {meta} 0 create-md")
    assert (asked.exit_code, asked.stdout) == (1, "Operation cancelled.\n")
    assert "Valid meta data seems to be in place." in asked.stderr
    forced = lab(2, f"drbdmeta --force /dev/drbd0 v08 {meta} flex-external create-md")
    assert forced.stdout.endswith("New drbd meta data block successfully created.\n")
    lab(1, "gnt-instance activate-disks inst1.lab.example")
    assert "uuid_compare()=-2 by rule 20" in lab.said(2, "uuid_compare")[-1]
    assert lab.said(2, "Writing the whole bitmap, full sync required after drbd_sync_handshake.")
    lab.waits(30)
    assert lab.proc(2) == IN_SYNC.format("Secondary/Primary")
    assert lab.same_data()


def test_one_extent_too_few_is_not_attached() -> None:
    lab = Lab()
    lab(2, "drbdsetup down resource0")
    volume = "vg0/b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0_data"
    lab(2, f"lvremove -f {volume}")
    lab(2, f"lvcreate -L 60m -n {volume.partition('/')[2]} vg0")
    failed = lab(1, "gnt-instance activate-disks inst1.lab.example")
    assert failed.exit_code == 1
    assert "Low.dev. smaller than requested DRBD-dev. size." in failed.stdout
