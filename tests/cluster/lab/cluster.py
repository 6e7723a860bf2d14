"""Bringing a booted cluster into service, and waiting until it really is."""

import re
from functools import partial

from tests.cluster.lab import guest
from tests.cluster.lab.names import INSTANCES, Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.remote import answers, run
from tests.cluster.lab.shell import wait_until

DISKS = sum(len(instance.disks) for instance in INSTANCES)
STATE = re.compile(r"^ *(\d+): cs:(\S+) ro:(\S+) ds:(\S+)", re.MULTILINE)


def wait_ssh(paths: Paths, nodes: list[Node], timeout: float = 300) -> None:
    """Wait until each node runs commands."""
    for node in nodes:

        def ready(node: Node = node) -> bool:
            guest.check_alive(node, paths)
            return answers(paths, node)

        wait_until(f"ssh on {node.short}", timeout, ready)


def drbd(paths: Paths, node: Node) -> dict[int, tuple[str, str, str]]:
    """Each minor's connection, roles and disk states, from /proc/drbd: the one source that never lies."""
    text = run(paths, node, "cat /proc/drbd", timeout=60).stdout
    return {int(minor): (cs, roles, disks) for minor, cs, roles, disks in STATE.findall(text)}


def synced(paths: Paths, nodes: list[Node], disks: int = DISKS) -> bool:
    """Whether every DRBD device of every node is connected and up to date on both sides."""
    for node in nodes:
        devices = drbd(paths, node)
        if len(devices) < disks or any(
            (cs, states) != ("Connected", "UpToDate/UpToDate") for cs, _, states in devices.values()
        ):
            return False
    return True


def wait_synced(paths: Paths, nodes: list[Node], timeout: float = 300) -> None:
    wait_until("every DRBD device to be Connected and UpToDate", timeout, lambda: synced(paths, nodes))


def wait_daemons(paths: Paths, nodes: list[Node], timeout: float = 300) -> None:
    """Wait until Ganeti's start script is through on every node and the master takes jobs."""
    master, *_ = nodes
    for node in nodes:
        script = "systemctl is-active --quiet ganeti"
        if node == master:
            script += " && test -S /run/ganeti/socket/ganeti-query"
        wait_until(f"Ganeti's daemons on {node.short}", timeout, partial(_works, paths, node, script))


def _works(paths: Paths, node: Node, script: str) -> bool:
    return run(paths, node, script, timeout=60).ok


def shut_down(paths: Paths, nodes: list[Node], timeout: float = 300) -> None:
    """Power the nodes off cleanly, and wait until their processes have ended."""
    for node in nodes:
        # The connection is cut before the answer comes: the exit code says nothing.
        run(paths, node, "systemctl poweroff", timeout=60)
    for node in nodes:
        wait_until(f"{node.short} to power off", timeout, partial(_dead, node))


def _dead(node: Node) -> bool:
    return not guest.alive(node)
