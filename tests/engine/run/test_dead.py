"""A host that was declared dead: it is not tried, nothing waits for it, and the record says so."""

from pathlib import Path

from engine.errors import StepError
from engine.journal.events import Checked, Intent, RunStarted
from engine.report.build import report_of
from engine.report.words import header
from tests.engine.run.toy import ON, House, go

VERIFIED_THERE = ON.replace(
    'verify: {check: lamps.is_on, with: {host: "{{ where }}"}}',
    "verify: {check: lamps.is_on, with: {host: attic.example}, within: 1h, every: 10s}",
)
ANSWERS = {"switch-on": "yes", "switch-on.failed": "stop"}


def test_a_change_there_fails_its_step_and_nothing_was_begun(tmp_path: Path) -> None:
    step = ON.replace("on: where", "on: \"'attic.example'\"")
    outcome = go(tmp_path, step, ANSWERS, dead=("attic",))
    assert isinstance(outcome.error, StepError)
    assert outcome.error.code == "host-declared-dead"
    assert [event for event in outcome.journal.events if isinstance(event, Intent)] == []
    assert outcome.house.ran == [("hall.example", ("cat", "/lamp"))] * len(outcome.house.ran)


def test_what_only_it_can_tell_is_not_waited_for(tmp_path: Path) -> None:
    outcome = go(tmp_path, VERIFIED_THERE, ANSWERS, dead=("attic.example",))
    (found,) = [event for event in outcome.journal.events if isinstance(event, Checked)]
    assert (found.holds, found.summary) == (None, "attic.example was declared dead, and was not tried.")
    assert "waiting" not in outcome.kinds()[outcome.kinds().index("outcome") :][:2]


def test_a_host_that_is_only_silent_is_waited_for(tmp_path: Path) -> None:
    house = House()
    outcome = go(tmp_path, VERIFIED_THERE, ANSWERS, house=house)
    assert ("attic.example", ("cat", "/lamp")) in house.ran
    assert len([one for one in house.ran if one == ("attic.example", ("cat", "/lamp"))]) > 300
    assert isinstance(outcome.error, StepError)


def test_it_stands_in_the_introduction_the_journal_and_the_report(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, {"switch-on": "yes"}, dead=("attic",))
    assert outcome.error is None
    assert "Declared dead, and not tried: attic.example." in outcome.operator.text
    started = outcome.journal.events[0]
    assert isinstance(started, RunStarted)
    assert started.dead == ("attic.example",)
    assert ("Declared dead", "attic.example") in header(report_of(outcome.path))
    # The first witness is dead: the next one got the anchors.
    assert {host for host, _anchor in outcome.house.anchors} == {"hall.example"}


def test_a_dry_run_says_it_too(tmp_path: Path) -> None:
    outcome = go(tmp_path, ON, dry=True, dead=("attic",))
    assert "Declared dead, and not tried: attic.example." in outcome.operator.text
