"""What cannot come to hold by waiting is not waited for."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import StepError
from engine.knowledge import Context, Verdict
from tests.engine.run import toy
from tests.engine.run.toy import ON, Run, go, is_on

WAIT = "  - {id: wait, title: Wait, wait: {%s, within: 6h, every: 5s}}\n"
BY_CHECK = WAIT % "check: lamps.is_on, with: {host: hall.example}"
BY_EXPRESSION = WAIT % "that: lamp.on, else: it is dark, hopeless: not lamp.on"
PATIENT = (WAIT % "that: lamp.on, else: it is dark, hopeless: lamp.on").replace("6h", "5m")


def burnt(context: Context, *, host: str) -> Verdict:
    return replace(is_on(context, host=host), hopeless=True, hint="It is burnt out: gnt-runbook run new-lamp")


def looks(outcome: Run) -> int:
    return sum(argv == ("cat", "/lamp") for _host, argv in outcome.house.ran)


@pytest.mark.parametrize(
    "step", [BY_CHECK, BY_EXPRESSION, ON.replace('"on"]', "lie]")], ids=["check", "words", "verify"]
)
def test_it_fails_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(toy, "KNOWLEDGE", replace(toy.KNOWLEDGE, checks={"lamps.is_on": burnt}))
    step = step.replace('host: "{{ where }}"}', 'host: "{{ where }}"}, within: 6h')
    outcome = go(tmp_path, step, {"switch-on": "yes", "wait.failed": "stop", "switch-on.failed": "stop"})
    assert isinstance(outcome.error, StepError)
    assert looks(outcome) < 10


def test_what_to_do_instead_is_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy, "KNOWLEDGE", replace(toy.KNOWLEDGE, checks={"lamps.is_on": burnt}))
    outcome = go(tmp_path, BY_CHECK, {"wait.failed": "stop"})
    assert isinstance(outcome.error, StepError)
    assert "gnt-runbook run new-lamp" in outcome.error.hint


def test_what_may_come_is_waited_for(tmp_path: Path) -> None:
    assert looks(go(tmp_path, PATIENT, {"wait.failed": "stop"})) > 50
