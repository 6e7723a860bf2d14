"""The lab as one object: everything the command line and the tests do with the cluster."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.cluster.lab import (
    bare,
    cluster,
    forming,
    golden,
    guest,
    image,
    incidents,
    names,
    network,
    packages,
    remote,
    resume,
    whole,
)
from tests.cluster.lab.errors import LabError
from tests.cluster.lab.identity import Identities
from tests.cluster.lab.lock import Lock
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import Paths, default_cache
from tests.cluster.lab.shell import CompletedRun
from tests.cluster.lab.timing import Timings

FORMED = [Node(1), Node(2)]


class Lab:
    """A real cluster: `up` it, break it, `reset` it, `down` it.

    Whoever changes the lab holds its lock until `down` or `release`. A verb that fails or is interrupted
    half way takes everything down, so that nothing is left running.
    """

    def __init__(self, cache: Path | None = None, *, quiet: bool = False) -> None:
        self.paths = Paths(cache or default_cache())
        self.timings = Timings(quiet=quiet)
        self._lock = Lock(self.paths.lock)
        self._build_lock = Lock(self.paths.build_lock)
        self._who = Identities(self.paths)
        self._first: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def nodes(self) -> list[str]:
        """Full names of the nodes that have a disk, running or not; the first one is the golden master."""
        return [node.name for node in self._who.all()]

    @property
    def ssh_config(self) -> Path:
        """Reaches the nodes from inside the namespace; up and wipe write it anew."""
        return self.paths.ssh_config

    @property
    def netns(self) -> str:
        """Where the operator sits."""
        return network.DESK

    def exec_argv(self, argv: Sequence[str], *, elsewhere: bool = False) -> list[str]:
        """Prefix a command of this machine so that it runs where the operator sits, or on another machine beside it."""
        return network.inside(argv, network.NETNS if elsewhere else network.DESK)

    def alive(self, node: str) -> bool:
        return guest.alive(self._who.find(node))

    def drbd(self, node: str) -> dict[int, tuple[str, str, str]]:
        """Each minor's (connection state, roles, disk states) as the node's /proc/drbd has it."""
        return cluster.drbd(self.paths, self._who.find(node))

    def synced(self) -> bool:
        """Whether every DRBD device of the golden cluster's nodes is connected and up to date."""
        return cluster.synced(self.paths, FORMED)

    def build(self) -> None:
        """Make what is missing, up to the golden snapshot of a cluster that works."""
        with self._whole(), self._alone():
            packages.install()
            if golden.exists(self.paths):
                return
            base = image.build(self.paths, self.timings)
            self._who.public_key()
            with self.timings.part("boot two bare nodes"):
                self._clear()
                network.create()
                for node in FORMED:
                    self._who.renew(node)
                    guest.start(node, self.paths, base)
                cluster.wait_ssh(self.paths, FORMED)
            forming.form(self.paths, FORMED, self.timings)
            with self.timings.part("synchronise the disks"):
                cluster.wait_synced(self.paths, FORMED)
            scripts = {node: resume.capture(self.paths, node) for node in FORMED}
            with self.timings.part("shut down and keep the golden snapshot"):
                cluster.shut_down(self.paths, FORMED)
                golden.keep(self.paths, self._who.all(), scripts)
            self._clear()

    def up(self, nodes: int = 2) -> None:
        """From the golden snapshot to a working, synchronised cluster; builds what is missing."""
        if not 2 <= nodes <= names.MAX_NODES:
            raise LabError(f"the lab has 2 or {names.MAX_NODES} nodes, not {nodes}")
        self.build()
        with self._whole(), self.timings.part("golden snapshot to a working cluster"):
            self._clear()
            network.create()
            self._who.set(golden.restore(self.paths))
            base = image.base_path(self.paths)
            extra = [Node(number) for number in range(3, nodes + 1)]
            for node in extra:
                self._who.renew(node)
            with self.timings.part("  of it: boot"):
                for node in [*FORMED, *extra]:
                    guest.start(node, self.paths, base)
                cluster.wait_ssh(self.paths, FORMED)
            with self.timings.part("  of it: disks and instances"):
                scripts = {node: golden.resume_script(self.paths, node) for node in FORMED}
                remote.together(self.paths, scripts)
                cluster.wait_synced(self.paths, FORMED)
            with self.timings.part("  of it: Ganeti's daemons"):
                cluster.wait_daemons(self.paths, FORMED)
            cluster.wait_ssh(self.paths, extra)

    def reset(self, nodes: int = 2) -> None:
        """Back to the golden snapshot, whatever state the lab is in."""
        self.up(nodes)
        self._first = whole.parts(self.paths, FORMED)

    def stand(self) -> None:
        """A whole cluster: the one that stands, where all that was done to it was put right; else a new one.

        A node that says anything else of its files and volumes than it did at first is reason enough for a new one.
        """
        with self.timings.part("see whether the cluster is whole"):
            stands = bool(self._first) and whole.well(self.paths, FORMED)
            stands = stands and whole.parts(self.paths, FORMED) == self._first
        if not stands:
            self.reset()

    def down(self) -> None:
        """End every guest and remove the namespace and the live disks; the cache stays."""
        packages.preflight()
        self.paths.make()
        self._lock.take()
        try:
            self._clear()
        finally:
            shutil.rmtree(self.paths.live, ignore_errors=True)
            self.release()

    def release(self) -> None:
        """Let others change the lab, and leave it running."""
        self._lock.release()

    def run(
        self,
        node: str,
        argv: Sequence[str] | str,
        *,
        timeout: float = remote.PATIENCE,
        user: str = "root",
        stdin: str | None = None,
    ) -> CompletedRun:
        """Run a command on a node: a list is quoted, a string is for the node's shell. 124 is a time-out."""
        return remote.run(self.paths, self._who.find(node), argv, timeout=timeout, user=user, stdin=stdin)

    def must(self, node: str, argv: Sequence[str] | str, *, timeout: float = remote.PATIENCE) -> CompletedRun:
        """Run a command that has to work; a LabError says what it said."""
        return remote.must(self.paths, self._who.find(node), argv, timeout=timeout)

    def power_cut(self, node: str) -> None:
        """Nobody is told: not the daemons, not the peers, not DRBD. The disks stay as they are.

        The root file system is written back just before: a guest that was ended in the middle of its writes was once
        seen to come back with a damaged one, which is a fault of its kind of disk and not of the incident.
        """
        one = self._changing(node)
        if guest.alive(one):
            remote.run(self.paths, one, ["sync", "-f", "/"], timeout=30)
        guest.power_cut(one)
        remote.hang_up(self.paths, one)

    def power_on(self, node: str) -> None:
        """Boot a node from its disks and wait until it runs commands; its instances are not started."""
        one = self._changing(node)
        if guest.alive(one):
            raise LabError(f"{one.short} is running already: cut its power first")
        with self.timings.part("power on a node"):
            guest.start(one, self.paths, image.base_path(self.paths))
            cluster.wait_ssh(self.paths, [one])

    def wipe(self, node: str) -> None:
        """Replace the node by a reinstalled one: bare Debian and Ganeti, new host keys, empty disks."""
        one = self._changing(node)
        self.power_cut(node)
        self._who.renew(one)
        self.power_on(node)
        remote.must(self.paths, one, bare.script(one))

    def add_node(self, node: str) -> None:
        """Add a bare, booted node (`up(nodes=3)`) to the cluster."""
        one = self._changing(node)
        with self.timings.part("add a node"):
            forming.prepare(self.paths, [one])
            forming.add(self.paths, FORMED[0], one)

    def cut_link(self, *, everything: bool = False, source: str | None = None, target: str | None = None) -> None:
        """Drop DRBD's traffic (or `everything`) between all nodes, or only from `source` or to `target`."""
        self._changing()
        start = self._who.find(source) if source else None
        end = self._who.find(target) if target else None
        network.cut(self._who.all(), everything=everything, source=start, target=end)

    def cut_operator(self) -> None:
        """Drop all between the operator and the nodes; these see each other, and whoever sits elsewhere sees them."""
        self._changing()
        network.cut_desk(self._who.all())

    def heal_link(self) -> None:
        """Undo every cut; what DRBD makes of it is DRBD's business."""
        self._changing()
        network.heal()

    def wait_synced(self, timeout: float = 300) -> None:
        cluster.wait_synced(self.paths, FORMED, timeout)

    def incident(self, name: str) -> dict[str, str]:
        """Break the cluster in the named way; returns what is known of it (the job's number, the node)."""
        self._changing()
        return incidents.cause(self, name)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A verb that is done wholly or leaves nothing running."""
        packages.preflight()
        self.paths.make()
        self._lock.take()
        try:
            yield
        except BaseException:
            self.down()
            raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The cache is filled by one lab at a time; another one then finds it full."""
        self._build_lock.take(wait=True)
        try:
            yield
        finally:
            self._build_lock.release()

    def _clear(self) -> None:
        """End what an earlier run left behind, this one's or a killed one's."""
        guest.end_everything()
        network.destroy()
        for folder in (self.paths.live, self.paths.state):
            for leftover in folder.iterdir() if folder.is_dir() else ():
                if leftover.is_dir():
                    shutil.rmtree(leftover, ignore_errors=True)
                elif leftover != self.paths.lock and leftover.suffix != ".console":
                    leftover.unlink(missing_ok=True)
        self.paths.make()

    def _changing(self, node: str | None = None) -> Node:
        """Take the lock to change a lab that is up."""
        packages.preflight()
        if not network.exists():
            raise LabError("the lab is down: run `python3 -m tests.cluster.lab up` first")
        self._lock.take()
        return self._who.find(node) if node else FORMED[0]
