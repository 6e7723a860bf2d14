"""Every command that a person is told to type can be typed as it stands: whole, quoted, and reaching the same hosts."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.commands import whole
from engine.commands import CONNECTING, PROGRAM, completed, on_another_machine, reached_by, to_type
from engine.findings import Suggestion
from engine.hosts.reader import Reader
from engine.knowledge import Context
from engine.load.loader import load_runbook
from engine.load.source import Source
from engine.steps.scope import Scope, ThisRun
from tests.engine.cli.program import ROOT
from tests.engine.run.toy import HEADER, HOME, KNOWLEDGE, House, ToyClock, go

OPTIONS = ("--host", "node1.example", "--ssh-config", "/home/a b/config", "--dead", "node2")
TOLD = shlex.join(OPTIONS)


@pytest.fixture(autouse=True)
def _reached() -> Iterator[None]:
    reached_by(OPTIONS)
    yield
    reached_by(())


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(WORDS, st.lists(WORDS.filter(bool), max_size=3))
def test_what_is_told_reads_back_as_it_was_meant(value: str, options: list[str]) -> None:
    reached_by([word for one in options for word in ("--host", one)])
    told = shlex.split(to_type("run", "stuck-job", job=value))
    assert told == ["gnt-runbook", "run", "stuck-job", f"job={value}", *(w for one in options for w in ("--host", one))]


def test_what_does_not_reach_these_hosts_is_told_without_the_options() -> None:
    assert to_type("runs") == "gnt-runbook runs"
    assert to_type("approve", "r1") == "gnt-runbook approve r1"
    assert to_type("diagnose", "--from", "a b") == "gnt-runbook diagnose --from 'a b'"
    assert on_another_machine("resume", "r1; reboot") == "gnt-runbook resume 'r1; reboot'"


def test_prose_of_a_runbook_is_completed_and_what_hosts_say_is_not() -> None:
    assert completed("First: gnt-runbook run lvm-filter. Then gnt-runbook diagnose says more.") == (
        f"First: gnt-runbook run lvm-filter {TOLD}. Then gnt-runbook diagnose {TOLD} says more."
    )
    assert completed("gnt-runbook runs, gnt-runbook list, --reason=gnt-runbook 2026 kill") == (
        "gnt-runbook runs, gnt-runbook list, --reason=gnt-runbook 2026 kill"
    )
    reached_by(("--ssh-config", "{{ run.id }}{% x %}"))
    loaded = load_runbook(Source("toy.yaml", f"{HEADER}steps: []\n".replace("[]", LOOK).encode()), KNOWLEDGE)
    context = Context(Reader(House()), HOME, ToyClock())
    scope = Scope(loaded.runbook, KNOWLEDGE, context, ThisRun("r1", "toy"), {"where": "gnt-runbook undo"}, {})
    told = scope.tell("{{ where }}: gnt-runbook run lvm-filter node={{ where }}")
    assert told == (
        "gnt-runbook undo: gnt-runbook run lvm-filter --ssh-config '{{ run.id }}{% x %}' node=gnt-runbook undo"
    )


LOOK = "[{id: look, title: Look, manual: look, effect: disruptive, undo: none}]"


def test_suggestions_hints_and_last_words_have_the_options(tmp_path: Path) -> None:
    assert Suggestion("stuck-job", {"job": "41"}).command == f"gnt-runbook run stuck-job job=41 {TOLD}"
    header = HEADER + "done: ['{{ where }} shines. gnt-runbook run other where={{ where }}']\n"
    header += "dangers: [The light may fail; gnt-runbook diagnose says why]\n"
    on = """
  - {id: on, title: On, run: [lamp, "on"], on: where, effect: disruptive, undo: none,
     why: gnt-runbook diagnose has said so}
"""
    run = go(tmp_path / "a", on, {"on": "yes"}, header=header)
    text = " ".join(run.operator.text.split())
    assert f"gnt-runbook run other {TOLD} where=hall.example" in text
    assert f"gnt-runbook diagnose {TOLD} says why" in text
    assert f"gnt-runbook diagnose {TOLD} has said so" in text
    off = '\n  - {id: off, title: Off, run: [lamp, "nonsense"], on: where, effect: disruptive, undo: none}\n'
    failed = go(tmp_path / "b", off, {"off": "yes", "off.failed": "stop"})
    assert failed.error is not None
    assert f"gnt-runbook resume r1 {TOLD}" in failed.error.hint  # type: ignore[attr-defined]


def test_the_options_are_those_that_the_commands_take() -> None:
    for name in CONNECTING:
        taken = {word for one in whole(name).params for word in one.opts}
        assert {"--host", "--user", "--port", "--ssh-config"} <= taken
        assert name == "capture" or "--dead" in taken


COMMAND = re.compile(rf"\bgnt-runbook (?:{'|'.join(CONNECTING)})\b")
ABOUT = re.compile(r"gnt-runbook undo(?=`| |$)|\(gnt-runbook capture\)|`gnt-runbook capture -o FILE`")
"""Where a command is spoken of, not to be typed: what undo does with a step, a capture that is yet to be taken."""
RUNBOOKS = ("engine/undo/runbook.py",)
"""What makes a runbook has texts of one, which are completed as such."""
NAMED = {"commands.py", "settings.py", "signature.py", "anchor.py", "reads.py", "main.py"}
"""Where its name is that of a folder, of what hosts log, or of itself."""


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """The texts in a file of the program, but for docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


@pytest.mark.parametrize("folder", ["engine", "checks"])
def test_no_text_of_the_program_has_a_command_that_lacks_the_options(folder: str) -> None:
    wrong = [
        f"{path}:{line}: {text}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in RUNBOOKS
        for line, text in texts_of(path)
        if COMMAND.search(ABOUT.sub("", text)) or (text == PROGRAM and path.name not in NAMED)
    ]
    assert wrong == []
