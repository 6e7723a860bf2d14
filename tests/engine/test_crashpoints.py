"""The named moments at which the tests let the program die."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import crashpoints
from engine.journal.events import Checked
from engine.journal.folder import RunsFolder
from engine.journal.reader import read_journal
from tests.engine.run.toy import ON, House, ToyClock, go


class Death(BaseException):
    """What comes after it does not happen any more, as little as after a SIGKILL."""


def test_a_run_passes_them_around_each_change(tmp_path: Path) -> None:
    seen: list[tuple[str, str, Sequence[object]]] = []
    house = House()
    with crashpoints.listening(lambda point, detail: seen.append((point, detail, list(house.changes)))):
        assert go(tmp_path, ON, {"switch-on": "yes"}, house=house).error is None
    around = [one for one in seen if one[0] != "during-append"]
    switched = [("hall.example", ("lamp", "on"))]
    assert around == [
        ("before-intent", "switch-on#1", []),
        ("after-intent", "switch-on#1", []),
        ("after-remote-start", "switch-on#1", switched),
        ("before-outcome", "switch-on#1", switched),
    ]
    lines = {detail for point, detail, _changes in seen if point == "during-append"}
    assert {"run-started", "intent", "outcome", "run-ended"} <= lines


def test_nobody_is_told_after_the_block(tmp_path: Path) -> None:
    seen: list[str] = []
    with crashpoints.listening(lambda point, _detail: seen.append(point)):
        assert crashpoints.listened_to()
    assert go(tmp_path, ON, {"switch-on": "yes"}).error is None
    assert seen == []
    assert not crashpoints.listened_to()


def test_a_death_in_the_middle_of_a_line_leaves_half_of_it_on_the_disk(tmp_path: Path) -> None:
    def die(point: str, detail: str) -> None:
        assert (point, detail) == ("during-append", "checked")
        raise Death

    _name, journal = RunsFolder(tmp_path).new("toy", ToyClock())
    with journal:
        journal.append(Checked("one", holds=True, summary="whole"))
        with crashpoints.listening(die), pytest.raises(Death):
            journal.append(Checked("two", holds=True, summary="torn"))
    found = read_journal(journal.path)
    assert found.torn
    assert [event.of for event in found.events if isinstance(event, Checked)] == ["one"]
