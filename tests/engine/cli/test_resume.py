"""Which run `gnt-runbook resume` goes on with, and which it refuses; nothing of a host is needed for that."""

import json
from pathlib import Path

import pytest

from engine.journal.events import Intent, RunEnded, RunStarted, StepBegun
from engine.journal.writer import JournalWriter
from tests.engine.cli.program import Program
from tests.engine.run.toy import ToyClock


def run(program: Program, name: str, *, end: int | None = None, **more: str) -> Path:
    """The journal of a run; without an end it was killed."""
    path = program.state / "runs" / f"{name}.jsonl"
    with JournalWriter(path, ToyClock()) as journal:
        mode = more.pop("mode", "real")
        journal.append(RunStarted(name, "stuck-job", "sha256:0", "0", mode, "home", {"job": "41"}, {}, **more))  # type: ignore[arg-type]
        journal.append(StepBegun("kill", "Kill the job"))
        journal.append(Intent("kill#1", "kill", "hall.example", "disruptive", {"argv": ["gnt-job"]}, "sha256:1"))
        if end is not None:
            journal.append(RunEnded(end, "done" if end == 0 else "stopped", "1 change made"))
    return path


def test_without_a_run_there_is_nothing_to_resume(program: Program) -> None:
    program("resume").refused("run-unknown", 2, "There is no run that could be resumed")


def test_of_several_one_has_to_be_named(program: Program) -> None:
    run(program, "r1")
    run(program, "r2", end=1)
    run(program, "r3", end=0)
    program("resume").refused("run-ambiguous", 2, "r1 r2")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"end": 0}, "resume-ended"),
        ({"mode": "rehearsal"}, "resume-rehearsal"),
        ({"undoes": "r0"}, "resume-undo"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(program: Program, more: dict[str, object], code: str) -> None:
    run(program, "r1", **more)  # type: ignore[arg-type]
    program("resume", "r1").refused(code, 5, "r1")


def test_one_that_still_goes_on_is_refused(program: Program) -> None:
    with JournalWriter(program.state / "runs" / "r1.jsonl", ToyClock()) as journal:
        journal.append(RunStarted("r1", "stuck-job", "sha256:0", "0", "real", "home", {}, {}))
        program("resume", "r1").refused("resume-goes-on", 5, "still goes on")


def test_one_that_was_resumed_leads_to_the_one_that_did(program: Program) -> None:
    run(program, "r1")
    run(program, "r2", end=4, resumes="r1")
    program("resume", "r1").refused("resume-superseded", 5, "gnt-runbook resume r2")
    rows = {row["run"]: row for row in json.loads(program("runs", "--json").out)}
    assert (rows["r1"]["resumed_by"], rows["r2"]["resumes"]) == ("r2", "r1")
    assert "resumed by r2" in program("runs").out


def test_a_journal_that_was_copied_here_will_do_and_what_was_under_way_is_told(program: Program) -> None:
    path = run(program, "r1")
    copy = path.parent.parent / "copy.jsonl"
    path.rename(copy)
    answers = program.write("answers.yaml", "format: 1\nanswers: {}\n")
    told = program("resume", str(copy), "--answers", str(answers))
    assert "Nobody saw the end of kill#1 on hall.example. The command is: gnt-job" in " ".join(told.out.split())
    told.refused("no-host", 2, "It is not known where the cluster is")
