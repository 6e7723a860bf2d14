"""What each release of Ganeti has and does: the only place where they are told apart.

The facts ask for the release that a cluster has, the embedded cluster for the one that it imitates; so both know the
same. Each is from Ganeti's own NEWS or source, at the tags of these releases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.version import Version


@dataclass(frozen=True, slots=True)
class Feature:
    """What some releases have or do, and others do not.

    Attributes:
        source: where it can be looked up.
        first: the first release with it; empty where all before `before` have it.
        before: the first one without it again; empty where that has not come.
    """

    source: str
    first: str = ""
    before: str = ""

    def on(self, version: str) -> bool:
        """Whether it is there on this version: a whole one such as 3.0.2, or a release such as 3.0."""
        there = Version(version)
        return (not self.first or there >= self.first) and (not self.before or there < self.before)


@dataclass(frozen=True, slots=True)
class Release:
    """A release that the embedded cluster can imitate, with the Debian that came with it.

    Attributes:
        version: the one that it says of itself.
        config: the number in its configuration (lib/constants.py, CONFIG_VERSION).
        package: Debian's version of it.
        sshd: Debian's version of openssh-server.
    """

    version: str
    config: int
    package: str
    sshd: str


OLD_SSHD, SSHD = "1:6.7p1-5+deb8u4", "1:9.2p1-2+deb12u10"
IMITATED: Mapping[str, Release] = {
    "2.12": Release("2.12.6", 2120000, "2.12.4-1+deb8u3", OLD_SSHD),
    "2.15": Release("2.15.2", 2150000, "2.15.2-7+deb9u3", OLD_SSHD),
    "3.0": Release("3.0.2", 3000000, "3.0.2-3", SSHD),
    "3.1": Release("3.1.1", 3010000, "3.1.1-1", SSHD),
}
"""From the oldest to the newest."""
OLDEST, *_, NEWEST = IMITATED
USUAL = "3.0"
"""The one that is imitated where nobody says which."""

# The nodes' ssh keys.

NODE_KEYS = Feature("NEWS 2.13.0; lib/pathutils.py, SSH_PUB_KEYS", first="2.13")
"""Each node has keys of its own, and a file names the public ones. Before, all have those of the first one."""
MASTER_KEY_RENEWED = Feature("issue 1052", first="2.14")
"""New keys for the nodes are also made for the master."""
ONLY_DSA_READ = Feature("lib/backend.py: id_dsa.pub", first="2.15", before="2.16")
"""It cannot do without a key of the type DSA, on Debian releases whose ssh no longer makes one."""
KEY_TYPES = Feature("NEWS 2.16.0; lib/objects.py, ssh_key_type", first="2.16")
"""A cluster chooses the type of its keys. Before, it is always DSA."""
SSH_PORTS_FILE = Feature("src/Ganeti/Ssconf.hs, SSSshPorts", first="2.12.5")
"""The nodes know each other's ssh ports from a file."""

# Jobs.

JOB_KILL = Feature("NEWS 2.13.0; lib/client/gnt_job.py", first="2.13")
"""gnt-job cancel --kill."""
KVM_FOLDER_REFUSED = Feature("lib/cmdlib/instance_migration.py, GetHypervisor", first="2.13", before="2.16.0~rc2")
"""A migration sets the mode of KVM's folders, as the user that jobs run as (cured in 2.16.0 rc2)."""
PYTHON_3 = Feature("NEWS 3.0.0 beta1", first="3.0")

# Who is the master, and who is online.

FLAGS_PASSED_ON = Feature("issue 1212; lib/backend.py, EXTRA_LUXID_ARGS", first="2.16")
"""The new master's daemons get the flags against voting that the failover was given."""
HEALTH_ASKED_FIRST = Feature("lib/client/gnt_cluster.py, unhealthy_nodes", first="2.16")
"""A failover with voting is refused where the nodes that answer are no majority."""
OFFLINE_IGNORED = Feature("NEWS 2.16.0 rc2", first="2.16.0~rc2")
"""gnt-cluster master-failover --ignore-offline-nodes."""
ONLINE_CONFIRMED = Feature("NEWS 2.16.0 rc2", first="2.16.0~rc2")
"""gnt-node modify --offline=no asks whether that is meant."""

# Disks and instances.

SYNC_IS_KNOWN = Feature("lib/storage/drbd.py, LDS_SYNC", first="2.13")
"""A disk that is being copied to has a word of its own."""
ALONE_IS_FAULTY = Feature("NEWS 3.1.0 rc1; issue 1814", first="3.1.0~rc1")
"""A device that stands alone has the same word as one without a disk."""
DISKLESS_CONNECTS = Feature("NEWS 3.0.0 rc1; pull request 1496", first="3.0.0~rc1")
"""A device is made before it is connected, so that this works without its disk."""
DISKS_ARE_CLOSED = Feature("lib/cmdlib/instance_migration.py", first="2.14")
"""A migration closes disks. Before, it says that it switches the node to secondary mode."""
CLEANUP_ADOPTS = Feature("NEWS 2.16.0 rc2", first="2.16.0~rc2")
"""gnt-instance migrate --cleanup ends one of two copies, and takes over one that runs elsewhere."""

# The Debian that came with the release.

SSH_SAYS_SETTINGS = Feature("OpenSSH 6.8; Debian 9", first="2.15")
"""ssh -G."""
JOURNAL_SEARCH = Feature("systemd 237; Debian 10", first="2.16")
"""journalctl --grep."""
JOURNAL_NEWEST_FIRST = Feature("systemd 252; Debian 12", first="3.0")
"""Searching the journal for some lines means the newest first, as if that had been asked for."""
SYSLOG_FILES = Feature("Debian 12 has no rsyslog", before="3.0")
"""The kernel's words are in files of /var/log as well."""
