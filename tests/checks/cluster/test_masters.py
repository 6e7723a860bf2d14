"""Who is the master, do its daemons run, are the flags set, whose configuration is newest."""

import json

import pytest

from checks.cluster.checks import copies, daemons, masters, voting
from checks.drbd.checks import disks
from checks.paths import CONFIG_DATA, DEFAULTS
from tests.checks.imitation import ONE, THREE, TWO, Imitation, configuration

FLAGS = "--no-voting --yes-do-it"


def test_all_agree(cluster: Imitation) -> None:
    found = masters.agree(cluster.context())
    assert (found.holds, found.summary) == (True, f"All nodes that answer and name a master name {ONE}.")
    assert len(found.evidence) == 3


def test_one_believes_something_else(cluster: Imitation) -> None:
    cluster.ssconf(THREE, "master_node", f"{THREE}\n")
    assert masters.agree(cluster.context()).holds is False
    found = masters.is_master(cluster.context(), node=ONE)
    assert (found.holds, THREE in found.summary) == (False, True)


def test_a_node_installed_anew_does_not_disagree(cluster: Imitation) -> None:
    cluster.files[THREE] = {}
    found = masters.agree(cluster.context())
    assert found.holds is True
    assert f"{THREE}: names nobody as master; no sign of a master" in found.evidence
    assert masters.is_master(cluster.context(), node=ONE).holds is True
    assert masters.is_master(cluster.context(), node=THREE).holds is False


def test_a_master_address_on_a_node_without_files(cluster: Imitation) -> None:
    cluster.files[THREE] = {}
    cluster.addresses[THREE].append("10.77.0.100")
    assert masters.has_master_address(cluster.context(), node=ONE).holds is False


@pytest.mark.parametrize(("node", "holds"), [(ONE, True), (TWO, False)])
def test_where_the_master_address_is(cluster: Imitation, node: str, *, holds: bool) -> None:
    assert masters.has_master_address(cluster.context(), node=node).holds is holds


def test_a_start_that_has_not_ended(cluster: Imitation) -> None:
    assert daemons.settled(cluster.context(), node=TWO).holds is True
    cluster.commands[TWO].append("/bin/sh /etc/init.d/ganeti start")
    assert daemons.settled(cluster.context(), node=TWO).holds is False
    assert daemons.settled(cluster.context(), node=ONE).holds is False


def test_disks_in_use_on_a_node(cluster: Imitation) -> None:
    assert disks.unused_on(cluster.context(), node=ONE).holds is True
    cluster.files[ONE]["/proc/drbd"] = CONNECTED.format(0, "Primary", "Secondary")
    found = disks.unused_on(cluster.context(), node=ONE)
    assert (found.holds, "drbd0" in found.summary) == (False, True)
    cluster.files[ONE]["/proc/drbd"] = CONNECTED.format(0, "Secondary", "Primary")
    assert disks.unused_on(cluster.context(), node=ONE).holds is True


def test_nobody_can_be_asked(cluster: Imitation) -> None:
    cluster.silence(ONE, TWO, THREE)
    for found in (
        masters.agree(cluster.context()),
        masters.is_master(cluster.context(), node=ONE),
        voting.flags_absent(cluster.context(), node=ONE),
        daemons.master_stopped(cluster.context(), node=ONE),
        daemons.master_runs(cluster.context(), node=ONE),
        copies.not_older(cluster.context(), node=ONE),
        disks.in_sync(cluster.context(), instance="inst1"),
    ):
        assert found.holds is None
        assert found.summary


def test_a_silent_master_is_not_known_to_be_one(cluster: Imitation) -> None:
    cluster.silence(ONE)
    assert masters.is_master(cluster.context(), node=ONE).holds is None
    assert masters.is_master(cluster.context(), node=TWO).holds is False


def test_master_daemons(cluster: Imitation) -> None:
    assert daemons.master_runs(cluster.context(), node=ONE).holds is True
    found = daemons.master_stopped(cluster.context(), node=ONE)
    assert (found.holds, found.summary) == (False, f"Still running on {ONE}: ganeti-luxid and ganeti-wconfd.")
    assert any(line.endswith("/usr/sbin/ganeti-luxid") for line in found.evidence)
    assert daemons.master_stopped(cluster.context(), node=TWO).holds is True


def test_half_a_master_does_not_run(cluster: Imitation) -> None:
    cluster.commands[ONE].remove("/usr/sbin/ganeti-luxid")
    found = daemons.master_runs(cluster.context(), node=ONE)
    assert (found.holds, found.summary) == (False, f"Not running on {ONE}: ganeti-luxid.")


def test_flags(cluster: Imitation) -> None:
    assert voting.flags_absent(cluster.context(), node=TWO).holds is True
    cluster.files[TWO][DEFAULTS] = f'WCONFD_ARGS="{FLAGS}"\nLUXID_ARGS=""\n'
    assert voting.flags_set(cluster.context(), node=TWO).holds is False
    assert voting.flags_absent(cluster.context(), node=TWO).holds is False
    cluster.files[TWO][DEFAULTS] = f'WCONFD_ARGS="{FLAGS}"\nLUXID_ARGS="{FLAGS}"\n'
    found = voting.flags_set(cluster.context(), node=TWO)
    assert found.holds is True
    assert f'{TWO}: {DEFAULTS}: WCONFD_ARGS="{FLAGS}"' in found.evidence


def test_flags_that_only_a_shell_could_tell(cluster: Imitation) -> None:
    cluster.files[TWO][DEFAULTS] = 'LUXID_ARGS="$EXTRA"\n'
    assert voting.flags_absent(cluster.context(), node=TWO).holds is None


def test_newest_configuration(cluster: Imitation) -> None:
    assert copies.not_older(cluster.context(), node=TWO).holds is True
    cluster.files[TWO][CONFIG_DATA] = json.dumps(configuration(39))
    found = copies.not_older(cluster.context(), node=TWO)
    assert (found.holds, found.summary) == (False, f"{ONE} has a newer configuration than {TWO}.")
    assert f"{TWO}: {CONFIG_DATA}: number 39, changed 2026-11-22 11:41:02 UTC" in found.evidence


def test_a_dead_candidate_may_have_a_newer_one(cluster: Imitation) -> None:
    cluster.silence(ONE)
    found = copies.not_older(cluster.context(), node=TWO)
    assert (found.holds, f"Not compared: {ONE}" in found.summary) == (True, True)


def test_a_node_without_a_copy(cluster: Imitation) -> None:
    found = copies.not_older(cluster.context(), node=THREE)
    assert (found.holds, "no copy" in found.summary) == (None, True)


CONNECTED = "version: 8.4.11 (x)\n {}: cs:Connected ro:{}/{} ds:UpToDate/UpToDate C r-----\n"


def test_disks(cluster: Imitation) -> None:
    cluster.files[ONE]["/proc/drbd"] = CONNECTED.format(0, "Primary", "Secondary")
    cluster.files[TWO]["/proc/drbd"] = CONNECTED.format(5, "Secondary", "Primary")
    assert disks.in_sync(cluster.context(), instance="inst1").holds is True
    cluster.silence(TWO)
    assert disks.in_sync(cluster.context(), instance="inst1").holds is None
    cluster.files[ONE]["/proc/drbd"] = (
        "version: 8.4.11 (x)\n 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n"
        "\t[=>......] sync'ed: 12.5% (1/2)K\n"
    )
    found = disks.in_sync(cluster.context(), instance="inst1")
    assert (found.holds, found.summary) == (False, f"Not in sync: disk 0 on {ONE} (12.5 % done).")
    assert found.evidence[0].endswith("(12.5 % done)")


def test_an_instance_without_a_mirror_has_none_out_of_sync(cluster: Imitation) -> None:
    found = disks.in_sync(cluster.context(), instance="plain1")
    assert (found.holds, "no DRBD disk" in found.summary) == (True, True)
