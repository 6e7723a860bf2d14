"""Wherever the output goes, and whatever is in it: no traceback, nothing lost, nothing that speaks to the terminal."""

import json
import subprocess
from pathlib import Path

import pytest

from engine.journal.reader import read_journal
from tests.engine.cli.program import GNT_RUNBOOK, Program
from tests.terminal import TerminalSession

ANSWERS = Path(__file__).resolve().parents[3] / "docs" / "examples" / "stuck-job.answers.yaml"
REHEARSE = ("rehearse", "stuck-job", "--answers", str(ANSWERS))


def shell(program: Program, script: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as $@ in a shell."""
    done = subprocess.run(
        ["setsid", "-w", "sh", "-c", script, "sh", *GNT_RUNBOOK],
        env=program.environment,
        cwd=program.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "itself made a mistake" not in done.stderr
    return done


def test_a_pipe_that_is_closed_early_is_no_accident(program: Program) -> None:
    done = shell(program, 'set -- "$@" schema; "$@" | head -1')
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "{\n"


@pytest.mark.parametrize("command", ["list", "list --json", "runs", "--version", "--help"])
def test_a_pipe_that_nobody_reads_is_no_accident(program: Program, command: str) -> None:
    done = shell(program, f'"$@" {command} | :')
    assert (done.stdout, done.stderr) == ("", "")


def test_a_pipe_that_is_closed_in_a_run_ends_it_before_the_next_change(program: Program) -> None:
    done = shell(program, f'"$@" {" ".join(REHEARSE)} | head -1')
    assert "ERROR output-gone" in done.stderr
    for path in program.journals:
        read = read_journal(path)
        assert read.ended is not None
        assert read.ended.code == "output-gone"


@pytest.mark.parametrize("streams", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing_of_a_rehearsal(program: Program, streams: str) -> None:
    assert shell(program, f'"$@" {" ".join(REHEARSE)} {streams}').returncode == 0
    read = read_journal(program.journals[0])
    assert read.ended is not None
    assert read.ended.exit == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_output_is_told_and_ends_the_run(program: Program) -> None:
    done = shell(program, '"$@" list >/dev/full')
    assert done.returncode == 1
    assert "ERROR system" in done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
    ids=["C", "ASCII"],
)
def test_no_locale_makes_printing_fail(program: Program, locale: dict[str, str]) -> None:
    program.env = {**locale, "GNT_RUNBOOK_RUNBOOKS": str(program.folder)}
    program.write("probe.yaml", PROBE.replace("TITLE", "Gr\u00fc\u00dfe \u2192 \u4f60"))
    shown = program.alone("show", "probe")
    assert shown.code == 0, shown.err
    assert "Gr" in shown.out
    told = program.alone("run", "probe", "gr\u00fc\u00df\u2192=1")
    assert (told.error, told.code) == ("parameter-unknown", 2)


PROBE = """
format: 1
id: probe
title: "TITLE"
summary: what it is for
steps:
  - {id: look, title: Look, manual: "Look \\\\u202Eat it", effect: safe, undo: none}
""".replace("\\\\u", "\\u")


def test_texts_that_turn_the_line_around_are_shown_harmlessly(program: Program) -> None:
    program.env["GNT_RUNBOOK_RUNBOOKS"] = str(program.folder)
    program.write("probe.yaml", PROBE)
    shown = program("show", "probe")
    assert "Look \\u202eat it" in shown.out
    assert "\u202e" not in shown.out


def test_control_characters_in_words_of_the_command_line_are_shown_harmlessly(program: Program) -> None:
    hostile = "\x1b]0;gone\x07\x1b[2J\r\x9b31m"
    for arguments in (("run", hostile), ("run", "stuck-job", f"{hostile}=1"), (hostile,), ("run", f"./{hostile}.yaml")):
        told = program(*arguments)
        assert told.code == 2
        assert not set("\x1b\x07\r\x9b") & set(told.err + told.out), repr(told.err)


def test_what_machines_read_is_json_whatever_else_is_wrong(program: Program) -> None:
    assert json.loads(program("list", "--json").out)["follow_ups"] == []
    assert json.loads(program("runs", "--json").out) == []
    assert json.loads(program("schema").out)["type"] == "object"


@pytest.mark.parametrize("columns", ["1", "nonsense"])
def test_a_terminal_of_any_width_shows_all_words(program: Program, columns: str) -> None:
    env = {**program.environment, "COLUMNS": columns}
    with TerminalSession([*GNT_RUNBOOK, "rehearse", "stuck-job"], env, cwd=str(program.folder)) as session:
        session.expect("]: ")
        session.type("y")
        session.expect("gnt-job cancel --kill --yes-do-it")
        session.expect("Type yes in full to go on.")
        session.type("stop")
        assert session.end() == 1


def test_no_color_is_honoured_and_colour_is_for_terminals_only(program: Program) -> None:
    def coloured(env: dict[str, str]) -> bool:
        command = [*GNT_RUNBOOK, "rehearse", "stuck-job"]
        with TerminalSession(command, {**program.environment, **env}, cwd=str(program.folder)) as session:
            session.expect("]: ")
            session.type("stop")
            session.end()
            return "\x1b[" in session.raw

    assert coloured({})
    assert not coloured({"NO_COLOR": "1"})
    assert "\x1b[" not in program("rehearse", "stuck-job").err
