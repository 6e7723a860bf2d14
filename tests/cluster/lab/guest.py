"""One guest: boot it, cut its power, and know whether it lives.

A guest is known by its process's own command line inside the lab's network namespace, so there is no file
that could be missing or stale: what an earlier, killed command left behind is found all the same.
"""

import contextlib
import os
import signal
from pathlib import Path

from tests.cluster.lab import network, processor
from tests.cluster.lab.errors import LabError
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import GIB, Paths
from tests.cluster.lab.shell import host, tail, wait_until

MEMORY = "768M"
# Ganeti refuses a volume group below 20 GiB; the file is sparse.
VOLUME_SIZE = 24 * GIB


def make_volume(path: Path) -> None:
    """An empty disk for the volume group."""
    with path.open("wb") as file:
        file.truncate(VOLUME_SIZE)


def start(node: Node, paths: Paths, base: Path) -> None:
    """Power a guest on; its disks must be there. Returns as soon as its process runs."""
    cow, volume, seed = paths.cow(node.short), paths.volume(node.short), paths.seed(node.short)
    arguments = [
        *("linux.uml", f"umid={node.short}", f"uml_dir={paths.uml}", f"mem={MEMORY}"),
        *(
            f"ubd0={cow},{base}",
            f"ubd1={volume}",
            f"ubd2r={seed}",
            "root=/dev/ubda",
            "rw",
            "init=/sbin/lab-init",
        ),
        *(
            f"vec{bridge}:transport=tap,ifname={node.tap(bridge)},depth=128,mac={node.mac(bridge)}"
            for bridge in range(len(network.BRIDGES))
        ),
        *("con0=null,fd:1", "con=null", "ssl=null", "quiet", "systemd.show_status=no"),
        *("mitigations=off", "net.ifnames=0", f"lab.node={node.number}"),
    ]
    # A session of its own, so that a Ctrl-C meant for us does not reach it, and one signal to the group
    # ends it. Its memory is an unlinked file in TMPDIR.
    environment = [f"TMPDIR={paths.live}", *processor.environment(paths)]
    command = ["setsid", "--fork", *network.inside(["env", *environment, *arguments])]
    host(
        [
            "sh",
            "-c",
            'console=$1; shift; exec "$@" >"$console" 2>&1',
            "sh",
            str(paths.console(node.short)),
            *command,
        ]
    )
    wait_until(f"the process of {node.short}", 10, lambda: processes(node))


def processes(node: Node) -> list[int]:
    """The guest's processes on this machine: there is one for each process inside the guest."""
    mark = f"umid={node.short}".encode()
    return [pid for pid in network.pids() if mark in _command_line(pid)]


def alive(node: Node) -> bool:
    return bool(processes(node))


def check_alive(node: Node, paths: Paths) -> None:
    """Say what the kernel said last when the guest is gone instead of up."""
    if not alive(node):
        console = paths.console(node.short)
        last = tail(console.read_text(errors="replace")) if console.exists() else "(nothing)"
        raise LabError(f"{node.short} ended instead of booting; all it said is in {console}, last: {last}")


def power_cut(node: Node) -> None:
    """End the guest as a power cut would: nothing is flushed, nobody is told."""
    _kill(processes(node))
    wait_until(f"the end of {node.short}", 60, lambda: not alive(node))


def end_everything() -> None:
    """End every process in the lab's namespace; the namespace is ours alone, so everything in it is."""

    def empty() -> bool:
        left = network.pids()
        _kill(left)
        return not left

    wait_until("the end of the lab's processes", 30, empty)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _command_line(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
