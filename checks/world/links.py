"""The way into the simulated cluster: `engine.transport.interface` over imitated nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.world.call import Call, EndedError, HangingError
from checks.world.programs.table import PROGRAMS
from engine.errors import HostUnreachableError, LinkLostError
from engine.transport.interface import FileChange, Host, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.world.cluster import Cluster
    from checks.world.machine import Machine

CONNECT_SECONDS = 10.0
"""How long an attempt to reach a node without power takes."""
OVERHEAD_SECONDS = 0.2
COMMAND_NOT_FOUND = 127
CHANGED_MEANWHILE = 65


class WorldLink:
    """A link to one simulated node."""

    def __init__(self, cluster: Cluster, host: Host, machine: Machine) -> None:
        self.host = host
        self._cluster = cluster
        self._machine = machine

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        clock = self._cluster.clock
        with clock.lock:
            require_way_in(self._cluster, self.host, self._machine)
            words = tuple(argv)
            started = clock.monotonic()
            self._cluster.record.append((self._machine.name, words))
            call = Call(self._cluster, self._machine, words, started + timeout)
            try:
                code = self._execute(call)
            except HangingError:
                raise self._lost(words, timeout) from None
            if clock.monotonic() > call.deadline:
                raise self._lost(words, timeout)
            seconds = clock.monotonic() - started
            return Result(words, "".join(call.out), "".join(call.err), code, seconds)

    def _execute(self, call: Call) -> int:
        call.spend(OVERHEAD_SECONDS)
        if not call.argv:
            return 0
        name = call.program.removeprefix("/usr/sbin/").removeprefix("/usr/bin/").removeprefix("/bin/")
        program = PROGRAMS.get(name)
        if program is None:
            call.complain(f"sh: 1: {call.program}: not found")
            return COMMAND_NOT_FOUND
        try:
            return program(call, list(call.argv[1:]))
        except EndedError as end:
            return end.code

    def _lost(self, words: tuple[str, ...], timeout: float) -> LinkLostError:
        return LinkLostError(
            f"{self.host} did not answer within {timeout:g} s.",
            why=f"The end of `{' '.join(words)}` was not seen.",
            changed="The command was started; it may still be running.",
            hint="Look at the host before starting it again.",
        )

    def replace_file(self, change: FileChange, *, timeout: float) -> Result:  # noqa: ARG002  # it is never slow here  # never slow here
        clock = self._cluster.clock
        with clock.lock:
            require_way_in(self._cluster, self.host, self._machine)
            words = ("replace-file", change.path)
            self._cluster.record.append((self._machine.name, words))
            clock.sleep(OVERHEAD_SECONDS)
            files = self._machine.files
            old = files.get(change.path)
            if (None if old is None else old.text) != change.before or files.is_dir(change.path):
                return Result(
                    words,
                    "",
                    f"{change.path} is not what it was when the change was planned\n",
                    CHANGED_MEANWHILE,
                    OVERHEAD_SECONDS,
                )
            if old is not None:
                files.make_dir(change.backup.rsplit("/", 1)[0] or "/")
                files.put(change.backup, old)
            owner, _, group = change.owner.partition(":")
            files.write(
                change.path,
                change.after,
                owner=owner or "root",
                group=group or "root",
                mode=int(change.mode, 8),
                mtime=self._cluster.now,
            )
            return Result(words, "", "", 0, OVERHEAD_SECONDS)

    def close(self) -> None:
        """Nothing to close."""


class WorldLinks:
    """Links to all simulated nodes."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def to(self, host: Host) -> WorldLink:
        """The link to a node.

        Raises:
            HostUnreachableError: there is no such node, or ssh does not reach it (after 10 simulated seconds).
        """
        with self._cluster.clock.lock:
            machine = self._cluster.machine(host.name)
            if machine is None:
                raise HostUnreachableError(
                    f"{host} cannot be reached.",
                    why="Name or service not known",
                    changed="Nothing was sent to it.",
                    hint="The rehearsal has no node of this name.",
                )
            require_way_in(self._cluster, host, machine)
            return WorldLink(self._cluster, host, machine)

    def close(self) -> None:
        """Nothing to close."""


def require_way_in(cluster: Cluster, host: Host, machine: Machine) -> None:
    """Let the time of an attempt pass and say so when ssh does not reach a node."""
    if not (machine.powered and machine.on_our_net):
        cluster.clock.sleep(CONNECT_SECONDS)
        raise HostUnreachableError(
            f"{host} cannot be reached.",
            why=f"connect to {machine.primary_ip} port 22: no answer within {CONNECT_SECONDS:g} s",
            changed="Nothing was sent to it.",
            hint="Is the node powered on, and is the network up?",
        )
