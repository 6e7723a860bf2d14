"""The anchors of a rehearsal: in the logs of the embedded cluster, and good for verifying its journal."""

import io
from pathlib import Path

import pytest

from engine.journal.anchor import Anchor, read_anchors
from engine.journal.events import AnchorFailed, Intent
from engine.journal.verify import verify
from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, TWO, Rehearsal


def logged(rehearsal: Rehearsal, host: str) -> list[Anchor]:
    machine = rehearsal.world.links._cluster.machines[host]  # type: ignore[attr-defined]
    assert all((level, tag) == ("auth.notice", "gnt-runbook") for level, tag, _text in machine.logged)
    text = "".join(f"{one}\n" for _level, _tag, one in machine.logged)
    return list(read_anchors(io.BytesIO(text.encode()), host))


@pytest.mark.parametrize(("scenario", "witness"), [("stuck-job", ONE), ("master-failover", TWO)])
def test_the_master_or_who_answers_in_its_place_has_an_anchor_of_each_intent_and_of_the_end(
    tmp_path: Path, scenario: str, witness: str
) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, ANSWERS[scenario]).go()
    assert rehearsal.error is None
    journal = rehearsal.journal
    intents = {entry.number for entry in journal.entries if isinstance(entry.event, Intent)}
    found = logged(rehearsal, witness)
    assert {one.tip.line for one in found} == {*intents, len(journal.entries)}
    assert verify(journal.path, found).state == "intact"
    assert not [event for event in journal.events if isinstance(event, AnchorFailed)]


def test_a_host_that_is_not_the_master_has_the_anchors_of_its_own_changes(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, "drbd-host-setup", ANSWERS["drbd-host-setup"]).go()
    assert rehearsal.error is None
    entries = rehearsal.journal.entries
    own = {entry.number for entry in entries if isinstance(entry.event, Intent) and entry.event.host == TWO}
    assert own
    assert {one.tip.line for one in logged(rehearsal, TWO)} == {*own, len(entries)}


def test_a_dry_run_logs_nothing(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, "stuck-job", {})
    dry_run(rehearsal.run, Overrides())
    assert logged(rehearsal, ONE) == logged(rehearsal, TWO) == []
