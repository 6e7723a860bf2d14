"""What is looked for afterwards is the world, not the configuration; what cannot come by waiting is not waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checks.cluster.checks.kept_copies import copy_is_kept
from checks.cluster.facts.kept_copies import copies
from checks.cluster.facts.nodes import node
from checks.drbd.checks.disks import in_sync
from checks.drbd.checks.instances import run_elsewhere
from checks.world.events import happen
from checks.world.scenarios import FOLDER, load, world_of
from engine.errors import StepError
from engine.hosts.reader import Reader
from engine.journal.events import Intent, StepEnded
from engine.knowledge import Context, Verdict
from engine.operator.scripted import Given
from engine.packs import World
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, SCENARIOS, SHOP, TWO, Rehearsal
from tests.rehearsals.world import cluster_of

TAKEN_OVER = (
    "run hwhost-2 gnt-cluster master-failover --no-voting --yes-do-it",
    f"run hwhost-2 gnt-node modify --offline yes {ONE}",
    f"run hwhost-2 gnt-node failover --force {ONE}",
)
END = "The end is reached, and not all went as it should"
MOVED = ("inst1.lab.example", "inst3.lab.example")


def here(world: World) -> Context:
    reader = Reader(world.links)
    return Context(reader, SHOP.discover(reader, [world.entry]), world.clock)


def after(scenario: str, *actions: str) -> World:
    world = SCENARIOS[scenario]()
    for action in actions:
        happen(cluster_of(world), action)
    return world


def elsewhere(world: World) -> Verdict:
    return run_elsewhere(here(world), node=ONE, instances=",".join(MOVED))


def test_instances_that_were_failed_over_in_the_configuration_only_are_found_out() -> None:
    """The old master is not off: each failover fails, and all the same nothing is configured to run there any more."""
    world = after("master-failover.cut-off", *TAKEN_OVER)
    assert node(here(world), node=ONE).primary_instances == ()
    found = elsewhere(world)
    assert found.holds is False
    assert f"inst1.lab.example does not run on {TWO}" in found.summary
    assert f"disk 0 of inst1.lab.example on {TWO} is Secondary" in found.summary


def test_instances_that_run_on_whole_disks_elsewhere_have_moved() -> None:
    assert elsewhere(after("master-failover", *TAKEN_OVER)).holds is True


def test_one_that_is_still_configured_there_has_not() -> None:
    found = elsewhere(after("master-failover", *TAKEN_OVER[:2]))
    assert found.holds is False
    assert f"inst1.lab.example is still configured to run on {ONE}" in found.summary


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda machine: machine.domains.discard("inst1.lab.example"), "inst1.lab.example does not run"),
        (lambda machine: setattr(machine.drbd[0], "disk", "Inconsistent"), "Primary, Inconsistent"),
        (lambda machine: machine.drbd.pop(0), "Unknown, DUnknown"),
    ],
    ids=["dead", "half a disk", "no disk"],
)
def test_one_without_its_process_or_its_disk_has_not(spoil: Callable[[object], object], said: str) -> None:
    world = after("master-failover", *TAKEN_OVER)
    spoil(cluster_of(world).machines[TWO])
    found = elsewhere(world)
    assert found.holds is False
    assert said in found.summary


def test_a_copy_is_one_only_if_it_is_whole_and_closed_to_others() -> None:
    world = after("master-failover")
    folder = "/var/backups/gnt-runbook-ganeti"
    copying = f"run hwhost-2 cp --archive -T -- /var/lib/ganeti {folder}/r1"

    def kept() -> Verdict:
        return copy_is_kept(here(world), node=TWO)

    assert kept().holds is False
    files = cluster_of(world).machines[TWO].files
    happen(cluster_of(world), f"run hwhost-2 mkdir -p -m 0700 {folder}")
    assert kept().holds is False
    happen(cluster_of(world), copying)
    assert kept().holds is True
    files.write(f"{folder}/r1/config.data", "{}", mtime=0.0)
    assert "holds no copy of /var/lib/ganeti as it is now" in kept().summary
    happen(cluster_of(world), copying)
    happen(cluster_of(world), f"run hwhost-2 chmod 0755 {folder}")
    assert "is not closed to all but root" in kept().summary


def test_the_copy_is_made_before_the_failover_named_at_the_end_and_found_again(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, "master-failover", ANSWERS["master-failover"])
    machine = cluster_of(rehearsal.world).machines[TWO]
    before = machine.files.read("/var/lib/ganeti/config.data")
    rehearsal.go()
    assert rehearsal.error is None
    changes = [event.step for event in rehearsal.journal.events if isinstance(event, Intent)]
    assert changes.index("keep-a-copy") < changes.index("set-voting-flags") < changes.index("failover")
    folder = f"/var/backups/gnt-runbook-ganeti/{rehearsal.run.names.id}"
    assert machine.files.read(f"{folder}/config.data") == before
    assert machine.files.read("/var/lib/ganeti/config.data") != before
    assert folder in rehearsal.operator.text.partition(END)[2]
    assert copies(here(rehearsal.world), node=TWO) == (folder,)


def split() -> World:
    """The old master is back, and both copies of a disk were changed meanwhile."""
    known = load(FOLDER.joinpath("master-failover-return.yaml"))
    apart = ("cut-replication hwhost-1", "write hwhost-1 inst1/0 64")
    later = ("heal-replication hwhost-1", "write hwhost-2 inst1/0 64")
    return world_of(known.model_copy(update={"before": [*apart, *known.before, *later]}))


def back(tmp_path: Path, more: Mapping[str, Given]) -> tuple[Rehearsal, float]:
    """The old master is brought back; how long that took on the simulated clock."""
    world = split()
    begun = world.clock.monotonic()
    answers = {**ANSWERS["master-failover-return"], **more}
    rehearsal = Rehearsal(tmp_path, "master-failover-return", answers, world=world)
    return rehearsal.go(), world.clock.monotonic() - begun


def test_a_disk_that_stands_alone_is_not_waited_for_and_the_right_runbook_is_named(tmp_path: Path) -> None:
    rehearsal, took = back(tmp_path, {"wait-for-sync[inst1.lab.example].failed": "stop"})
    assert isinstance(rehearsal.error, StepError)
    assert "gnt-runbook run split-brain-replace instance=inst1.lab.example" in rehearsal.error.hint
    assert took < 3600
    # By then the node that took over starts with a vote again.
    assert {("remove-voting-flags", "done"), ("restart-the-daemons", "done")} <= set(rehearsal.states)
    assert "--no-voting" not in (cluster_of(rehearsal.world).machines[TWO].files.read("/etc/default/ganeti") or "")


def test_what_was_passed_over_then_is_named_at_the_end(tmp_path: Path) -> None:
    answer = ("skip", "split-brain-replace comes next")
    rehearsal, _took = back(tmp_path, {f"wait-for-sync[{name}].failed": answer for name in MOVED})
    assert rehearsal.error is None
    end = rehearsal.operator.text.partition(END)[2]
    assert "Wait until the disks are in sync [inst1.lab.example] was left out: after it failed" in end


def test_a_disk_that_is_copied_is_waited_for() -> None:
    world = after("healthy", "cut-replication", "write hwhost-1 inst1/0 4096", "heal-replication")
    found = in_sync(here(world), instance="inst1.lab.example")
    assert (found.holds, found.hopeless) in {(True, False), (False, False)}


@pytest.mark.parametrize("flags", ["set", "left out"])
def test_the_last_words_are_of_the_flags_that_there_are(tmp_path: Path, flags: str) -> None:
    """The failover was done before, by hand; what is left of it can be gone on with."""
    known = load(FOLDER.joinpath("master-failover.yaml"))
    before = [*known.before, "keep-voting-off hwhost-2", TAKEN_OVER[0]]
    world = world_of(known.model_copy(update={"before": before}))
    answers = {**ANSWERS["master-failover"], "set-voting-flags": "y"}
    if flags == "left out":
        cluster_of(world).machines[TWO].files.write("/etc/default/ganeti", "", mtime=0.0)
        answers["set-voting-flags"] = ("skip", "they are not wanted")
    rehearsal = Rehearsal(tmp_path, "master-failover", answers, world=world).go()
    assert rehearsal.error is None, rehearsal.error
    ended = {event.step: event.state for event in rehearsal.journal.events if isinstance(event, StepEnded)}
    assert ended["failover"] == "not-needed"
    text = " ".join(rehearsal.operator.text.split())
    assert (f"Until then {TWO} starts as master without a vote" in text) == (flags == "set")
    assert (f"The voting flags do not stand in /etc/default/ganeti on {TWO}" in text) == (flags == "left out")
