"""Ctrl-C, a hang-up, a polite kill: they end a run between changes, never inside one."""

import signal
from pathlib import Path

import pytest

from engine.errors import StoppedError
from engine.operator.scripted import Scripted
from tests.engine.run.toy import ON, House, go


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_a_signal_during_a_change_lets_it_end_and_stops_after_it(tmp_path: Path, number: signal.Signals) -> None:
    house = House()
    house.before_change = lambda: signal.raise_signal(number)
    outcome = go(tmp_path, ON + ON.replace("switch-on", "again"), {"switch-on": "yes", "again": "yes"}, house=house)
    assert isinstance(outcome.error, StoppedError)
    assert house.files["hall.example", "/lamp"] == "on\n"
    assert len(house.changes) == 1
    assert outcome.journal.unknown == ()
    assert signal.getsignal(number) is not None


def test_a_signal_at_a_question_stops_before_the_change(tmp_path: Path) -> None:
    operator = Scripted({"switch-on": "yes"}, on_question=lambda _question: signal.raise_signal(signal.SIGINT))
    outcome = go(tmp_path, ON, operator=operator)
    assert isinstance(outcome.error, StoppedError)
    assert outcome.error.code == "interrupted"
    assert outcome.house.changes == []
