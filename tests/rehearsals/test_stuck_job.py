"""What a run of stuck-job comes to, and what it says is to be done next."""

from pathlib import Path

import pytest

from engine.errors import PreconditionError
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, TWO, Rehearsal


def led(tmp_path: Path, scenario: str, **other: object) -> Rehearsal:
    return Rehearsal(tmp_path, scenario, {**ANSWERS[scenario], **other}).go()  # type: ignore[arg-type]


def said(rehearsal: Rehearsal) -> str:
    """Everything that the runbook itself says at its end, in one line."""
    return " ".join(rehearsal.operator.text.rpartition("Afterwards: what has to be true now")[2].split())


def test_a_disk_that_still_hangs_leads_to_the_runbook_for_it_and_not_to_the_command_that_hung(tmp_path: Path) -> None:
    done = led(tmp_path, "stuck-job")
    assert done.error is None
    end = said(done)
    assert "inst1.lab.example: hangs in the handshake of its two sides" in end
    assert "Next: gnt-runbook run split-brain-stuck instance=inst1.lab.example" in end
    assert "migrate --cleanup" not in end


def test_a_stopped_job_is_let_go_on_and_nothing_is_killed(tmp_path: Path) -> None:
    done = led(tmp_path, "stuck-job.stopped")
    assert done.error is None
    assert done.changed[:2] == ["watcher", "continue-process"]
    assert "kill" not in done.changed
    master = done.world.links._cluster.machines[ONE]  # type: ignore[attr-defined]
    assert '"status":"success"' in (master.files.read("/var/lib/ganeti/queue/job-41") or "")
    assert "Its process had been stopped" in said(done)


def test_one_that_is_not_let_go_on_can_still_be_killed(tmp_path: Path) -> None:
    skipped = ("skip", "it was stopped on purpose")
    done = led(tmp_path, "stuck-job.stopped", **{"continue-process": skipped, "kill": "yes"})
    assert done.error is None, done.operator.text
    assert "kill" in done.changed


def left_on_two(done: Rehearsal) -> list[str]:
    machine = done.world.links._cluster.machines[TWO]  # type: ignore[attr-defined]
    return [one.args for one in machine.processes.values() if "dns" in one.args]


def test_the_hook_that_a_killed_job_has_left_is_ended_and_told(tmp_path: Path) -> None:
    done = led(tmp_path, "stuck-job.hook")
    assert done.error is None
    assert left_on_two(done) == []
    assert f"It was waiting for the hook /etc/ganeti/hooks/instance-start-pre.d/50-dns on {TWO}" in said(done)
    assert "will hang again" in said(done)
    again = Rehearsal(tmp_path, "stuck-job.hook", {}, world=done.world).go()
    assert isinstance(again.error, PreconditionError)


@pytest.mark.parametrize("kept", ["936", "949"])
def test_what_is_not_ended_is_named_and_the_runbook_can_be_run_again(tmp_path: Path, kept: str) -> None:
    question = f"end-scripts[{kept} on {TWO}]"
    done = led(tmp_path, "stuck-job.hook", **{question: ("skip", "I want to look at it first")})
    assert done.error is None
    assert f"Still running, and not ended by this run: process {kept} on {TWO}" in said(done)
    if kept == "936":
        again = Rehearsal(tmp_path, "stuck-job.hook", {"watcher": "y", question: "yes"}, world=done.world).go()
        assert again.error is None, again.operator.text
        assert left_on_two(again) == []
