"""A dry run: every read is made, every value is shown, nothing is changed, and success is never claimed."""

from pathlib import Path

from tests.engine.run.test_run import ASK, EDIT, GUARDED, LOOP, WAIT
from tests.engine.run.toy import ON, House, go


def test_a_dry_run_shows_each_step_with_its_values_and_changes_nothing(tmp_path: Path) -> None:
    house = House()
    house.files["hall.example", "/label"] = "old\n"
    before = dict(house.files)
    outcome = go(tmp_path, ON + EDIT + ASK + WAIT, house=house, dry=True)
    assert outcome.error is None
    assert outcome.code == 0
    assert house.files == before
    assert house.changes == []
    text = outcome.operator.text
    assert "on hall.example:  lamp on" in text
    assert "+hall off" in text
    assert "Only if the decision 'decide' leads here" in text
    assert "nothing was changed" in text
    assert outcome.operator.asked == []


def test_a_dry_run_says_what_it_cannot_know_before_a_step_was_done(tmp_path: Path) -> None:
    broken = ON.replace("switch-on", "again").replace("on: where", "on: \"{'hall.example': 'x'}[lamp.nowhere]\"")
    broken = ON + LOOP.replace("\"['on', 'off', 'on']\"", '"[1 // (1 if lamp.on else 0)]"')
    outcome = go(tmp_path, broken, dry=True)
    assert outcome.error is None
    assert "cannot be known before 'switch-on' is done" in outcome.operator.text


def test_a_dry_run_tells_that_a_real_run_would_be_refused(tmp_path: Path) -> None:
    house = House(files={("hall.example", "/lamp"): "on\n"})
    outcome = go(tmp_path, ON, house=house, header=GUARDED, dry=True)
    assert outcome.code == 3
    assert "would be refused" in outcome.operator.text
