"""The file of public keys against the keys that the nodes have: what is written, what is kept, what is named."""

import pytest

from checks.instances.facts.kvm import folders
from checks.paths import AUTHORIZED_KEYS, KVM_FOLDER, PUBLIC_KEYS, SSH_CONFIG
from checks.ssh.checks.keys import at_rest, complete
from checks.ssh.facts.keys import PublicKeys, public
from checks.ssh.facts.ports import ports, settings
from checks.world.layout import lab
from checks.world.scenario_model import Scenario
from checks.world.scenarios import cluster_of
from tests.checks.diagnosis.clinic import ONE, THREE, TWO, Patient, patient

GONE = "00000000-1111-2222-3333-444444444444"


def three() -> Patient:
    return Patient(cluster_of(Scenario(description="Three nodes, all well.", nodes=3)), ONE)


def file_of(ill: Patient, node: str) -> str:
    return ill.cluster.machines[node].files.read(PUBLIC_KEYS) or ""


def found(ill: Patient) -> PublicKeys:
    return public(ill.context())


def test_where_all_is_well_nothing_has_to_be_done_and_the_file_is_the_same() -> None:
    ill = three()
    seen = found(ill)
    assert not seen.wrong
    assert seen.wanted == file_of(ill, ONE)
    assert (seen.kept, seen.unknown, seen.shut_out, seen.renewal_reasons, seen.renewable) == ((), (), (), (), True)


@pytest.mark.parametrize("node", [ONE, TWO, THREE])
def test_a_file_that_was_removed_is_made_anew_as_the_others_have_it(node: str) -> None:
    ill = three()
    before = file_of(ill, node)
    ill.cluster.machines[node].files.remove(PUBLIC_KEYS)
    seen = found(ill)
    assert (seen.to_write, seen.wanted) == ((node,), before)


def test_with_no_file_left_the_nodes_come_in_the_order_in_which_they_were_added() -> None:
    ill = three()
    before = file_of(ill, ONE)
    for machine in ill.cluster.machines.values():
        machine.files.remove(PUBLIC_KEYS)
    assert found(ill).wanted == before
    assert found(ill).to_write == (ONE, TWO, THREE)


def test_another_order_is_right_as_well() -> None:
    ill = three()
    ill.writes(TWO, PUBLIC_KEYS, "".join(reversed(file_of(ill, TWO).splitlines(keepends=True))))
    assert not found(ill).wrong


def test_what_is_wrong_is_named_line_by_line() -> None:
    ill = three()
    one, two, three_ = file_of(ill, TWO).splitlines()
    other = two.replace("root@", "admin@")
    ill.writes(
        TWO, PUBLIC_KEYS, f"{one}\n{one}\n{other}\n{GONE} {three_[37:]}\n{THREE} {three_[37:]}\nold {three_[37:]}\nx\n"
    )
    seen = found(ill)
    assert seen.to_write == (TWO,)
    assert seen.of(TWO).problems == (
        f"no line for {THREE}",
        f"2 lines for {ONE}",
        f"another key of {TWO} than its own",
        f"a line for {GONE}, which is the uuid of no node",
        f"a line under the name {THREE} instead of its uuid, as an add leaves it that was broken off",
        "a line under the name old, which is no node",
        "1 line that Ganeti cannot read",
    )
    assert seen.wanted == file_of(ill, ONE)


def test_the_key_of_a_node_that_does_not_answer_is_kept_as_most_others_have_it() -> None:
    ill = three()
    context = ill.context()
    before = file_of(ill, ONE)
    ill.changes(ONE, PUBLIC_KEYS, f"root@{THREE}", "x")
    ill.changes(TWO, PUBLIC_KEYS, f"root@{TWO}", "x")
    ill.happens("power-off hwhost-3")
    seen = public(context)
    # The master's word counts where there are as many for either.
    assert seen.wanted == before.replace(f"root@{THREE}", "x")
    assert (seen.kept, seen.differing, seen.silent, seen.unknown) == ((THREE,), (THREE,), (THREE,), ())
    assert seen.to_write == (TWO,)
    assert not seen.renewable


def test_a_silent_node_that_nobody_knows_is_named_and_an_offline_one_is_not_missed() -> None:
    ill = three()
    context = ill.context()
    for node in (ONE, TWO):
        lines = [line for line in file_of(ill, node).splitlines() if lab(3).node_uuids[2] not in line]
        ill.writes(node, PUBLIC_KEYS, "".join(f"{line}\n" for line in lines))
    ill.happens("power-off hwhost-3")
    assert public(context).unknown == (THREE,)
    assert complete(context).holds is False
    ill.happens("run hwhost-1 gnt-node modify --offline=yes hwhost-3")
    assert found(ill).unknown == ()
    assert complete(ill.context()).holds is True


def test_a_node_without_a_usable_key_is_named_and_what_others_have_of_it_kept() -> None:
    for broken in ("", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "ssh-rsa AAAAB3NzaC1kc3M= x\n"):
        ill = three()
        ill.writes(TWO, "/root/.ssh/id_rsa.pub", broken)
        seen = found(ill)
        assert (seen.without_key, seen.kept, seen.wanted) == ((TWO,), (TWO,), file_of(ill, ONE))
        assert complete(ill.context()).holds is False


def test_a_file_others_may_read_or_own_is_found_where_its_content_is_right() -> None:
    ill = three().happens(f"run hwhost-2 chmod 644 {PUBLIC_KEYS}", f"run hwhost-3 chown gnt-masterd {PUBLIC_KEYS}")
    seen = found(ill)
    assert (seen.to_write, seen.to_chmod, seen.to_chown) == ((), (TWO,), (THREE,))
    assert complete(ill.context(), node=ONE).holds is True
    assert complete(ill.context(), node=TWO).holds is False


def test_a_candidate_that_is_not_let_in_calls_for_new_keys_unless_it_is_the_master() -> None:
    ill = three()
    two = (ill.cluster.machines[TWO].files.read("/root/.ssh/id_rsa.pub") or "").split()[1]
    ill.changes(ONE, AUTHORIZED_KEYS, two, "x")
    assert found(ill).shut_out == (f"{ONE} does not let in the key of {TWO}",)
    assert found(ill).renewal_reasons == found(ill).shut_out
    ill.writes(TWO, AUTHORIZED_KEYS, "")
    assert found(ill).renewal_reasons == ()


def test_a_node_that_is_just_being_added_is_left_alone() -> None:
    ill = three()
    assert at_rest(ill.context()).holds is True
    ill.cluster.machines[ONE].spawn("/usr/bin/python3 /usr/sbin/gnt-node add hwhost-4.lab.example")
    assert at_rest(ill.context()).holds is False


def test_the_link_is_for_2_15_alone() -> None:
    ill = patient("pub-keys-rebuild.ganeti-2.15")
    assert found(ill).to_link == (ONE, TWO)
    for version, release in (("3.0", "3.0.2"), ("2.12", "2.12.6")):
        ill = Patient(cluster_of(Scenario(description="", version=version)), ONE)
        ill.happens("run hwhost-1 rm -f /root/.ssh/id_dsa.pub /root/.ssh/id_rsa.pub")
        assert found(ill).to_link == (), release


def test_only_the_folders_that_belong_to_somebody_else_are_given_away() -> None:
    ill = patient("kvm-dir-permissions")
    ill.happens(f"run hwhost-1 chown gnt-masterd {KVM_FOLDER}/pid")
    seen = folders(ill.context(), node=ONE)
    assert (seen.affected, seen.job_user) == (True, "gnt-masterd")
    assert set(seen.foreign) == {KVM_FOLDER, f"{KVM_FOLDER}/ctrl"}
    assert folders(ill.context(), node=TWO).job_user == ""


def test_the_ports_of_nodes_come_from_the_node_then_its_group_then_the_cluster() -> None:
    ill = three()
    assert ports(ill.context()).elsewhere == tuple(f"{name} at port 2222" for name in (ONE, TWO, THREE))
    for machine in ill.cluster.machines.values():
        path = "/var/lib/ganeti/config.data"
        text = (machine.files.read(path) or "").replace('"ssh_port":2222', '"ssh_port":22')
        machine.files.write(path, text.replace('"ndparams":{}', '"ndparams":{"ssh_port":2022}', 1))
    assert ports(ill.context()).elsewhere == (f"{ONE} at port 2022",)
    assert settings(ill.context(), node=TWO).wrong == (ONE,)
    ill.writes(TWO, SSH_CONFIG, "Host hwhost-1*\n  Port 2022\n")
    assert settings(ill.context(), node=TWO).wrong == ()
    assert ports(ill.context()).to_change == (ONE, THREE)
