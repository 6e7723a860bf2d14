"""Every scenario, led through its runbook on the embedded cluster: to a good end, and without harm by wrong answers."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.cli.wiring import Workshop, parameters
from engine.errors import PreconditionError, RunbookError, StoppedError
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
from engine.settings import Settings
from engine.transport.reader import Reader

SHOP = Workshop(Settings())
SCENARIOS = {name: build for pack in SHOP.packs for name, build in pack.scenarios.items()}

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"

ANSWERS: dict[str, Mapping[str, Given]] = {
    "stuck-job": {"kill": "yes"},
    "stuck-job.ganeti-2.12": {"kill-process": "yes"},
    "stuck-job.orphan": {"kill-process": "yes", f"move-stray-copies[{TWO}]": "y"},
    "stuck-job.kill-refused": {
        "kill": "yes",
        "kill-process": "yes",
        "stop-the-daemons": "yes",
        f"move-the-job-file[{ONE}]": "y",
        f"move-the-job-file[{TWO}]": "y",
        "start-the-daemons": "y",
    },
    "master-failover": {
        "fence-old-master": ONE,
        "set-voting-flags": "y",
        "failover": "yes",
        "mark-offline": "y",
        "redistribute": "y",
        "decide-on-instances": "start",
        "failover-instances": "yes",
    },
    "master-failover.cut-off": {
        "fence-old-master": ONE,
        "set-voting-flags": "y",
        "failover": "yes",
        "mark-offline": "y",
        "redistribute": "y",
        "decide-on-instances": "later",
    },
    "master-failover-return": {
        "power-on": "yes",
        "readd": "yes",
        **{f"activate-disks[inst{number}.lab.example]": "y" for number in (1, 2, 3, 4)},
        "remove-voting-flags": "y",
        "restart-the-daemons": "yes",
    },
}

REFUSED = {
    "master-failover.not-fenced": {"old-master-works", "vote-possible"},
    "master-failover.stale": {"stale-config", "vote-possible"},
}


class Rehearsal:
    """One world with one runbook, and how it went."""

    def __init__(
        self, tmp_path: Path, scenario: str, answers: Mapping[str, Given], forced: Forced | None = None
    ) -> None:
        self.world: World = SCENARIOS[scenario]()
        self.operator = Scripted(dict(answers))
        reader = Reader(self.world.links)
        site = SHOP.discover(reader, [self.world.entry])
        loaded = SHOP.library.load(scenario.split(".", maxsplit=1)[0])
        context = Context(reader, site, self.world.clock)
        values = parameters(loaded, dict(self.world.parameters), SHOP.knowledge, context, self.operator)
        name, self._journal = RunsFolder(tmp_path).new(loaded.runbook.id, self.world.clock)
        names = RunNames(name, loaded.runbook.id)
        self.run = RunContext(loaded, SHOP.knowledge, site, reader, self.world.clock, self.operator, names, values)
        self.how = How("rehearsal", {"account": "test"}, forced or Forced(), on_manual=self.world.on_manual)
        self.error: RunbookError | None = None

    def go(self) -> "Rehearsal":
        with self._journal:
            try:
                execute(self.run, self.world.links, self._journal, self.how)
            except RunbookError as error:
                self.error = error
        return self

    @property
    def journal(self) -> Journal:
        return read_journal(self._journal.path)

    @property
    def states(self) -> dict[str, str]:
        return {event.step: event.state for event in self.journal.events if isinstance(event, StepEnded)}

    @property
    def changed(self) -> list[str]:
        return [event.step for event in self.journal.events if isinstance(event, Intent)]


def test_every_scenario_of_a_runbook_is_rehearsed_here() -> None:
    runbooks = set(SHOP.library.ids())
    assert {name for name in SCENARIOS if name.split(".")[0] in runbooks} == {*ANSWERS, *REFUSED}


@pytest.mark.parametrize("scenario", ANSWERS)
def test_the_right_answers_lead_to_a_good_end(tmp_path: Path, scenario: str) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert rehearsal.error is None, f"{rehearsal.error}\n{rehearsal.operator.text}"
    assert rehearsal.journal.unknown == ()
    assert {question.id for question, _answer in rehearsal.operator.asked} == set(ANSWERS[scenario])


@pytest.mark.parametrize("scenario", REFUSED)
def test_what_must_not_be_done_is_refused_before_anything_is_changed(tmp_path: Path, scenario: str) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, {}).go()
    assert isinstance(rehearsal.error, PreconditionError)
    assert rehearsal.error.changed == "Nothing was changed."
    assert all(code in rehearsal.error.what for code in REFUSED[scenario])
    assert rehearsal.changed == []


@pytest.mark.parametrize("scenario", [*ANSWERS, *REFUSED])
def test_a_dry_run_changes_nothing_at_all(tmp_path: Path, scenario: str) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, {})
    before = everything(rehearsal.world)
    code = dry_run(rehearsal.run, Forced())
    assert code == (3 if scenario in REFUSED else 0)
    assert everything(rehearsal.world) == before
    asked_for = {argv[0] for _host, argv in rehearsal.world.record()}
    assert not any(program.startswith("gnt-") or program in {"mv", "systemctl", "pkill"} for program in asked_for)
    assert "nothing was changed" in rehearsal.operator.text


def everything(world: World) -> object:
    """All files of the embedded cluster, but those a kernel makes when they are read, and all processes."""
    cluster = world.links._cluster  # type: ignore[attr-defined]
    return {
        machine.name: (
            {
                path: (file.text, file.owner, file.mode)
                for path, file in machine.files.below("/")
                if not path.startswith("/proc/")
            },
            [(process.pid, process.args) for process in machine.processes.values()],
        )
        for machine in cluster.machines.values()
    }


@pytest.mark.parametrize("scenario", ANSWERS)
@pytest.mark.parametrize("wrong", ["", "y ", "ok", "YES!", "hwhost-2"])
def test_wrong_answers_stop_without_harm(tmp_path: Path, scenario: str, wrong: str) -> None:
    first = next(iter(ANSWERS[scenario]))
    if wrong == "y " and ANSWERS[scenario][first] == "y":
        pytest.skip("that is the right answer here")
    rehearsal = Rehearsal(tmp_path, scenario, {first: wrong}).go()
    assert isinstance(rehearsal.error, StoppedError)
    assert rehearsal.error.changed == "Nothing was changed."
    assert rehearsal.changed == []


@pytest.mark.parametrize("scenario", ANSWERS)
def test_each_answer_that_is_missing_stops_before_its_step(tmp_path: Path, scenario: str) -> None:
    for missing in ANSWERS[scenario]:
        answers = {key: value for key, value in ANSWERS[scenario].items() if key != missing}
        rehearsal = Rehearsal(tmp_path / missing.replace("[", "-"), scenario, answers).go()
        assert isinstance(rehearsal.error, StoppedError), missing
        assert missing not in rehearsal.changed
        assert rehearsal.journal.unknown == ()


def test_the_flags_are_left_as_something_still_to_be_done(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, "master-failover", ANSWERS["master-failover"]).go()
    follow_ups = [event for event in rehearsal.journal.events if event.kind == "follow-up"]
    assert [event.runbook for event in follow_ups] == ["master-failover-return"]
    assert rehearsal.states["set-voting-flags"] == "done"


def test_a_stale_configuration_can_be_forced_by_its_code_only_with_the_others(tmp_path: Path) -> None:
    forced = Forced(frozenset({"stale-config"}), "the newer copy is known to be broken")
    rehearsal = Rehearsal(tmp_path, "master-failover.stale", {}, forced).go()
    assert isinstance(rehearsal.error, PreconditionError)
    assert "stale-config" not in rehearsal.error.what
    assert "vote-possible" in rehearsal.error.what
