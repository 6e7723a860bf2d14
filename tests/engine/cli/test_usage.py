"""What is mistyped, left out or malformed is refused before anything: in words, with a way on, and exit code 2."""

import json
import os
from pathlib import Path

import pytest

from tests.engine.cli.program import GNT_RUNBOOK, NOTHING, Program
from tests.terminal import TerminalSession

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "runbooks"

JOB = ("stuck-job", "job=14")

REFUSED = {
    "unknown runbook, nearest": (("run", "stuck-jb"), "runbook-unknown", "did you mean 'stuck-job'?"),
    "unknown parameter": (("run", "stuck-job", "jbo=14"), "parameter-unknown", "did you mean 'job'?"),
    "parameter without value": (("run", "stuck-job", "job"), "parameter-pair", "NAME=VALUE"),
    "parameter without name": (("run", "stuck-job", "=14"), "parameter-pair", "NAME=VALUE"),
    "parameter given twice": (("run", *JOB, "job=15"), "parameter-pair", "given twice"),
    "parameter of wrong type": (("run", "stuck-job", "job=abc"), "parameter-invalid", "positive whole number"),
    "parameter of hostile bytes": (("run", "stuck-job", os.fsdecode(b"job=\x1b[2J\xff")), "parameter-invalid", "\\x1b"),
    "force without reason": (("run", *JOB, "--force", "job-is-over"), "force-without-reason", "--reason 'why'"),
    "force with an empty reason": (("run", *JOB, "--force", "x", "--reason", " "), "force-without-reason", "--reason"),
    "force of an unknown code": (("run", *JOB, "--force", "nope", "--reason", "why"), "force-unknown", "'nope'"),
    "yes to the destructive": (("run", *JOB, "--yes", "destructive"), "yes-refused", "--yes disruptive at most"),
    "yes to nonsense": (("run", *JOB, "--yes", "all"), "usage", "'all' is not one of"),
    "unknown option": (("run", *JOB, "--frobnicate"), "usage", "No such option: --frobnicate"),
    "unknown command": (("frobnicate",), "usage", "No such command"),
    "a port that is none": (("run", *JOB, "--port", "99999"), "usage", "65535"),
    "rehearsal: unknown scenario": (
        ("rehearse", "stuck-job", "--scenario", "x"),
        "scenario-unknown",
        "stuck-job.delay",
    ),
    "rehearsal: force without reason": (("rehearse", "stuck-job", "--force", "x"), "force-without-reason", "--reason"),
    "rehearsal: force of an unknown code": (
        ("rehearse", "stuck-job", "--force", "nope", "--reason", "why"),
        "force-unknown",
        "'nope'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_command_line_that_is_wrong_is_refused_in_words(program: Program, case: str) -> None:
    arguments, code, says = REFUSED[case]
    program(*arguments).refused(code, 2, says)
    assert program.journals == []


def test_all_problems_of_a_runbook_are_told_at_once_each_with_its_place(program: Program) -> None:
    file = ASSETS / "many-at-once.yaml"
    ended = program("run", str(file))
    ended.refused(
        "runbook-invalid", 2, f"{file}:27:9: this must be 1", f"{file}:60:13: a rule makes exactly one change"
    )
    assert ended.err.count(f"{file}:") > 15
    linted = program("lint", str(file))
    linted.refused("runbook-invalid", 2, f"{file}:27:9: this must be 1")
    assert "not valid: 1" in linted.out


def test_files_that_are_no_runbooks_are_refused_and_do_not_hide_each_other(program: Program) -> None:
    program.write("latin.yaml", b"title: caf\xe9\n")
    program.write("hostile.yaml", "title: \x1b[2J\n")
    (program.folder / "folder.yaml").mkdir()
    # Whoever runs the tests may read everything; a link to itself can be read by nobody.
    (program.folder / "secret.yaml").symlink_to("secret.yaml")
    names = ("latin.yaml", "hostile.yaml", "folder.yaml", "missing.yaml", "secret.yaml")
    ended = program("lint", *names)
    assert ended.code == 2
    for says in (
        "latin.yaml:1:11: the file is not UTF-8: byte 0xe9",
        "hostile.yaml:1:",
        "folder.yaml is not a file",
        "missing.yaml is not a file",
        "ERROR runbook-unreadable: secret.yaml",
        "valid runbooks: 0; not valid: 5",
    ):
        assert says in ended.err + ended.out
    assert ended.err.count(NOTHING) == len(names)
    assert "\x1b[2J" not in ended.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_runbook_one_may_not_read_is_refused(program: Program) -> None:
    program.write("secret.yaml", "format: 1\n").chmod(0)
    program("run", "./secret.yaml").refused("runbook-unreadable", 2, "Permission denied")


def test_one_bad_runbook_of_the_site_does_not_hide_the_others(program: Program) -> None:
    program.env["GNT_RUNBOOK_RUNBOOKS"] = str(program.folder / "own")
    program.write("own/broken.yaml", "format: 1\n")
    ended = program("list", "--json")
    ended.refused("runbook-invalid", 2, "broken.yaml:1:1")
    assert "stuck-job" in [one["id"] for one in json.loads(ended.out)["runbooks"]]


ANSWERS = {
    "missing": (None, "No such file"),
    "no YAML": ("answers: [", "line 1, column 11"),
    "not UTF-8": (b"answers: \xff", "can't decode byte 0xff"),
    "no mapping": ("- kill\n", "'format' and 'answers'"),
    "another format": ("format: 2\nanswers: {}\n", "'format'"),
    "unknown key": ("format: 1\nanswers: {}\nmore: 1\n", "the key 'more' is unknown"),
    "a number": ("format: 1\nanswers: {kill: 14}\n", "put them in quotes"),
    "given twice": ("format: 1\nanswers: {kill: 'yes', kill: 'no'}\n", "duplicate key"),
    "nested too deeply": ("[" * 1200, "nested too deeply"),
    "a tag": ("format: 1\nanswers: !!python/object/apply:os.system [id]\n", "constructor for the tag"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answers_file_that_is_wrong_is_refused_before_anything(program: Program, case: str) -> None:
    content, says = ANSWERS[case]
    if content is not None:
        program.write("answers.yaml", content)
    ended = program("rehearse", "stuck-job", "--answers", "answers.yaml")
    ended.refused("answers-invalid", 2, says)
    assert program.journals == []
    assert "Input should" not in ended.err.replace("'format': Input should", "")


@pytest.mark.parametrize(
    ("answers", "code"),
    [("{}", "unanswered"), ("{watcher: 'Yes!'}", "answer-refused"), ("{watcher: skip}", "answer-refused")],
)
def test_an_answer_that_is_missing_or_unclear_stops_before_the_step(program: Program, answers: str, code: str) -> None:
    program.write("answers.yaml", f"format: 1\nanswers: {answers}\n")
    program("rehearse", "stuck-job", "--answers", "answers.yaml").refused(code, 1, "'yes' (do it)")
    journal = program.journals[0].read_text()
    assert '"intent"' not in journal
    assert f'"code":"{code}"' in journal


def test_without_a_terminal_and_without_answers_nothing_begins(program: Program) -> None:
    program("rehearse", "stuck-job").refused("no-terminal", 5, "--answers FILE")
    program("run", *JOB, "--host", "nowhere.invalid").refused("no-terminal", 5, "--answers FILE")
    assert program.journals == []


def test_settings_that_are_wrong_are_refused_but_keep_nobody_from_help(program: Program) -> None:
    program.write("config/gnt-runbook/config.toml", "hots = ['node1']\n")
    program("list").refused("settings-invalid", 2, str(program.settings), "did you mean 'hosts'?")
    assert program("--version").code == 0
    assert "Usage" in program("run", "--help").out


PROBE = """
format: 1
id: probe
title: Look at a node
summary: Look at a node
parameters:
  node: {type: ganeti.node, help: which node}
  old_master: {type: str, help: what the scenario gives, default: none}
steps:
  - {id: look, title: Look, manual: Look at {{ node }}, effect: safe, undo: none}
"""


def probe(program: Program) -> tuple[str, ...]:
    program.env["GNT_RUNBOOK_RUNBOOKS"] = str(program.folder / "own")
    program.write("own/probe.yaml", PROBE.replace("Look at {{ node }}", "'Look at {{ node }}'"))
    return ("rehearse", "probe", "--scenario", "master-failover-return")


def test_a_missing_parameter_is_chosen_at_the_terminal_from_what_there_is(program: Program) -> None:
    command = probe(program)
    with TerminalSession([*GNT_RUNBOOK, *command], program.environment, cwd=str(program.folder)) as session:
        session.expect("which node")
        session.expect("hwhost-2.lab.example")
        session.type("hwhost-7")
        session.expect("Not understood")
        session.type("hwhost-2.lab.example")
        session.expect("Look at hwhost-2.lab.example")
        session.press(b"\x03")
        session.expect("ERROR interrupted")
        assert session.end() == 1


def test_a_missing_parameter_in_no_answers_file_is_named_with_what_it_could_be(program: Program) -> None:
    command = probe(program)
    program.write("answers.yaml", "format: 1\nanswers: {}\n")
    ended = program(*command, "--answers", "answers.yaml")
    assert ended.error in {"unanswered", "parameter-missing"}
    assert "'parameter.node'" in ended.err
    assert "'hwhost-1.lab.example'" in ended.err
    assert program.journals == []


def test_ctrl_c_before_a_run_has_begun_is_told_as_such(program: Program) -> None:
    command = probe(program)
    with TerminalSession([*GNT_RUNBOOK, *command], program.environment, cwd=str(program.folder)) as session:
        session.expect("]: ")
        session.press(b"\x03")
        session.expect("ERROR interrupted: You interrupted it.")
        assert session.end() == 1
        assert "Traceback" not in session.screen
