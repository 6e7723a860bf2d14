"""Runbooks about keys, ports and folders: what they leave behind, what they keep, and where they refuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from checks.paths import AUTHORIZED_KEYS, KVM_FOLDER, PUBLIC_KEYS, SSH_CONFIG
from checks.world.cluster import SimulatedCluster
from checks.world.events import happen
from checks.world.scenario_model import Scenario
from checks.world.scenarios import world_of
from engine.errors import PreconditionError
from engine.hosts.host import Host
from engine.packs import World
from engine.run.overrides import Overrides
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, SCENARIOS, TWO, Rehearsal

KEYS, KVM, PORT = "pub-keys-rebuild", "kvm-dir-permissions", "cluster-upgrade-ssh-port"


def cluster_in(world: World) -> SimulatedCluster:
    found = world.links._cluster  # type: ignore[attr-defined]
    assert isinstance(found, SimulatedCluster)
    return found


def world(version: str = "3.0", *before: str, **parameters: str) -> World:
    return world_of(Scenario(description="", version=version, before=before, parameters=parameters))


def says(world: World, node: str, *command: str) -> str:
    return world.links.to(Host(node)).run(command, timeout=600).stdout


@pytest.mark.parametrize("scenario", [name for name in ANSWERS if name.split(".")[0] == KEYS])
def test_afterwards_the_file_is_the_same_everywhere_and_verify_is_content(tmp_path: Path, scenario: str) -> None:
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert done.error is None
    files = [machine.files.get(PUBLIC_KEYS) for machine in cluster_in(done.world).machines.values()]
    assert len({(file.text, file.owner, file.mode) for file in files if file is not None}) == 1
    assert [(file.owner, file.mode) for file in files if file is not None] == [("root", 0o600)] * 2
    assert "ENODESSH" not in says(done.world, ONE, "gnt-cluster", "verify", "--error-codes")


def test_a_file_that_was_removed_comes_back_byte_for_byte(tmp_path: Path) -> None:
    before = cluster_in(SCENARIOS["healthy"]()).machines[ONE].files.read(PUBLIC_KEYS)
    done = Rehearsal(tmp_path, KEYS, ANSWERS[KEYS]).go()
    assert cluster_in(done.world).machines[ONE].files.read(PUBLIC_KEYS) == before


def test_whoever_keeps_the_keys_is_told_what_is_not_cured(tmp_path: Path) -> None:
    done = Rehearsal(tmp_path, f"{KEYS}.renewal", {"choose-the-way": "rebuild", "write": "y"}).go()
    assert done.error is None
    assert ("renew", "not-needed") in done.states
    assert f"Not cured by this: {ONE} does not let in the key of {TWO}" in " ".join(done.operator.text.split())


def test_the_link_is_made_on_2_15_only(tmp_path: Path) -> None:
    done = Rehearsal(tmp_path, f"{KEYS}.ganeti-2.15", ANSWERS[f"{KEYS}.ganeti-2.15"]).go()
    for machine in cluster_in(done.world).machines.values():
        assert machine.files.is_link("/root/.ssh/id_dsa.pub")
    lost = world("3.0", f"run hwhost-1 rm {PUBLIC_KEYS}")
    done = Rehearsal(tmp_path, KEYS, {"write": "y"}, world=lost).go()
    assert done.error is None
    assert ("link", "nothing-to-do") in done.states


@pytest.mark.parametrize(
    ("version", "before", "code"),
    [
        ("2.12", (), "no-such-file"),
        ("3.0", ("run hwhost-2 rm /root/.ssh/id_rsa.pub", f"run hwhost-1 rm {PUBLIC_KEYS}"), "own-key-missing"),
        ("3.0", ("power-off hwhost-2", f"run hwhost-1 rm {PUBLIC_KEYS}"), "key-unknown"),
    ],
)
def test_it_refuses_in_words(tmp_path: Path, version: str, before: tuple[str, ...], code: str) -> None:
    refused = Rehearsal(tmp_path, KEYS, {}, world=world(version, *before)).go()
    assert isinstance(refused.error, PreconditionError)
    assert code in refused.error.what
    assert refused.changed == []


def test_a_cluster_whose_ssh_ganeti_leaves_alone_is_left_alone(tmp_path: Path) -> None:
    lost = world("3.0", f"run hwhost-1 rm {PUBLIC_KEYS}")
    for machine in cluster_in(lost).machines.values():
        text = machine.files.read("/var/lib/ganeti/config.data") or ""
        machine.files.write(
            "/var/lib/ganeti/config.data", text.replace('"modify_ssh_setup":true', '"modify_ssh_setup":false')
        )
    refused = Rehearsal(tmp_path, KEYS, {}, world=lost).go()
    assert isinstance(refused.error, PreconditionError)
    assert "ssh-not-managed" in refused.error.what


def test_while_a_node_is_added_its_line_is_left_alone(tmp_path: Path) -> None:
    lost = SCENARIOS[f"{KEYS}.line-missing"]()
    cluster_in(lost).machines[ONE].spawn("/usr/bin/python3 /usr/sbin/gnt-node add hwhost-3.lab.example")
    refused = Rehearsal(tmp_path, KEYS, {}, world=lost).go()
    assert isinstance(refused.error, PreconditionError)
    assert "keys-in-work" in refused.error.what


def test_a_node_without_a_key_keeps_the_line_that_others_have_where_that_is_forced(tmp_path: Path) -> None:
    lost = world("3.0", "run hwhost-2 rm /root/.ssh/id_rsa.pub", f"run hwhost-1 rm {PUBLIC_KEYS}")
    before = cluster_in(lost).machines[TWO].files.read(PUBLIC_KEYS)
    forced = Overrides(frozenset({"own-key-missing"}), "it is looked after later")
    done = Rehearsal(tmp_path, KEYS, {"write": "y"}, forced, lost).go()
    assert cluster_in(lost).machines[ONE].files.read(PUBLIC_KEYS) == before
    # What is still wrong is said at the end, and is no good end.
    assert done.error is not None


def test_a_node_that_is_down_does_not_hold_the_others_up(tmp_path: Path) -> None:
    lost = world_of(Scenario(description="", nodes=3, before=("forgets-a-key hwhost-2", "power-off hwhost-3")))
    done = Rehearsal(tmp_path, KEYS, {"write": "y"}, world=lost).go()
    assert ("write", "done") in done.states
    text = cluster_in(lost).machines[TWO].files.read(PUBLIC_KEYS)
    assert text == cluster_in(lost).machines[ONE].files.read(PUBLIC_KEYS)
    assert text is not None
    assert "hwhost-3.lab.example did not answer" in done.operator.text


def test_only_the_folders_themselves_are_given_away(tmp_path: Path) -> None:
    ill = SCENARIOS[KVM]()
    socket = f"{KVM_FOLDER}/ctrl/inst1.lab.example.monitor"
    cluster_in(ill).machines[ONE].files.write(socket, "")
    done = Rehearsal(tmp_path, KVM, ANSWERS[KVM], world=ill).go()
    assert done.error is None
    files = cluster_in(ill).machines[ONE].files
    owners = {path.removeprefix("/run/ganeti/"): entry.owner for path, entry in files.below(KVM_FOLDER)}
    assert owners.pop("kvm-hypervisor/ctrl/inst1.lab.example.monitor") == "root"
    assert set(owners.values()) == {"gnt-masterd"}
    assert f"chown root {KVM_FOLDER}" in done.operator.text


def test_where_no_jobs_run_nothing_is_given_away(tmp_path: Path) -> None:
    ill = replace(SCENARIOS[KVM](), parameters={"node": TWO})
    happen(cluster_in(ill), f"run hwhost-2 mkdir -p {KVM_FOLDER}")
    refused = Rehearsal(tmp_path, KVM, {}, world=ill).go()
    assert isinstance(refused.error, PreconditionError)
    assert "no-jobs-here" in refused.error.what
    assert refused.changed == []


def test_the_rest_of_the_ssh_configuration_counts_as_before(tmp_path: Path) -> None:
    ill = SCENARIOS[PORT]()
    own = "Port 2022\nUser backup\nHost hwhost-1*\n    Port 22\n"
    cluster_in(ill).machines[ONE].files.write(SSH_CONFIG, own, mode=0o640)
    before = says(ill, ONE, "ssh", "-G", "elsewhere.example")
    done = Rehearsal(tmp_path, PORT, ANSWERS[PORT], world=ill).go()
    assert done.error is None
    assert "port 2222" in says(ill, ONE, "ssh", "-G", ONE)
    assert says(ill, ONE, "ssh", "-G", "elsewhere.example") == before
    file = cluster_in(ill).machines[ONE].files.get(SSH_CONFIG)
    assert file is not None
    assert (file.text or "").endswith(own)
    assert file.mode == 0o640


def test_with_sshd_at_its_usual_port_it_refuses(tmp_path: Path) -> None:
    usual = world()
    for machine in cluster_in(usual).machines.values():
        text = machine.files.read("/var/lib/ganeti/config.data") or ""
        machine.files.write("/var/lib/ganeti/config.data", text.replace('"ssh_port":2222', '"ssh_port":22'))
    refused = Rehearsal(tmp_path, PORT, {}, world=usual).go()
    assert isinstance(refused.error, PreconditionError)
    assert "port-is-22" in refused.error.what


def test_new_keys_let_in_whom_they_have_to_and_keep_others(tmp_path: Path) -> None:
    ill = SCENARIOS[f"{KEYS}.renewal"]()
    files = cluster_in(ill).machines[TWO].files
    files.write(AUTHORIZED_KEYS, (files.read(AUTHORIZED_KEYS) or "") + "ssh-ed25519 AAAA backup\n")
    old = files.read("/root/.ssh/id_rsa.pub")
    done = Rehearsal(tmp_path, f"{KEYS}.renewal", ANSWERS[f"{KEYS}.renewal"], world=ill).go()
    assert done.error is None
    assert "backup" in (files.read(AUTHORIZED_KEYS) or "")
    assert files.read("/root/.ssh/id_rsa.pub") != old
    assert (old or "").split()[1] not in (files.read(AUTHORIZED_KEYS) or "")
