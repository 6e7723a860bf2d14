"""What the runbooks do on the embedded cluster is taken back, and the cluster is as it was before."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.paths import JOB_FILE_PREFIX
from engine.effects import Effect
from engine.errors import RunbookError, StoppedError
from engine.journal.events import Intent, StepEnded
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal, read_journal
from engine.knowledge import Context
from engine.operator.scripted import Given, Scripted
from engine.packs import World
from engine.run.context import RunContext
from engine.run.execute import How, dry_run, execute
from engine.run.gate import Forced
from engine.run.scope import RunNames
from engine.transport.reader import Reader
from engine.undo.made import made_by, taken_back
from engine.undo.recorded import from_data
from engine.undo.runbook import runbook_of
from engine.undo.sorting import Sorted, sort
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, SHOP, TWO, Rehearsal
from tests.rehearsals.test_again import before as until
from tests.rehearsals.test_rehearsals import everything

PLAIN = [name for name in ANSWERS if "." not in name]
REVERSIBLE = [
    "cluster-upgrade-ssh-port",
    "drbd-host-setup",
    "drbd-host-setup.helper",
    "kvm-dir-permissions",
    "lvm-filter",
    "pub-keys-rebuild",
    "pub-keys-rebuild.ganeti-2.15",
]
"""After them nothing is left but what undoing itself leaves: backups, jobs, logs."""
LEFT = re.compile(r"\.\d{8}-\d{6}-[a-z-]+-[0-9a-f]{4}$|/queue/|/livelocks|/var/log/")


class Undoing:
    """The undo of a rehearsal."""

    def __init__(self, done: Rehearsal) -> None:
        self.done = done
        self.folder = RunsFolder(done.journal.path.parent)
        self.path: Path | None = None
        self.operator = Scripted({})
        self.error: RunbookError | None = None

    def look(self) -> Sorted:
        world = self.done.world
        context = Context(Reader(world.links), self.done.run.site, world.clock)
        return sort(made_by([self.done.journal]), taken_back(self.folder.all()[0]), SHOP.knowledge, context)

    def go(self, answers: Mapping[str, Given] | None = None) -> "Undoing":
        """Answer what has to be typed; what cannot be taken back after all is left out."""
        with self._made(answers) as context:
            name, journal = self.folder.new("undo", self.done.world.clock)
            context.names = RunNames(name, context.loaded.runbook.id)
            self.path = journal.path
            started = self.done.journal.started
            assert started is not None
            with journal:
                try:
                    how = How("rehearsal", {"account": "test"}, undoes=started.run)
                    execute(context, self.done.world.links, journal, how)
                except RunbookError as error:
                    self.error = error
        return self

    def show(self) -> "Undoing":
        with self._made(None) as context:
            dry_run(context, Forced())
        return self

    @contextmanager
    def _made(self, answers: Mapping[str, Given] | None) -> Iterator[RunContext]:
        started, world = self.done.journal.started, self.done.world
        assert started is not None
        loaded, values = runbook_of(started, self.look())
        given: dict[str, Given] = {}
        for step in loaded.runbook.steps:
            typed = {Effect.DISRUPTIVE: "yes", Effect.DESTRUCTIVE: getattr(step, "confirm", "")}
            given |= {step.id: typed.get(step.effect, "y"), f"{step.id}.failed": ("skip", "it cannot be any more")}
        self.operator = Scripted({**given, **(answers or {})})
        world.clock.sleep(1)  # no two journals of the same second
        yield RunContext(
            loaded,
            SHOP.knowledge,
            self.done.run.site,
            Reader(world.links),
            world.clock,
            self.operator,
            RunNames("dry-run", loaded.runbook.id),
            started.parameters,
            saved=values,
        )

    @property
    def journal(self) -> Journal:
        assert self.path is not None
        return read_journal(self.path)


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
    undoing = Undoing(done).go()
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
    undoing = Undoing(done)
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
    shown = Undoing(done).show().operator.text
    assert everything(done.world) == after
    assert "systemctl stop ganeti" in shown
    assert "nothing was changed" in shown


def test_the_daemons_are_stopped_the_job_is_put_back_and_they_are_started_again(tmp_path: Path) -> None:
    scenario = "stuck-job.kill-refused"
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    undoing = Undoing(done).go()
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
    undoing = Undoing(done).go({"undo-start-the-daemons": ("skip", "not now")})
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
    undoing = Undoing(done).go()
    assert undoing.error is None, f"{undoing.error}\n{undoing.operator.text}"
    assert as_before(done.world) == before


def test_volumes_that_are_in_use_are_left_and_that_is_told_first(tmp_path: Path) -> None:
    scenario = "drbd-recreate-secondary.by-hand"
    done = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    found = Undoing(done).look()
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
    assert Undoing(stopped).go().error is None
    assert machine.files.read(flags) == before
    done = Rehearsal(tmp_path / "done", scenario, ANSWERS[scenario]).go()
    found = Undoing(done).look()
    assert found.due == ()
    assert "is the master" in {made.step: why for made, why in found.left}["set-voting-flags"]
