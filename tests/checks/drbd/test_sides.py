"""What is known of the two sides of a disk, and what may be done to them, on clusters that came to that state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checks.drbd.checks import discard as judge_victims
from checks.drbd.checks import sides, stuck_handshake
from checks.drbd.facts.discard import victims
from checks.drbd.facts.evidence import evidence
from checks.drbd.facts.stuck_handshake import stuck_sides, suspended
from checks.instances import checks as instances_checks
from checks.look.nodes import UnknownNameError
from checks.pack import pack
from checks.site import discover
from checks.world.events import happen
from checks.world.links import WorldLinks
from checks.world.scenario_model import Scenario
from checks.world.scenarios import FOLDER, cluster_of, load
from engine.hosts import reads
from engine.hosts.host import Host
from engine.hosts.reader import Reader
from engine.knowledge import Context

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"
Look = Callable[..., Context]


@pytest.fixture
def look() -> Look:
    """A look at the start state of a scenario, after some more has happened."""
    reads.allow(pack.read_forms)

    def at(scenario: str, *more: str, runs_twice: bool = False) -> Context:
        path = FOLDER.joinpath(f"{scenario}.yaml")
        cluster = cluster_of(load(path) if path.is_file() else Scenario(description=scenario))
        for action in more:
            happen(cluster, action)
        if runs_twice:
            first, second = (cluster.machines[node] for node in (ONE, TWO))
            second.domains.update(first.domains)
        reader = Reader(WorldLinks(cluster))
        return Context(reader, discover(reader, [Host(ONE)]), cluster.clock)

    return at


def test_both_sides_changed(look: Look) -> None:
    context = look("split-brain-replace")
    assert sides.need_repair(context, instance="inst1").holds is True
    assert sides.seen(context, instance="inst1").holds is True
    diverged = sides.not_diverged(context, instance="inst1")
    assert diverged.holds is False
    assert "split-brain-replace" in diverged.hint
    assert any("get-gi" in line for line in diverged.evidence)
    assert sides.relation_known(context, instance="inst1").holds is True
    assert sides.one_keeper(context, instance="inst1").holds is True
    assert any("keep the side on hwhost-1" in line for line in evidence(context, instance="inst1").lines)


def test_the_side_that_runs_is_not_thrown_away(look: Look) -> None:
    context = look("split-brain-replace")
    for node, holds in ((ONE, False), (TWO, True)):
        assert sides.not_running_on(context, instance="inst1", node=node).holds is holds
        assert sides.worse_side(context, instance="inst1", node=node).holds is holds
        assert sides.running_known(context, instance="inst1", node=node).holds is True
        assert sides.other_side_whole(context, instance="inst1", node=node).holds is True


def test_the_only_good_side_is_not_thrown_away(look: Look) -> None:
    context = look("split-brain-replace.interrupted")
    assert sides.other_side_whole(context, instance="inst2", node=TWO).holds is False
    assert sides.other_side_whole(context, instance="inst2", node=ONE).holds is True
    assert sides.not_diverged(context, instance="inst2").holds is True


def test_a_node_that_has_no_side(look: Look) -> None:
    context = look("split-brain-replace")
    with pytest.raises(UnknownNameError):
        sides.worse_side(context, instance="inst1", node="hwhost-9")
    with pytest.raises(UnknownNameError):
        sides.need_repair(context, instance="inst1", disk="7")


def test_a_primary_that_ran_without_its_disk(look: Look) -> None:
    context = look("split-brain-replace.diskless-primary")
    lost = sides.none_lost(context, instance="inst2")
    assert lost.holds is False
    assert any("it was Primary" in line for line in lost.evidence)
    assert sides.none_lost(look("split-brain-replace"), instance="inst1").holds is True


def test_one_side_missed_what_the_other_one_wrote(look: Look) -> None:
    context = look("split-brain-cleanup")
    assert sides.not_diverged(context, instance="inst2").holds is True
    assert sides.newer_side_runs(context, instance="inst2").holds is True
    older = look("", "disconnect hwhost-1 inst1/0", "disconnect hwhost-2 inst1/0", "force-write hwhost-2 inst1/0")
    runs = sides.newer_side_runs(older, instance="inst1")
    assert runs.holds is (sides.not_diverged(older, instance="inst1").holds is False)


def test_disks_that_speak_for_different_nodes(look: Look) -> None:
    context = look(
        "", "disconnect hwhost-1 inst3/0", "disconnect hwhost-2 inst3/0", "invalidate hwhost-2 inst3/0",
        "detach hwhost-1 inst3/1",
    )  # fmt: skip
    found = sides.one_keeper(context, instance="inst3")
    assert found.holds is False
    assert "disk=NUMBER" in found.hint
    assert sides.one_keeper(context, instance="inst3", disk="0").holds is True


def test_an_instance_that_runs_twice(look: Look) -> None:
    assert sides.runs_once(look("split-brain-replace"), instance="inst1").holds is True
    twice = sides.runs_once(look("split-brain-replace", runs_twice=True), instance="inst1")
    assert twice.holds is False
    assert len(twice.evidence) == 2


def test_a_node_that_is_down_shows_no_side(look: Look) -> None:
    context = look("split-brain-replace", "power-off hwhost-2")
    assert sides.seen(context, instance="inst1").holds is False
    assert victims(context, instance="inst1", node=ONE) == ()


def test_a_healthy_instance_has_nothing_to_repair(look: Look) -> None:
    context = look("")
    assert sides.need_repair(context, instance="inst1").holds is False
    assert (victims(context, instance="inst1", node=ONE), stuck_sides(context, instance="inst1")) == ((), ())
    assert evidence(context, instance="inst1").lines == ()
    assert sides.are_stuck(context, instance="inst1").holds is False


def test_a_victim_says_what_is_lost_and_whether_a_copy_fits(look: Look) -> None:
    some = victims(look("split-brain-discard"), instance="inst1", node=TWO)
    assert (some.ready, some.copyable, some.primary, some.cramped, some.dumps) == (some, some, (), (), ())
    assert (some.is_secondary(0), some.has_disk(0), some.has_disk(1), some.without_disk) == (True, True, False, ())
    (victim,) = some
    assert str(victim) == f"disk 0 on {TWO}"
    assert (victim.survivor, victim.changed, victim.kept_changed, victim.size) == (ONE, "4 KiB", "4 KiB", "64.0 MiB")
    assert (victim.ready, victim.copyable, victim.has_disk, victim.discarded) == (True, True, True, False)
    assert victim.copy_bytes is not None
    assert victim.copy_bytes >= 64 * 2**20 * 1.02
    assert victim.copy_bytes % 2**20 == 0


def test_a_victim_that_is_in_use_or_worthless_already_is_not_ready(look: Look) -> None:
    (used,) = victims(look("split-brain-discard"), instance="inst1", node=ONE)
    assert (used.role, used.ready, used.copyable) == ("Primary", False, False)
    some = victims(look("split-brain-discard"), instance="inst1", node=ONE)
    assert (some.primary, some.is_secondary(0), some.ready, some.copyable) == ((used,), False, (), ())
    context = look("split-brain-discard", "invalidate hwhost-2 inst1/0")
    (worthless,) = victims(context, instance="inst1", node=TWO)
    assert (worthless.discarded, worthless.ready, worthless.copyable) == (True, False, False)
    assert judge_victims.is_discarded(context, instance="inst1", node=TWO, index=0).holds is True
    assert judge_victims.is_discarded(context, instance="inst1", node=ONE, index=0).holds is False


def test_no_room_for_a_copy(look: Look) -> None:
    (before,) = victims(look("split-brain-discard"), instance="inst1", node=TWO)
    assert before.free is not None
    left = before.free // 2**20 - 60
    full = look("split-brain-discard", f"run hwhost-2 lvcreate --size={left}m --name=full vg0")
    (victim,) = victims(full, instance="inst1", node=TWO)
    assert (victim.ready, victim.has_room, victim.copyable) == (True, False, False)
    some = victims(full, instance="inst1", node=TWO)
    assert (some.cramped, some.dumps, some.copyable) == ((victim,), (victim.dump,), ())
    assert judge_victims.copy_is_kept(full, node=TWO, volume="vg0/full").holds is True
    assert judge_victims.copy_is_kept(full, node=TWO, volume=victim.copy_path).holds is False


def test_a_handshake_that_hangs_and_what_holds_it_back(look: Look) -> None:
    context = look("split-brain-stuck")
    hangs = sides.are_stuck(context, instance="inst3")
    assert (hangs.holds, hangs.hint) == (True, "")
    assert hangs.opposite().hint == "gnt-runbook run split-brain-stuck instance=inst3"
    assert sides.are_stuck(context, instance="inst3", disk="0").holds is True
    assert [(one.node, one.answers) for one in stuck_sides(context, instance="inst3")] == [(ONE, True), (TWO, False)]
    assert [one.node for one in stuck_sides(context, instance="inst3").answering] == [ONE]
    (held,) = suspended(context, instance="inst3")
    assert str(held) == f"metadata of disk 0 on {TWO}"
    assert stuck_handshake.not_suspended(context, instance="inst3", node=TWO, name=held.name).holds is False
    assert stuck_handshake.not_suspended(context, instance="inst3", node=ONE, name=held.name).holds is True
    assert stuck_handshake.not_stuck_on(context, instance="inst3", node=TWO).holds is False
    over = look("split-brain-stuck", "thaw-metadata hwhost-2 inst3/0")
    assert stuck_handshake.not_stuck_on(over, instance="inst3", node=TWO).holds is True
    assert suspended(over, instance="inst3") == ()


def test_a_job_at_work(look: Look) -> None:
    context = look("stuck-job")
    found = instances_checks.none_works_on(context, instance="inst1")
    assert found.holds is False
    assert "job 41, 42" in found.summary
    assert instances_checks.none_works_on(context, instance="inst2").holds is True
