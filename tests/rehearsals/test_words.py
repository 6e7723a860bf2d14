"""What the screen says where something is not there, or where another value would be right."""

import re
from pathlib import Path

import pytest

from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from tests.rehearsals.rehearsal import SHOP, Rehearsal


def shown(tmp_path: Path, scenario: str) -> str:
    rehearsal = Rehearsal(tmp_path, scenario, {})
    dry_run(rehearsal.run, Overrides())
    return " ".join(rehearsal.operator.text.split())


def test_a_version_that_is_not_there_is_no_version(tmp_path: Path) -> None:
    assert "No Ganeti is installed on hwhost-2.lab.example yet." in shown(tmp_path, "node-reinstall.no-packages")
    there = shown(tmp_path / "there", "node-reinstall")
    assert "hwhost-2.lab.example has Ganeti 3.0.2-3, and the master has 3.0.2-3" in there


@pytest.mark.parametrize("runbook", SHOP.library.ids())
def test_no_sentence_begins_with_what_may_not_be_there(runbook: str) -> None:
    """`{{ x or 'No' }} is …` says of what is not there what is true of what is."""
    assert not re.search(r"\bor '(No|None|Nothing|Nobody)'", SHOP.library.load(runbook).text)


def test_a_stale_choice_is_told_the_right_one(tmp_path: Path) -> None:
    assert "new_master=hwhost-3.lab.example" in shown(tmp_path, "master-failover.stale")
