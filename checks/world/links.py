"""The way into the simulated cluster: `engine.hosts.host` over imitated nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checks.world.cluster import SimulatedCluster
from checks.world.node.machine import Machine, Supervised
from checks.world.programs.call import EndedError, HangingError, ProgramCall
from checks.world.programs.registry import installed
from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Action, FileChange, Host, Once, Result, Settled, nothing

CONNECT_SECONDS = 10.0
"""How long an attempt to reach a node without power takes."""
OVERHEAD_SECONDS = 0.2
COMMAND_NOT_FOUND = 127
CHANGED_MEANWHILE = 65


class WorldLink:
    """A link to one simulated node."""

    def __init__(self, cluster: SimulatedCluster, host: Host, machine: Machine) -> None:
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
            call = ProgramCall(self._cluster, self._machine, words, started + timeout, installed())
            try:
                code = self._execute(call)
            except HangingError:
                raise self._lost(words, timeout) from None
            if clock.monotonic() > call.deadline:
                raise self._lost(words, timeout)
            seconds = clock.monotonic() - started
            return Result(words, "".join(call.out), "".join(call.err), code, seconds)

    def _execute(self, call: ProgramCall) -> int:
        call.spend(OVERHEAD_SECONDS)
        if not call.argv:
            return 0
        name = call.program.removeprefix("/usr/sbin/").removeprefix("/usr/bin/").removeprefix("/bin/")
        program = call.programs.get(name)
        if program is None:
            call.complain(f"sh: 1: {call.program}: not found")
            return COMMAND_NOT_FOUND
        if name in self._machine.hangs:
            call.wait_to_the_end()
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
            code="timed-out",
        )

    def make(self, once: Once, action: Action, *, timeout: float, tick: Callable[[], None] = nothing) -> Result:
        """Make a change, once only: sent again it tells how it ended."""
        tick()
        clock = self._cluster.clock
        with clock.lock:
            require_way_in(self._cluster, self.host, self._machine)
            name = (once.run, once.key)
            if name in self._machine.supervised:
                return self._attached(self._machine.supervised[name], timeout)
            known = self._machine.supervised[name] = Supervised(action, self._machine.boots)
            self._cluster.changes.append((self._machine.name, once, action))
            if isinstance(action, FileChange):
                known.result = self._replace_file(action)
            else:
                known.result = self.run(action, timeout=timeout)
            return known.result

    def settle(self, once: Once, *, timeout: float, wait: bool = False, tick: Callable[[], None] = nothing) -> Settled:
        """What became of a change."""
        tick()
        with self._cluster.clock.lock:
            require_way_in(self._cluster, self.host, self._machine)
            self._cluster.clock.sleep(min(OVERHEAD_SECONDS, timeout))
            known = self._machine.supervised.setdefault((once.run, once.key), Supervised(None, self._machine.boots))
            if known.action is None:
                return Settled("never")
            if known.result is not None:
                return Settled("ended", known.result)
            if known.boots != self._machine.boots:
                return Settled("rebooted")
            if wait:
                self._cluster.clock.sleep(timeout)
                raise self._lost(("it",), timeout)
            return Settled("running")

    def forget(self, run: str, *, timeout: float) -> None:
        """Remove what is kept of the changes of a run."""
        del timeout
        with self._cluster.clock.lock:
            require_way_in(self._cluster, self.host, self._machine)
            kept = {name: one for name, one in self._machine.supervised.items() if name[0] != run}
            self._machine.supervised = kept

    def _attached(self, known: Supervised, timeout: float) -> Result:
        words = known.action if isinstance(known.action, tuple) else ("replace-file",)
        if known.result is not None:
            return known.result
        if known.action is None or known.boots != self._machine.boots:
            raise LinkLostError(
                f"{self.host} was started anew while `{' '.join(words)}` was under way.", code="host-rebooted"
            )
        self._cluster.clock.sleep(timeout)
        raise self._lost(words, timeout)

    def _replace_file(self, change: FileChange) -> Result:
        clock = self._cluster.clock
        with clock.lock:
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
            if change.after is None:
                files.remove(change.path)
                return Result(words, "", "", 0, OVERHEAD_SECONDS)
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

    def __init__(self, cluster: SimulatedCluster) -> None:
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


def require_way_in(cluster: SimulatedCluster, host: Host, machine: Machine) -> None:
    """Let the time of an attempt pass and say so when ssh does not reach a node."""
    if not (machine.powered and machine.on_our_net):
        cluster.clock.sleep(CONNECT_SECONDS)
        raise HostUnreachableError(
            f"{host} cannot be reached.",
            why=f"connect to {machine.primary_ip} port 22: no answer within {CONNECT_SECONDS:g} s",
            changed="Nothing was sent to it.",
            hint="Is the node powered on, and is the network up?",
        )
