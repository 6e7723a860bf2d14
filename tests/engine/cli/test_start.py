"""What a command imports is what it needs: whoever types `list` in an outage does not wait for an ssh library."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.commands import COMMANDS, plain, whole
from engine.cli.main import app
from tests.engine.cli.program import Program

HEAVY = ("paramiko", "fabric", "invoke", "cryptography", "ssl", "asyncio", "jinja2", "structlog", "rich", "tenacity")
"""What takes long to import; `list` and the like do without all of it."""
REHEARSED = ("paramiko", "fabric", "invoke", "cryptography", "rich", "attr")
"""What a rehearsal does without: it connects to nobody."""
TELL = """
import atexit, sys
atexit.register(lambda: print("\\n" + "\\n".join(sys.modules), file=sys.stderr))
from engine.cli.main import main
sys.argv = ["gnt-runbook", *sys.argv[1:]]
main()
"""


def imported(folder: Path, *arguments: str) -> set[str]:
    environment = {"GNT_RUNBOOK_STATE": str(folder), "XDG_CONFIG_HOME": str(folder), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        [sys.executable, "-c", TELL, *arguments], env=environment, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    modules = set(ended.stderr.split())
    assert "engine.cli.main" in modules
    # What typer itself imports is not ours; that of Debian 13 imports rich.
    return modules - by_typer()


@cache
def by_typer() -> frozenset[str]:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, typer; print(*sys.modules)"], capture_output=True, check=True
    )
    return frozenset(told.stdout.decode().split())


@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("--version",), ("--help",), ("nonsense",)])
def test_what_only_tells_imports_next_to_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    modules = imported(tmp_path, *arguments)
    assert modules.isdisjoint((*HEAVY, "yaml", "checks.pack", "engine.load.library"))
    # Where anything has to be parsed, newer versions of typer import it.
    assert "pydantic" not in modules or arguments[0] in {"--help", "nonsense"}
    assert len([one for one in modules if one.startswith(("engine.", "checks."))]) < 40


def test_what_asks_no_host_imports_no_ssh(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("format: 1\nanswers: {}\n")
    for arguments in (("show", "stuck-job"), ("rehearse", "stuck-job", "--answers", str(answers)), ("runs",)):
        assert imported(tmp_path, *arguments).isdisjoint(REHEARSED), arguments


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"]])
def test_what_is_not_parsed_says_what_it_says_when_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setenv("GNT_RUNBOOK_STATE", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    said = plain(arguments)
    assert said is not None
    said()
    assert capsys.readouterr().out == CliRunner().invoke(app, arguments).output != ""


@pytest.mark.parametrize("words", [[], ["list", "--help"], ["list", "--json", "--json"], ["run"]])
def test_all_else_is_parsed(words: list[str]) -> None:
    assert plain(words) is None


def test_the_list_is_the_same_whether_headings_count_or_not(program: Program) -> None:
    before = program("list", "--json")
    program.env["GNT_RUNBOOK_RUNBOOKS"] = str(program.folder / "own")
    program.write("own/broken.yaml", "format: 1\n")
    after = program("list", "--json")
    assert before.code == 0
    after.refused("runbook-invalid", 2, "broken.yaml:1:1")
    assert json.loads(after.out) == json.loads(before.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_the_list_of_commands_says_is_what_each_says_of_itself(name: str) -> None:
    told = COMMANDS[name]
    assert whole(name).name == name
    assert str(whole(name).help).split("\n\n")[0] == told
