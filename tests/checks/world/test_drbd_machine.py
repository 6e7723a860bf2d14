"""Whatever is done to a disk, its two sides never hold different data while both say that they are in sync."""

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from checks.world.drbd import operations
from checks.world.drbd.operations import DrbdError
from checks.world.events import happen
from checks.world.node.machine import SimulatedSide
from tests.checks.world.lab import Lab

NODES = st.sampled_from([1, 2])
PLACES = st.integers(0, 16000)
OPERATIONS = {
    "demote": operations.demote,
    "detach": operations.detach,
    "disconnect": operations.disconnect,
    "invalidate": operations.invalidate,
}


class Disk(RuleBasedStateMachine):
    """The disk of inst1, and everything that can be done to it."""

    @initialize()
    def begin(self) -> None:
        self.lab = Lab()
        self.config = self.lab.cluster.any_config()
        self.newest: dict[int, int] = {}

    def sides(self) -> list[SimulatedSide]:
        machines = self.lab.cluster.machines.values()
        return [side for machine in machines if (side := machine.drbd.get(0)) is not None]

    def side(self, node: int) -> SimulatedSide | None:
        return self.lab.cluster.machines[f"hwhost-{node}.lab.example"].drbd.get(0)

    def answering(self, node: int) -> SimulatedSide | None:
        """The side, unless its metadata hang: then whatever is asked of it hangs as well, and nothing happens."""
        side = self.side(node)
        return None if side is None or side.frozen else side

    @rule(node=NODES, what=st.sampled_from(sorted(OPERATIONS)))
    def does(self, node: int, what: str) -> None:
        side = self.answering(node)
        if side is not None:
            with suppress(DrbdError):
                OPERATIONS[what](self.lab.cluster, side)

    @rule(node=NODES, force=st.booleans())
    def promotes(self, node: int, *, force: bool) -> None:
        side = self.answering(node)
        if side is not None:
            with suppress(DrbdError):
                operations.promote(self.lab.cluster, side, force=force)

    @rule(node=NODES, place=PLACES, blocks=st.sampled_from([1, 40, 9000]))
    def writes(self, node: int, place: int, blocks: int) -> None:
        side = self.answering(node)
        if side is not None:
            with suppress(DrbdError):
                operations.write(self.lab.cluster, side, place, blocks)

    @rule(works=st.booleans())
    def link(self, *, works: bool) -> None:
        happen(self.lab.cluster, "heal-replication" if works else "cut-replication")

    @rule(node=NODES)
    def loses_power(self, node: int) -> None:
        happen(self.lab.cluster, f"reboot hwhost-{node}")

    @rule(node=NODES, frozen=st.booleans())
    def metadata_answer(self, node: int, *, frozen: bool) -> None:
        side = self.side(node)
        if side is not None and side.meta is not None:
            side.meta.suspended = frozen
            operations.thaw(side.machine)

    @rule()
    def ganeti_activates(self) -> None:
        self.lab(1, "gnt-instance activate-disks inst1.lab.example", timeout=600)

    @rule(seconds=st.sampled_from([1, 7, 60]))
    def time_passes(self, seconds: int) -> None:
        self.lab.waits(seconds)

    @invariant()
    def in_sync_means_the_same(self) -> None:
        sides = self.sides() if hasattr(self, "lab") else []
        if [(one.state, one.disk, one.seen_disk) for one in sides] == [("Connected", "UpToDate", "UpToDate")] * 2:
            first, second = (one.data for one in sides)
            assert first is not None
            assert second is not None
            assert first.data == second.data

    @invariant()
    def what_is_copied_is_known_to_differ(self) -> None:
        sides = self.sides() if hasattr(self, "lab") else []
        states = {side.state for side in sides}
        if states == {"SyncSource", "SyncTarget"}:
            source, target = sorted(sides, key=lambda side: side.state)
            assert source.data is not None
            assert target.data is not None
            assert source.metadata is not None
            differ = [
                (low, high)
                for low, high, value in source.data.data.runs()
                for start, end, other in target.data.data.runs(low, high)
                if other != value
            ]
            for low, high in differ:
                marked = [run for run in source.metadata.bits.runs(low, high) if run[2]]
                assert marked, "what differs is marked, or it would never be copied"

    @invariant()
    def never_two_primaries_that_know_each_other(self) -> None:
        sides = self.sides() if hasattr(self, "lab") else []
        assert not (len(sides) == 2 and all(one.linked and one.role == "Primary" for one in sides))


TestDisk = Disk.TestCase
TestDisk.settings = settings(max_examples=15, stateful_step_count=25)
