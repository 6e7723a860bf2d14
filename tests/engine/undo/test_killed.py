"""An undo that dies on the way: another one goes on with what is left, and takes nothing back twice."""

from pathlib import Path

import pytest

from engine.crashpoints import Point, listening
from tests.engine.run.toy import go
from tests.engine.undo.house import look, undo
from tests.engine.undo.test_undo import SIGN, SWITCH, YES
from tests.support.runs import Killed

POINTS: tuple[Point, ...] = ("during-undo", "before-intent", "after-intent", "after-remote-start", "before-outcome")


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("number", [1, 2])
def test_wherever_it_dies_each_change_is_taken_back_once(tmp_path: Path, point: Point, number: int) -> None:
    run = go(tmp_path, SWITCH + SIGN, YES)
    assert run.error is None
    passed = 0

    def die(where: Point, _detail: str) -> None:
        nonlocal passed
        passed += where == point
        if where == point and passed == number:
            raise Killed

    with listening(die):
        assert isinstance(undo(run, YES).error, Killed)
    if look(run).due:
        assert undo(run, YES).error is None
    found = look(run)
    assert (found.due, found.left, found.back) == ((), (), 2)
    assert [argv for _host, argv in run.house.changes].count(("lamp", "off")) == 1
    assert run.house.files["hall.example", "/lamp"] == "off\n"
    assert ("hall.example", "/sign") not in run.house.files
