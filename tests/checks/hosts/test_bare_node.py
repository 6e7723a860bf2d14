"""What a node lacks that was installed anew, on the embedded cluster: read, put right, and read again."""

import pytest

from checks.hosts.facts.conf_files import conf_files
from checks.hosts.facts.names import names
from checks.hosts.facts.packages import packages
from checks.hosts.facts.reinstalled import reinstalled
from checks.look.commands import PACKAGES, marks
from checks.lvm.facts.group import group
from checks.paths import AUTHORIZED_KEYS, HOSTS, KNOWN_HOSTS
from checks.site import discover
from checks.ssh.facts.trust import trust
from checks.world.cluster import SimulatedCluster
from checks.world.events import happen
from checks.world.ganeti import host_keys
from checks.world.links import WorldLinks
from checks.world.scenario_model import Scenario
from checks.world.scenarios import cluster_of
from engine.errors import FactError
from engine.hosts.host import Host, Result
from engine.hosts.reader import Reader
from engine.hosts.reads import read
from engine.knowledge import Context

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"
DISK = "/dev/ubdb"
READD = ["gnt-node", "add", "--readd", TWO]


class Bare:
    """A cluster whose second node was installed anew."""

    def __init__(self, *more: str, version: str = "3.0") -> None:
        before = ("wipe hwhost-2", *more)
        scenario = Scenario.model_validate({"description": "bare", "version": version, "before": before})
        self.cluster: SimulatedCluster = cluster_of(scenario)

    @property
    def context(self) -> Context:
        """Eyes that have seen nothing yet."""
        reader = Reader(WorldLinks(self.cluster))
        return Context(reader, discover(reader, [Host(ONE)]), self.cluster.clock)

    def write(self, node: str, path: str, text: str) -> None:
        self.cluster.machines[node].files.write(path, text)

    def run(self, *argv: str, on: str = ONE) -> Result:
        return WorldLinks(self.cluster).to(Host(on)).run(argv, timeout=3600)

    def let_in(self) -> None:
        self.write(TWO, AUTHORIZED_KEYS, trust(self.context, node=TWO).authorized_keys)

    def know(self) -> None:
        self.write(ONE, KNOWN_HOSTS, trust(self.context, node=TWO).known_hosts)


def test_every_name_is_wrong_at_first_and_right_once_the_file_is_corrected() -> None:
    bare = Bare()
    found = names(bare.context, node=TWO)
    assert found.wrong == (ONE, TWO, "cluster.lab.example")
    assert f"{TWO}: getent ahosts {TWO}: 127.0.1.1; it has to be 10.77.0.2" in found.evidence
    bare.write(TWO, HOSTS, found.corrected)
    assert names(bare.context, node=TWO).wrong == ()
    assert "127.0.0.1\tlocalhost" in found.corrected


def test_a_name_that_leads_to_two_addresses_is_wrong() -> None:
    bare = Bare()
    bare.write(TWO, HOSTS, names(bare.context, node=TWO).corrected + f"10.77.0.9\t{ONE}\n")
    assert names(bare.context, node=TWO).wrong == (ONE,)


def test_the_masters_root_is_let_in_and_nobody_loses_his_key() -> None:
    bare = Bare()
    found = trust(bare.context, node=TWO)
    assert len(found.missing) == 1
    assert "operator" in found.authorized_keys
    bare.let_in()
    assert trust(bare.context, node=TWO).missing == ()


def test_the_fingerprints_are_those_of_the_nodes_own_files() -> None:
    bare = Bare()
    found = trust(bare.context, node=TWO)
    assert [line.split()[0] for line in found.host_keys] == ["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"]
    assert not found.known
    bare.know()
    again = trust(bare.context, node=TWO)
    assert again.known
    assert again.known_hosts == found.known_hosts


def test_a_readd_needs_both_keys_and_refuses_another_host() -> None:
    bare = Bare()
    assert "Host key verification failed" in bare.run(*READD).stderr
    bare.know()
    assert "Permission denied (publickey)" in bare.run(*READD).stderr
    bare.let_in()
    host_keys.make(bare.cluster.machines[TWO], turn=99, now=0.0)
    assert "Host key verification failed" in bare.run(*READD).stderr
    bare.know()
    assert bare.run(*READD).ok


def test_up_to_2_12_the_key_of_root_is_shared_and_the_node_is_known_by_the_clusters_name_too() -> None:
    bare = Bare(version="2.12")
    found = trust(bare.context, node=TWO)
    assert found.shared == ("/root/.ssh/id_dsa", "/root/.ssh/id_dsa.pub")
    assert found.key_type == "dsa"
    assert sum(line.startswith("cluster.lab.example ") for line in found.known_hosts.splitlines()) > 1


def test_the_volume_group_is_missing_and_the_empty_device_is_offered() -> None:
    found = group(Bare().context, node=TWO, device=DISK)
    assert (found.present, found.left, found.enough) == (False, (), True)
    assert len(found.lost) == 10
    assert found.candidates == (f"{DISK} (24.0 GiB)",)
    assert found.device is not None
    assert (found.device.there, found.device.in_use, found.device.marks) == (True, (), ())


@pytest.mark.parametrize(
    ("device", "in_use", "marks"), [("/dev/ubda", ("it is mounted as /",), ("ext4",)), (DISK, (), ("ext4",))]
)
def test_what_is_on_a_device_is_told(device: str, in_use: tuple[str, ...], marks: tuple[str, ...]) -> None:
    bare = Bare("has-used-disk hwhost-2")
    bare.cluster.machines[TWO].storage.disks["/dev/ubda"] = 3 << 30
    bare.cluster.machines[TWO].storage.marks["/dev/ubda"] = ["ext4"]
    found = group(bare.context, node=TWO, device=device).device
    assert found is not None
    assert found.marks == marks
    assert found.in_use == in_use
    refused = bare.run("vgcreate", "vg0", DISK, on=TWO)
    assert "signature detected" in refused.stderr
    assert not refused.ok


def test_whether_the_disks_fit_is_said_only_of_a_group_or_a_device_that_is_there() -> None:
    bare = Bare()
    assert group(bare.context, node=TWO).enough
    bare.cluster.machines[TWO].storage.disks[DISK] = 64 << 20
    assert not group(bare.context, node=TWO, device=DISK).enough


def test_a_device_that_is_a_part_of_a_group_is_in_use() -> None:
    bare = Bare()
    assert bare.run("vgcreate", "other", DISK, on=TWO).ok
    found = group(bare.context, node=TWO, device=DISK).device
    assert found is not None
    assert found.in_use == ("it is a part of the volume group other",)


@pytest.mark.parametrize("device", ["sdb", "/dev/../etc/passwd", "/dev/sdb; reboot", "-a", "/dev/", ""])
def test_what_is_no_device_is_refused(device: str) -> None:
    with pytest.raises(FactError, match="no path of a device"):
        group(Bare().context, node=TWO, device=device)


def test_packages_that_are_missing_are_asked_for_in_the_masters_version() -> None:
    bare = Bare("has-no-packages hwhost-2")
    found = packages(bare.context, node=TWO)
    assert found.missing == ("drbd-utils", "ganeti=3.0.2-3", "lvm2", "rsync")
    assert not found.fits
    assert bare.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", *found.missing, on=TWO).ok
    again = packages(bare.context, node=TWO)
    assert (again.missing, again.fits) == ((), True)


def test_the_sites_files_and_links_are_missing_and_the_packages_are_not() -> None:
    bare = Bare()
    found = conf_files(bare.context, node=TWO)
    assert found.lacking == (
        "/etc/ganeti/common-vars", "/etc/ganeti/hooks/node-add-post.d/50site", "/etc/ganeti/site/common-vars",
    )  # fmt: skip
    assert found.hooks == ("/etc/ganeti/hooks/node-add-post.d/50site",)
    told = trust(bare.context, node=TWO)
    shell = f"ssh -oPort={told.port} -oHostKeyAlias={told.alias}"
    copy = ("rsync", "--archive", f"--rsh={shell}", "/etc/ganeti/", f"root@{TWO}:/etc/ganeti/")
    assert "Host key verification failed" in bare.run(*copy).stderr
    bare.know()
    bare.let_in()
    assert bare.run(*READD).ok
    assert bare.run(*copy).ok
    assert conf_files(bare.context, node=TWO).lacking == ()


def test_a_whole_node_lacks_nothing() -> None:
    bare = Bare()
    found = reinstalled(bare.context, node=ONE)
    assert (found.member, found.bare, found.left) == (True, False, ())
    lacking = reinstalled(bare.context, node=TWO)
    assert (lacking.member, lacking.bare) == (False, True)
    assert len(lacking.left) == 8
    happen(bare.cluster, "has-no-packages hwhost-2")
    assert any("install" in one for one in reinstalled(bare.context, node=TWO).left)


MARKS = marks(DISK).argv[:-1]


@pytest.mark.parametrize(
    "argv",
    [
        (*MARKS, "--all", DISK), (*MARKS, "-a"), MARKS, ("wipefs", DISK),
        (*PACKAGES.argv, "--admindir=/tmp"), ("find", "/etc/ganeti", "-delete"),
    ],
)  # fmt: skip
def test_no_read_can_change_a_device_or_a_file(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not a known read-only command"):
        read(*argv)
