"""What a run leaves on hosts is looked at when it ends, however it ends, and listed there, in reports and by `runs`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import runs
from engine.errors import HostUnreachableError
from engine.journal.events import Intent, RunEnded
from engine.journal.folder import RunsFolder
from engine.journal.leftovers import Leftover, by_run, from_data
from engine.report.build import report_of
from engine.resume.past import replay
from engine.run.options import RunSettings
from tests.engine.run.toy import HEADER, House, Run, go
from tests.engine.undo.house import undo
from tests.support.runs import REHEARSED, WHO

HALL = "hall.example"
SNAPSHOT = """
  - id: keep
    title: Keep a copy
    run: [lamp, "{word}"]
    on: where
    effect: reversible
    undo: {{run: [lamp, "off"]}}
    leaves_behind:
      - kind: snapshot
        name: bulb/before
        size: 2 W
        why: the only way back
        remove: [lamp, "off"]
        there: {{check: lamps.is_on, with: {{host: "{{{{ where }}}}"}}}}
"""
EDIT = """
  - id: note
    title: Note it
    edit: /note
    on: where
    rules: [{ensure_line: lit}]
    effect: reversible
    undo: put the backup back
"""
LATER = """
  - id: later
    title: Go on
    run: [lamp, "{word}"]
    on: where
    effect: reversible
    undo: by hand
"""
LOOK = "\n  - {id: look, title: Look, manual: Look., effect: safe, undo: nothing to undo}\n"
TOLD = "Snapshot bulb/before on hall.example (2 W): the only way back"


def noted(steps: str, tmp_path: Path, answers: dict[str, object] | None = None, house: House | None = None) -> Run:
    house = house or House(files={(HALL, "/lamp"): "off\n", (HALL, "/note"): "old\n"})
    return go(tmp_path, steps, {"keep": "y", "note": "y", "later": "y", **(answers or {})}, house=house)


def shown(outcome: Run) -> str:
    return "\n".join(line.text for line in outcome.operator.shown)


def end(outcome: Run) -> list[Leftover]:
    ended = outcome.journal.ended
    assert isinstance(ended, RunEnded)
    assert ended.left is not None
    return [one for data in ended.left if (one := from_data(data)) is not None]


def what_is_listed(outcome: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `runs --json` has of it, and `runs` in the same words."""
    monkeypatch.setenv("GNT_RUNBOOK_STATE", str(outcome.path.parent.parent))
    runs.list_runs(as_json=True)
    rows = json.loads(capsys.readouterr().out)
    runs.list_runs()
    plain = capsys.readouterr().out
    words = [one["words"] for row in rows for one in row["left"]]
    assert [line.partition("left behind: ")[2] for line in plain.splitlines() if "left behind: " in line] == words
    return words


@pytest.mark.parametrize(
    ("after", "answers", "exit_code"),
    [
        ("", {}, 0),
        (LATER.format(word="smash"), {"later.failed": "stop"}, 1),
        (LATER.format(word="on"), {"later": "stop"}, 1),
        (LATER.format(word="explode"), {}, 4),
    ],
    ids=["done", "failed", "stopped", "unknown"],
)
def test_it_is_listed_however_the_run_ended(
    tmp_path: Path,
    after: str,
    answers: dict[str, object],
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = noted(SNAPSHOT.format(word="on") + EDIT + after, tmp_path, answers)
    assert outcome.journal.ended is not None
    assert outcome.journal.ended.exit == exit_code
    actions = [one.action for one in outcome.journal.events if isinstance(one, Intent)]
    backup = next(action["backup"] for action in actions if "backup" in action)
    told = shown(outcome).split("What is left behind, and what removes it")[1]
    assert f"{TOLD}\non {HALL}:  lamp off" in told
    assert f"Backup {backup} on {HALL} (4 bytes): the old /note\non {HALL}:  rm -- {backup}" in told
    assert [(one.kind, one.state) for one in end(outcome)] == [("snapshot", "there"), ("backup", "there")]
    assert f"{TOLD}." in [one.what for one in report_of(outcome.path).left]
    assert len(what_is_listed(outcome, monkeypatch, capsys)) == 2


@pytest.mark.parametrize(
    ("steps", "house"),
    [
        (SNAPSHOT.format(word="smash") + LATER.format(word="off"), None),
        (SNAPSHOT.format(word="unplugged"), None),
        (SNAPSHOT.format(word="on") + LATER.format(word="off"), None),
        (EDIT, House(files={(HALL, "/lamp"): "off\n"})),
    ],
    ids=["it failed", "it was not begun", "it is gone again", "there was no file"],
)
def test_what_is_not_there_is_not_claimed(tmp_path: Path, steps: str, house: House | None) -> None:
    skipped = {"keep.failed": ("skip", "never mind")}
    outcome = noted(steps, tmp_path, skipped, house)
    assert "left behind" not in shown(outcome)
    assert end(outcome) == [] if any(isinstance(one, Intent) for one in outcome.journal.events) else True
    assert by_run([outcome.journal]) == {"r1": []}


def test_a_host_that_cannot_be_asked_is_no_proof_that_it_is_gone(tmp_path: Path) -> None:
    house = House(files={(HALL, "/lamp"): "off\n", (HALL, "/note"): "old\n"})

    def go_away(_step: str) -> None:
        house.broken[HALL] = HostUnreachableError("no answer")

    settings = RunSettings("real", WHO, on_manual=go_away)
    outcome = go(
        tmp_path, SNAPSHOT.format(word="on") + LOOK, {"keep": "y", "look": "done"}, house=house, settings=settings
    )
    assert outcome.error is None
    assert [one.state for one in end(outcome)] == ["unknown"]
    assert "whether it is still there was not seen" in shown(outcome)


def test_a_run_that_was_killed_is_listed_by_its_intents(tmp_path: Path) -> None:
    outcome = noted(SNAPSHOT.format(word="on"), tmp_path)
    lines = outcome.path.read_text().splitlines(keepends=True)
    outcome.path.write_text("".join(line for line in lines if '"kind":"run-ended"' not in line))
    assert [one.name for one in by_run([outcome.journal])["r1"]] == ["bulb/before"]
    assert "Snapshot bulb/before on hall.example (2 W); whether it is still there was not seen: the only way back." in [
        one.what for one in report_of(outcome.path).left
    ]


def test_what_was_undone_is_not_listed_any_more_but_the_backup_is(tmp_path: Path) -> None:
    outcome = noted(SNAPSHOT.format(word="on") + EDIT, tmp_path)
    back = undo(outcome, {"undo-keep": "y", "undo-note": "y"})
    assert back.error is None, back.error
    journals = RunsFolder(outcome.path.parent).all()[0]
    found = by_run(journals)
    assert [one.kind for one in found["r1"]] == ["backup"]
    # The file as it was before it was put back.
    assert [one.kind for one in end(back)] == ["backup"]


def test_a_resumed_run_takes_over_what_the_first_one_left(tmp_path: Path) -> None:
    steps = SNAPSHOT.format(word="on") + LATER.format(word="on")
    first = noted(steps, tmp_path, {"later": "stop"})
    second = go(tmp_path, steps, {"later": "y"}, house=first.house, resumes=[first])
    assert second.error is None
    assert [one.name for one in end(second)] == ["bulb/before"]
    found = by_run([first.journal, second.journal])
    assert [len(several) for several in found.values()] == [1]


@pytest.mark.parametrize("release", ["off", "smash"])
def test_what_is_held_is_left_only_where_it_was_not_given_back(tmp_path: Path, release: str) -> None:
    header = f"""{HEADER}
meanwhile:
  - {{id: light, title: Keep the light on, hold: [lamp, "on"], release: [lamp, {release!r}], on: where}}
"""
    outcome = go(tmp_path, LOOK, {"light": "y", "look": "done"}, header=header)
    assert [one.kind for one in end(outcome)] == ([] if release == "off" else ["held"])


def test_a_rehearsal_leaves_nothing_that_runs_would_list(tmp_path: Path) -> None:
    outcome = go(tmp_path, SNAPSHOT.format(word="on"), {"keep": "y"}, settings=REHEARSED)
    assert TOLD in shown(outcome)
    assert by_run([outcome.journal]) == {}


def test_a_later_version_of_what_was_left_is_passed_over() -> None:
    assert from_data({"kind": "spaceship", "name": "x", "host": "y"}) is None
    assert from_data({"kind": "backup", "name": "x", "host": "y", "state": "there"}) is not None


def test_a_strangers_journal_names_no_commands_and_takes_nothing_off_the_list(tmp_path: Path) -> None:
    outcome = noted(SNAPSHOT.format(word="on"), tmp_path)
    back = undo(outcome, {"undo-keep": "y"})
    ours, undoing = outcome.journal, replace(back.journal, stranger="others may write it")
    assert [one.name for one in by_run([ours, undoing])["r1"]] == ["bulb/before"]
    assert by_run([ours, back.journal])["r1"] == []
    foreign = replace(ours, stranger="others may write it")
    assert by_run([foreign]) == {}
    assert replay([foreign]).behind.leftovers == []
    assert [one.name for one in replay([ours]).behind.leftovers] == ["bulb/before"]
