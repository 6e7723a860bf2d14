"""Bringing the golden cluster's disks and instances back after a boot, without a Ganeti job for each.

A boot forgets DRBD's devices, and the fake hypervisor its instances (they are files in /run). `gnt-instance
startup` would bring them back in half a minute; the commands that Ganeti itself ran, kept with the golden
snapshot and run again on all nodes at once, do it in a few seconds and leave no jobs in the list.
"""

import re

from tests.cluster.lab import cluster, names
from tests.cluster.lab.errors import LabError
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.remote import must

# The node daemon's log quotes the commands for a shell. They hold DRBD's shared secrets.
LOGGED = r"grep -ho 'RunCmd drbd\(setup\|meta\) .*' /var/log/ganeti/node-daemon.log"
RUNNING = "fake-hypervisor instance-disks instance-reason bdev-cache"
PACK = f"cd /run/ganeti && tar --ignore-failed-read -cf - {RUNNING} 2>/dev/null | base64 -w0"

# The order in which Ganeti's node daemon assembles a device; the last match of each is the present one.
ASSEMBLE = (
    r"drbdsetup new-resource resource{minor}",
    r"drbdsetup new-minor resource{minor} {minor} 0",
    r"drbdmeta /dev/drbd{minor} .* apply-al",
    r"drbdsetup attach {minor} .*",
    r"drbdsetup disk-options {minor} .*",
    r"drbdsetup connect resource{minor} .*",
)
# Only a connected device may become primary: promoted alone it would start a new generation of data and a
# resync.
PROMOTE = """
tries=0
until grep -q '^ *{minor}: cs:Connected .*ds:UpToDate/UpToDate' /proc/drbd; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || exit 1
    sleep 0.2
done
drbdsetup primary {minor}
"""


def capture(paths: Paths, node: Node) -> str:
    """A shell script that makes the node's devices and instances what they are now."""
    logged = [line.removeprefix("RunCmd ") for line in must(paths, node, LOGGED).stdout.splitlines()]
    devices = cluster.drbd(paths, node)
    packed = must(paths, node, PACK).stdout.strip()
    lines = [
        f"vgchange -q -ay {names.VOLUME_GROUP}",
        f"mkdir -p /run/ganeti && echo {packed} | base64 -d | tar -C /run/ganeti -xf -",
    ]
    for minor in devices:
        lines += ["(", "set -e", *(_last(logged, step.format(minor=minor)) for step in ASSEMBLE), ") &"]
    lines.append("wait")
    for minor, (_, roles, _) in devices.items():
        if roles.startswith("Primary/"):
            lines.append(PROMOTE.format(minor=minor))
    return "\n".join(lines) + "\n"


def _last(logged: list[str], pattern: str) -> str:
    found = [line for line in logged if re.fullmatch(pattern, line)]
    if not found:
        raise LabError(f"Ganeti's node daemon logged no {pattern!r}: has the format of its log changed?")
    return found[-1]
