"""Every scenario, led through its runbook on the embedded cluster: to a good end, and without harm by wrong answers."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from checks.world.kernel import HYPERVISOR as FAKE_HYPERVISOR
from engine.errors import PreconditionError, RunbookError, StoppedError
from engine.operator.interface import Line, Style
from engine.operator.screen import render
from engine.packs import World
from engine.report.build import report_of
from engine.report.text import as_lines
from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from engine.steps.values_in_words import in_words
from tests.python_words import python_in, words_in
from tests.rehearsals.cases import ANSWERS, REFUSED
from tests.rehearsals.rehearsal import SCENARIOS, SHOP, Rehearsal

WRONG = ("", "y ", "ok", "YES!", "hwhost-2")


def test_every_scenario_of_a_runbook_is_rehearsed_here() -> None:
    runbooks = set(SHOP.library.ids())
    assert {name for name in SCENARIOS if name.split(".")[0] in runbooks} == {*ANSWERS, *REFUSED}


@pytest.mark.parametrize("scenario", ANSWERS)
def test_the_right_answers_lead_to_a_good_end(tmp_path: Path, scenario: str) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert rehearsal.error is None, f"{rehearsal.error}\n{rehearsal.operator.text}"
    assert rehearsal.journal.unknown == ()
    assert {question.id for question, _answer in rehearsal.operator.asked} == set(ANSWERS[scenario])
    what_it_left_is_what_is_there(rehearsal)
    assert python_in("\n".join(all_that_is_read(rehearsal))) == []


def what_it_left_is_what_is_there(rehearsal: Rehearsal) -> None:
    """Of files and snapshots that have the name of the run the end names each, and none that is not there."""
    name = rehearsal.run.names.id
    stamp = name[: len("20260101-000000")]
    machines = rehearsal.world.links._cluster.machines  # type: ignore[attr-defined]
    # Of a folder that is kept, the folder.
    there = {
        (machine.name, path[: path.index(name)] + path[path.index(name) :].partition("/")[0])
        for machine in machines.values()
        for path, _file in machine.files.below("/")
        if name in path
    } | {
        (machine.name, f"{group.name}/{volume}")
        for machine in machines.values()
        for group in machine.storage.groups.values()
        for volume in group.volumes
        if stamp in volume
    }
    ended = rehearsal.journal.ended
    assert ended is not None
    assert {(one["host"], one["name"]) for one in ended.left or () if stamp in one["name"]} == there
    last_words = rehearsal.operator.text.split("\nDone")[-1]
    assert {word.rstrip(".") for word in re.findall(r"[\w./+-]+", last_words) if stamp in word and "/" in word} <= {
        path for _node, path in there
    }


def all_that_is_read(rehearsal: Rehearsal) -> Iterator[str]:
    """The screen with what `more` shows at each question, the words of the journal, and the report."""
    yield ours(rehearsal.operator.shown)
    for question, _answer in rehearsal.operator.asked:
        yield question.text
        yield ours(question.more)
    for line in rehearsal.writer.path.read_text(encoding="utf-8").splitlines():
        # What programs are given and print, and the runbook's own text, are theirs.
        theirs = {"stdout", "stderr", "text", "action", "undo"}
        yield from words_in({key: one for key, one in json.loads(line)["data"].items() if key not in theirs})
    yield ours(as_lines(report_of(rehearsal.writer.path)))


def ours(lines: Iterable[Line]) -> str:
    """What is said of things, not what programs are given and print."""
    theirs = {Style.OUTPUT, Style.COMMAND, Style.DIFF}
    return "\n".join(render(line, colour=False) for line in lines if line.style not in theirs)


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
    code = dry_run(rehearsal.run, Overrides())
    assert code == (3 if scenario in REFUSED else 0)
    assert everything(rehearsal.world) == before
    asked_for = {argv[0] for _host, argv in rehearsal.world.record()}
    assert not any(program.startswith("gnt-") or program in {"mv", "systemctl", "pkill"} for program in asked_for)
    assert "nothing was changed" in rehearsal.operator.text
    assert python_in(ours(rehearsal.operator.shown)) == []
    assert python_in("\n".join(all_facts(rehearsal))) == []


def all_facts(rehearsal: Rehearsal) -> Iterator[str]:
    """Every fact of the runbook that can be read, as it would be shown."""
    scope = rehearsal.run.scope()
    for name in rehearsal.run.loaded.runbook.facts:
        with contextlib.suppress(RunbookError):
            yield in_words(name, scope.read(name))


def everything(world: World) -> object:
    """All files of the embedded cluster, but those that are made when they are read, and all processes."""
    cluster = world.links._cluster  # type: ignore[attr-defined]
    return {
        machine.name: (
            {
                path: (without_progress(path, file.text), file.owner, file.mode)
                for path, file in machine.files.below("/")
                if not path.startswith(("/proc/", FAKE_HYPERVISOR))
            },
            [(process.pid, process.args) for process in machine.processes.values()],
        )
        for machine in cluster.machines.values()
    }


def without_progress(path: str, text: str | None) -> str | None:
    """A job that runs writes its log whatever anybody does."""
    return re.sub(r'"log":.*?,"priority"', "", text) if text is not None and "/queue/job-" in path else text


def wrong_answers() -> Iterator[tuple[str, str]]:
    """A wrong answer to the first question of each scenario: of all wrong ones, each in turn."""
    turn = cycle(WRONG)
    for scenario, answers in ANSWERS.items():
        wrong = next(turn)
        yield scenario, "ok" if wrong.strip() == next(iter(answers.values())) else wrong


@pytest.mark.parametrize(("scenario", "wrong"), list(wrong_answers()))
def test_wrong_answers_stop_without_harm(tmp_path: Path, scenario: str, wrong: str) -> None:
    first = next(iter(ANSWERS[scenario]))
    rehearsal = Rehearsal(tmp_path, scenario, {first: wrong}).go()
    assert isinstance(rehearsal.error, StoppedError)
    assert rehearsal.error.changed == "Nothing was changed."
    assert rehearsal.changed == []


def test_the_flags_are_left_as_something_still_to_be_done(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, "master-failover", ANSWERS["master-failover"]).go()
    follow_ups = [event for event in rehearsal.journal.events if event.kind == "follow-up"]
    assert [event.runbook for event in follow_ups] == ["master-failover-return"]
    assert ("set-voting-flags", "done") in rehearsal.states


def test_a_stale_configuration_can_be_forced_by_its_code_only_with_the_others(tmp_path: Path) -> None:
    forced = Overrides(frozenset({"stale-config"}), "the newer copy is known to be broken")
    rehearsal = Rehearsal(tmp_path, "master-failover.stale", {}, forced).go()
    assert isinstance(rehearsal.error, PreconditionError)
    assert "stale-config" not in rehearsal.error.what
    assert "vote-possible" in rehearsal.error.what
