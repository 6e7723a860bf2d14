"""What was wrong before and after a run is recorded, and never in the way of it."""

import threading
from pathlib import Path

import pytest

from engine.errors import FactError
from engine.findings import Diagnosis, Finding, Subject, Suggestion, Unknown
from engine.journal.events import Surveyed
from engine.knowledge import Context
from engine.run.options import RunSettings
from engine.run.survey import survey
from tests.engine.run.toy import ON, go

DARK = Diagnosis(
    (Finding("dark", "It is dark.", (Subject("lamp", "hall"),), ("/lamp: off",), 1, Suggestion("toy"), "Look."),),
    (Unknown("Is the attic dark?", "nobody answers"),),
    ("hall.example",),
    ("attic.example",),
)


def surveys(tmp_path: Path, answer: str) -> list[tuple[int, Surveyed]]:
    run = go(tmp_path, ON, {"switch-on": answer}, settings=RunSettings("real", {}, survey=lambda _context: DARK))
    return [(at, event) for at, event in enumerate(run.journal.events) if isinstance(event, Surveyed)]


def test_a_run_records_what_was_wrong_before_it_and_after_it(tmp_path: Path) -> None:
    (first, before), (_last, after) = surveys(tmp_path, "yes")
    assert first == 1
    assert (before.when, after.when) == ("before", "after")
    assert before.findings[0] == {
        "code": "dark",
        "title": "It is dark.",
        "about": ["lamp hall"],
        "evidence": ["/lamp: off"],
        "next": "Look.",
        "command": "gnt-runbook run toy",
    }
    assert before.unknown == ({"question": "Is the attic dark?", "why": "nobody answers"},)
    assert (before.answered, before.silent, before.why) == (("hall.example",), ("attic.example",), "")


def test_a_run_that_began_no_change_does_not_look_again(tmp_path: Path) -> None:
    assert [one.when for _at, one in surveys(tmp_path, "stop")] == ["before"]


@pytest.mark.parametrize("error", [FactError("no host answers"), ZeroDivisionError("x")])
def test_a_survey_that_fails_is_recorded_as_such(error: Exception, tmp_path: Path) -> None:
    def look(_context: Context) -> Diagnosis:
        raise error

    run = go(tmp_path, ON, {"switch-on": "yes"}, settings=RunSettings("real", {}, survey=look))
    assert run.error is None
    assert [str(error) in one.why for one in run.journal.events if isinstance(one, Surveyed)] == [True, True]


def test_a_survey_that_takes_too_long_is_not_waited_for() -> None:
    released = threading.Event()

    def look() -> Diagnosis:
        released.wait()
        return DARK

    told: list[str] = []
    found = survey(look, "before", patience=0.01, tell=told.append)
    released.set()
    assert ["for the record" in words for words in told] == [True]
    assert found.why == "it was not finished after 0.01 seconds"
    assert not found.findings
