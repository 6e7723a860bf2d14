"""What Ganeti says of volumes that are gone, and of some that belong to nobody (transcript of the reinstalled node)."""

from tests.checks.world.lab import Lab

VOLUME = "b7a2c794-18fb-46a8-aaff-9c8c78f42756.disk0"


def lost(version: str = "3.0") -> Lab:
    """The volumes of inst1 are gone on its second node."""
    lab = Lab(version)
    lab(2, "drbdsetup down resource0")
    for kind in ("data", "meta"):
        assert lab(2, f"lvremove -f vg0/{VOLUME}_{kind}").exit_code == 0
    return lab


def test_verify_names_each_volume() -> None:
    found = lost()(1, "gnt-cluster verify --error-codes")
    assert found.exit_code == 1
    for kind in ("data", "meta"):
        assert (
            f"- ERROR:EINSTANCEMISSINGDISK:instance:inst1.lab.example:volume vg0/{VOLUME}_{kind} missing on node"
            " hwhost-2.lab.example\n"
        ) in found.stdout


def test_verify_disks_lists_them_and_activates_nothing_there() -> None:
    found = lost()(1, "gnt-cluster verify-disks")
    assert found.exit_code == 1
    assert (
        "Instance inst1.lab.example has missing logical volumes:\n"
        f"\thwhost-2.lab.example /dev/vg0/{VOLUME}_data\n\thwhost-2.lab.example /dev/vg0/{VOLUME}_meta\n"
        "You need to replace or recreate disks for all the above instances"
    ) in found.stdout
    assert "Activating" not in found.stdout


def test_a_volume_of_nobody_is_told() -> None:
    lab = Lab()
    lab(2, f"lvcreate -s -L 68m -n kept vg0/{VOLUME}_data")
    found = lab(1, "gnt-cluster verify --error-codes")
    assert "ERROR:ENODEORPHANLV:node:hwhost-2.lab.example:volume vg0/kept is unknown" in found.stdout


def test_an_automatic_replacement_wants_the_devices_first() -> None:
    lab = lost()
    refused = lab(1, "gnt-instance replace-disks -a inst1.lab.example")
    assert refused.exit_code == 1
    assert refused.stderr.endswith("Please run activate-disks on instance inst1.lab.example first\n")
    assert lab(1, "gnt-instance activate-disks inst1.lab.example").exit_code == 0
    assert lab.proc(2).startswith("0: cs:Connected ro:Secondary/Primary ds:Diskless/UpToDate C")
    assert lab(1, "gnt-instance replace-disks -a inst1.lab.example").exit_code == 0
    assert lab.same_data()
    assert lab.out(1, "gnt-cluster verify-disks").endswith("No disks need to be activated.\n")


def test_a_primary_that_was_emptied_is_served_by_its_peer_and_rebuilt() -> None:
    lab = Lab()
    lab(2, "gnt-instance list")
    lab.happens("lose-disk hwhost-2 inst2/0")
    lab(2, "lvremove -f vg0/474ccc51-643f-4063-9604-b07d13ca3e6d.disk0_data")
    lab.happens("write hwhost-2 inst2/0")
    survivor = lab.side(1, "inst2/0").data
    assert survivor is not None
    before = survivor.data.copy()
    assert lab(1, "gnt-instance replace-disks -a inst2.lab.example").exit_code == 0
    assert lab.side(2, "inst2/0").role == "Primary"
    assert survivor.data == before
    assert lab.same_data("inst2/0")


def test_the_wrong_node_is_not_named_by_its_own_devices() -> None:
    lab = lost()
    failed = lab(1, "gnt-instance replace-disks -p inst1.lab.example")
    assert failed.exit_code == 1
    assert "Can't find disk/0 on node hwhost-2.lab.example" in failed.stderr
    assert "hwhost-1" not in failed.stderr
