"""What the runbooks do on the embedded cluster is taken back, and the cluster is as it was before."""

import re
from pathlib import Path

import pytest

from checks.paths import JOB_FILE_PREFIX
from engine.errors import StoppedError
from engine.journal.events import Intent, StepEnded
from engine.journal.undo_record import from_data
from engine.packs import World
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, TWO, Rehearsal
from tests.rehearsals.test_again import before as until
from tests.rehearsals.test_rehearsals import everything
from tests.rehearsals.undoing import REVERSIBLE, Undoing

PLAIN = [name for name in ANSWERS if "." not in name]
LEFT = re.compile(r"\.\d{8}-\d{6}-[a-z-]+-[0-9a-f]{4}$|/queue/|/livelocks|/var/log/")


def as_before(world: World) -> object:
    """All but what undoing leaves: backups, jobs and logs; and the volumes."""
    cluster = world.links._cluster  # type: ignore[attr-defined]
    files = {
        node: ({path: one for path, one in kept.items() if not LEFT.search(path)}, sorted(args for _pid, args in ran))
        for node, (kept, ran) in everything(world).items()  # type: ignore[attr-defined]
    }
    volumes = {
        machine.name: sorted((one.group, one.name, one.size, *one.tags) for one in machine.storage.all())
        for machine in cluster.machines.values()
    }
    return files, volumes, {machine.name: sorted(machine.drbd) for machine in cluster.machines.values()}


@pytest.mark.parametrize("scenario", REVERSIBLE)
def test_the_cluster_is_as_before(tmp_path: Path, scenario: str) -> None:
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario])
    before = as_before(done.world)
    assert done.go().error is None
    assert as_before(done.world) != before
    undoing = Undoing.of(done).go()
    assert undoing.error is None, f"{undoing.error}\n{undoing.operator.text}"
    assert as_before(done.world) == before
    again = undoing.look()
    assert (again.due, again.left) == ((), ())


@pytest.mark.parametrize("scenario", PLAIN)
def test_each_change_says_before_it_is_approved_whether_it_can_be_taken_back(tmp_path: Path, scenario: str) -> None:
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    screen = " ".join(done.operator.text.split())
    for event in done.journal.events:
        if isinstance(event, Intent) and not event.step.endswith("-released"):
            undo = from_data(event.undo)
            assert undo is not None
            assert " ".join(undo.words.split()) in screen
    undoing = Undoing.of(done)
    if not undoing.look().due:
        return
    undoing.go()
    assert undoing.error is None, f"{undoing.error}\n{undoing.operator.text}"
    assert undoing.journal.unknown == ()
    skipped = {event.step for event in undoing.journal.events if isinstance(event, StepEnded) and event.state != "done"}
    assert {f"undo-{made.step}" for made, _undo in undoing.look().due} <= skipped


def test_a_dry_run_of_an_undo_changes_nothing(tmp_path: Path) -> None:
    done = Rehearsal(tmp_path, "stuck-job.kill-refused", ANSWERS["stuck-job.kill-refused"]).go()
    after = everything(done.world)
    shown = Undoing.of(done).show().operator.text
    assert everything(done.world) == after
    assert "systemctl stop ganeti" in shown
    assert "nothing was changed" in shown


def test_the_daemons_are_stopped_the_job_is_put_back_and_they_are_started_again(tmp_path: Path) -> None:
    scenario = "stuck-job.kill-refused"
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    undoing = Undoing.of(done).go()
    assert undoing.error is None, f"{undoing.error}\n{undoing.operator.text}"
    changed = [
        event.undoes.split(":")[1].split("#")[0] for event in undoing.journal.events if isinstance(event, Intent)
    ]
    moved = [f"move-the-job-file[{node}]" for node in (TWO, ONE)]
    assert changed == ["start-the-daemons", *moved, "stop-the-daemons"]
    machine = done.world.links._cluster.machines[ONE]  # type: ignore[attr-defined]
    assert machine.files.read(f"{JOB_FILE_PREFIX}{done.run.values['job']}") is not None
    assert machine.daemon("luxid") is not None


def test_the_job_is_not_put_back_while_the_daemons_run(tmp_path: Path) -> None:
    scenario = "stuck-job.kill-refused"
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    undoing = Undoing.of(done).go({"undo-start-the-daemons": ("skip", "not now")})
    assert "It cannot be taken back now" in undoing.operator.text
    machine = done.world.links._cluster.machines[ONE]  # type: ignore[attr-defined]
    assert machine.files.read(f"{JOB_FILE_PREFIX}{done.run.values['job']}") is None


def test_volumes_that_were_only_made_are_removed_again(tmp_path: Path) -> None:
    scenario = "drbd-recreate-secondary.by-hand"
    answers = dict(until(scenario, "zero-metadata"))
    done = Rehearsal(tmp_path, scenario, answers)
    before = as_before(done.world)
    assert isinstance(done.go().error, StoppedError), done.operator.text
    assert as_before(done.world) != before
    undoing = Undoing.of(done).go()
    assert undoing.error is None, f"{undoing.error}\n{undoing.operator.text}"
    assert as_before(done.world) == before


def test_volumes_that_are_in_use_are_left_and_that_is_told_first(tmp_path: Path) -> None:
    scenario = "drbd-recreate-secondary.by-hand"
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    found = Undoing.of(done).look()
    assert found.due == ()
    assert {made.step.split("[")[0] for made, _why in found.left} == {"make-volumes"}
    assert all("is in use" in why for _made, why in found.left)


def test_the_voting_flags_are_taken_out_only_as_long_as_the_node_is_no_master(tmp_path: Path) -> None:
    scenario = "master-failover"
    stopped = Rehearsal(tmp_path / "stopped", scenario, dict(until(scenario, "failover")))
    flags = "/etc/default/ganeti"
    machine = stopped.world.links._cluster.machines[TWO]  # type: ignore[attr-defined]
    before = machine.files.read(flags)
    assert isinstance(stopped.go().error, StoppedError)
    assert "--no-voting" in machine.files.read(flags)
    assert Undoing.of(stopped).go().error is None
    assert machine.files.read(flags) == before
    done = Rehearsal(tmp_path / "done", scenario, ANSWERS[scenario]).go()
    found = Undoing.of(done).look()
    assert found.due == ()
    assert "is the master" in {made.step: why for made, why in found.left}["set-voting-flags"]
