"""What the engine gets: names, signatures, forms of reads, types of parameters."""

import inspect
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import pytest

from checks.jobs.facts import jobs
from checks.look import commands
from checks.pack import pack
from engine.hosts.reads import Read
from engine.knowledge import Context, Verdict
from tests.checks.imitation import ONE, THREE, Imitation


@pytest.mark.parametrize("name", [*pack.facts, *pack.checks])
def test_what_a_runbook_can_call(name: str) -> None:
    function = (pack.facts | pack.checks)[name]
    hints = get_type_hints(function)
    first, *others = inspect.signature(function).parameters.values()
    assert hints[first.name] is Context
    assert all(one.kind is one.KEYWORD_ONLY and hints[one.name] in {bool, int, str} for one in others)
    assert inspect.getdoc(function)
    if name in pack.checks:
        assert hints["return"] is Verdict


def test_what_changes_by_itself_is_not_compared() -> None:
    volatile = {one.name for one in fields(jobs.Job) if not one.compare}
    assert is_dataclass(jobs.Job)
    assert volatile == {"age", "last_log"}


@pytest.mark.parametrize(
    "argv",
    [
        ("socat",),
        ("socat", "-u", "OPEN:/dev/null"),
        ("socat", "-u", "OPEN:/dev/null", "OPEN:/etc/passwd,trunc"),
        ("socat", "-u", "OPEN:/dev/null", "EXEC:reboot"),
        ("socat", "-u", "OPEN:/dev/null", "TCP4:10.0.0.1:1", "x"),
        ("gnt-job", "list"),
    ],
)
def test_what_is_no_read(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not a known read-only command"):
        Read(argv)


def test_how_a_port_is_tried() -> None:
    assert commands.connect("10.77.0.2", 1811).argv == (
        "socat",
        "-u",
        "OPEN:/dev/null",
        "TCP4:10.77.0.2:1811,connect-timeout=3",
    )
    assert commands.connect("2001:db8::2", 22).argv[-1] == "TCP6:[2001:db8::2]:22,connect-timeout=3"


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "²", "1" * 40])
def test_what_is_no_job_number(text: str) -> None:
    with pytest.raises(ValueError, match="positive whole number"):
        pack.parameter_types["ganeti.job"].parse(text)


@pytest.mark.parametrize("kind", ["ganeti.node", "ganeti.instance"])
def test_names(kind: str) -> None:
    parse = pack.parameter_types[kind].parse
    assert parse(" hwhost-1 ") == "hwhost-1"
    for wrong in ("", "-x", "a b", "$(reboot)", "a/b", "x" * 300):
        with pytest.raises(ValueError, match="letters, digits"):
            parse(wrong)


def choices(kind: str, context: Context) -> dict[str, str]:
    candidates = pack.parameter_types[kind].candidates
    assert candidates is not None
    return {one.value: one.label for one in candidates(context)}


def test_candidates(stuck: Imitation) -> None:
    stuck.commands[THREE].append("/usr/bin/python3 /x/ganeti/jqueue/exec.py 7")
    context = stuck.context()
    offered = choices("ganeti.job", context)
    assert offered["14"] == "running TEST_DELAY(3600.0), 56 s old"
    assert "left" in offered["7"]
    assert choices("ganeti.node", context)[ONE] == "master"
    assert choices("ganeti.instance", context)["inst1.lab.example"] == f"on {ONE}"
