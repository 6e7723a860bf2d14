"""No name of the world's is typed like one of our words, and all of a name can be seen and typed."""

import copy
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.cli.wiring import parameters
from engine.effects import Effect
from engine.errors import StoppedError, UsageError
from engine.hosts.reader import Reader
from engine.journal.events import StepEnded
from engine.knowledge import Candidate, Context, Knowledge, ParameterType
from engine.load.loader import load_runbook
from engine.load.source import Source
from engine.operator.interface import Expected, Line, Option, Question, Style, is_reason
from engine.operator.screen import harmless, render
from engine.operator.scripted import Scripted
from engine.operator.visible import exact, visible
from engine.operator.words import Name, Word
from engine.steps.plan import Plan
from engine.steps.questions import STOP, STOP_OR_NO, approval
from engine.steps.scope import Scope, ThisRun
from tests.engine.cli.program import PYTHONPATH
from tests.engine.run.toy import HEADER, HOME, House, ToyClock, go
from tests.terminal import TerminalSession

OURS = st.sampled_from([str(word) for word in Word])
SPACED = st.tuples(st.sampled_from(["", " ", "\t", "\n", "\u00a0", "\u200b", "-", "."]), OURS, st.booleans()).map(
    lambda one: one[0] + (one[1].upper() if one[2] else one[1]) + one[0]
)
NAMES = st.one_of(SPACED, st.text(max_size=20), OURS)


def plan(confirm: str) -> Plan:
    return Plan(key="kill", title="Kill it", why="", consequence="", undo="none", confirm=confirm)


@given(NAMES)
@example("no")
@example(" STOP ")
@example("n\u034fo")
@example("")
def test_a_word_of_ours_never_approves_what_destroys(name: str) -> None:
    question = approval(Effect.DESTRUCTIVE, plan(name))
    assert question is not None
    go = question.options[0].words[0]
    for word in Word:
        for typed in (word, word.upper(), f" {word}\n", word.title()):
            chosen = question.option_for(typed)
            assert chosen is None or chosen.key != "go"
    for stops in ("stop", "q", "STOP"):
        assert question.option_for(stops) is STOP
    chosen = question.option_for(f" {go}\n")
    assert chosen is not None
    assert chosen.key == "go"
    assert go.isascii()
    assert go.isprintable()
    assert go in question.text


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_names_are_never_typed_alike(one: str, other: str) -> None:
    assert (Name(one, "lamp") == Name(other, "lamp")) == (one == other) or "/" in one + other
    assert exact(one) != exact(other) or one == other


@given(NAMES)
def test_a_name_is_made_once_and_read_as_it_was_made(name: str) -> None:
    made = Name(name, "lamp")
    assert Name(made, "other") == Name.read(made) == copy.deepcopy(made) == made


@pytest.mark.parametrize("name", ["inst1.lab.example", "/dev/vdb", "xenvg/0c2f.disk0_data on hwhost-2", "4711", "web"])
def test_usual_names_are_typed_as_they_are(name: str) -> None:
    assert Name(name, "instance") == name


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("no", "instance/no"),
        ("N", "instance/N"),
        ("n.o", "instance/n.o"),
        ("inst\u0430", "inst\\u0430"),
        ("a\u200bb", "a\\u200bb"),
        ("a\\u200bb", "a\\\\u200bb"),
        ("two words", "two words"),
        ("two  words ", "two \\x20words\\x20"),
        ("", "instance/"),
    ],
)
def test_how_other_names_are_typed(name: str, typed: str) -> None:
    assert Name(name, "instance") == typed


@pytest.mark.parametrize("typed", ["no", "STOP", "n-o", "", "\u0430", "a\nb"])
def test_what_is_no_name_is_not_read_as_one(typed: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        Name.read(typed)


@pytest.mark.parametrize(
    "options",
    [
        (Option("go", (Word.YES, Word.NO), ""), STOP_OR_NO),
        (Option("one", (Name("hall", "lamp"),), ""), Option("two", (Name("hall", "lamp"),), "")),
        (Option("all", (Word.MORE,), ""), STOP),
    ],
)
def test_a_question_whose_answers_are_typed_alike_cannot_be_made(options: tuple[Option, ...]) -> None:
    with pytest.raises(ValueError, match="typed alike"):
        Question("kill", "Kill it?", options)


DESTROY = """
  - id: destroy
    title: Destroy it
    run: [lamp, "off"]
    on: where
    effect: destructive
    confirm: "{{ name }}"
    undo: none
"""
CHOOSE = """
  - id: choose
    title: Choose
    ask: Which?
    choices: {stop: {title: the lamp called stop}, go: {title: the other}, skip: {title: a third}}
    saves: chosen
"""


def header(name: str) -> str:
    return HEADER.replace("facts:", f'  name: {{type: str, help: x, default: "{name}"}}\nfacts:')


@pytest.mark.parametrize("word", [str(word) for word in Word])
def test_an_answers_file_that_refuses_refuses(tmp_path: Path, word: str) -> None:
    for typed in (word, word.upper()):
        run = go(tmp_path / typed, DESTROY, {"destroy": typed}, header=header(word), values={"name": word})
        assert isinstance(run.error, StoppedError)
        assert run.house.changes == []
    run = go(tmp_path, DESTROY, {"destroy": f"destroy/{word}"}, header=header(word), values={"name": word})
    assert run.error is None
    assert len(run.house.changes) == 1


def test_a_choice_that_is_called_like_a_word_of_ours_is_not_chosen_by_it(tmp_path: Path) -> None:
    stopped = go(tmp_path / "stop", CHOOSE, {"choose": "stop"})
    assert isinstance(stopped.error, StoppedError)
    assert stopped.error.code == "stopped"
    assert "choose/stop: the lamp called stop" in stopped.operator.text
    for key, typed in (("stop", "choose/stop"), ("skip", "choose/skip"), ("go", "go")):
        chosen = go(tmp_path / key, CHOOSE, {"choose": typed})
        assert chosen.error is None
        ended = next(event for event in chosen.journal.events if isinstance(event, StepEnded))
        assert (ended.state, ended.saved) == ("done", {"chosen": key})


INSTANCES = Knowledge({}, {}, {"instance": ParameterType(str, str.strip, "a name", lambda _context: CANDIDATES)})
CANDIDATES = tuple(Candidate(one, "runs") for one in ("stop", "q", "inst1", "inst1", "MORE"))
ONE = """
format: 1
id: toy
title: Light
summary: Switch a lamp on
parameters:
  where: {type: str, help: which lamp}
  which: {type: instance, help: which instance}
steps: [{id: look, title: Look, manual: look, effect: disruptive, undo: none}]
"""


def test_a_name_is_told_from_our_words_by_its_kind() -> None:
    loaded = load_runbook(Source("toy.yaml", ONE.encode()), INSTANCES)
    context = Context(Reader(House()), HOME, ToyClock())
    scope = Scope(loaded.runbook, INSTANCES, context, ThisRun("r1", "toy"), {"where": "no", "which": "No"}, {})
    assert scope.name("{{ which }}", "look") == "instance/No"
    assert scope.name("{{ where }}", "look") == "look/no"
    assert scope.name("", "look") == ""


@pytest.mark.parametrize("name", ["stop", "q", "MORE", "inst1"])
def test_a_parameter_is_chosen_by_its_name_and_not_by_a_word_of_ours(name: str) -> None:
    loaded = load_runbook(Source("toy.yaml", ONE.encode()), INSTANCES)
    context = Context(Reader(House()), HOME, ToyClock())

    def chosen(typed: str) -> str:
        operator = Scripted({"parameter.which": typed})
        return str(parameters(loaded, {"where": "hall"}, INSTANCES, context, operator)["which"])

    typed = name if name == "inst1" else f"instance/{name}"
    assert chosen(typed) == name
    with pytest.raises((StoppedError, UsageError)):
        chosen(name.upper() if name == "inst1" else name)


@pytest.mark.parametrize("confirm", ["yes", "done"])
def test_what_is_done_by_hand_is_said_in_our_words_unless_it_destroys(tmp_path: Path, confirm: str) -> None:
    step = f'\n  - {{id: cut, title: Cut, manual: Pull it, effect: disruptive, confirm: "{confirm}", undo: none}}\n'
    assert go(tmp_path / "a", step, {"cut": confirm.upper()}).error is None
    worse = step.replace("disruptive", "destructive")
    assert isinstance(go(tmp_path / "b", worse, {"cut": confirm}).error, StoppedError)
    assert go(tmp_path / "c", worse, {"cut": f"cut/{confirm}"}).error is None


@pytest.mark.parametrize("word", [str(word) for word in Word])
def test_one_of_our_words_is_no_reason(word: str) -> None:
    question = approval(Effect.DISRUPTIVE, plan(""))
    assert question is not None
    assert not is_reason(f" {word.upper()} ")
    with pytest.raises(StoppedError) as refused:
        Scripted({"kill": ("skip", word)}).ask(question)
    assert refused.value.code == "answer-refused"
    with pytest.raises(StoppedError) as refused:
        Scripted({"reason": word}).words(Expected("reason", "Why?"))
    assert refused.value.code == "answer-refused"


@pytest.fixture
def destroying(tmp_path: Path) -> Iterator[TerminalSession]:
    argv = [sys.executable, "-m", "tests.engine.operator.destroying", str(tmp_path)]
    with TerminalSession(argv, {"GNT_RUNBOOK_STATE": str(tmp_path), "PYTHONPATH": PYTHONPATH}) as one:
        yield one


def test_at_a_terminal_the_word_that_refuses_refuses(destroying: TerminalSession) -> None:
    destroying.expect("Type destroy/no to go on.")
    for refused in ("no", "NO", " n", "yes", "destroy/NO"):
        destroying.type(refused)
        destroying.expect("Not understood")
    destroying.type("skip")
    destroying.expect("Why?")
    destroying.type("no")
    destroying.expect("no reason")
    destroying.type("looking on")
    destroying.expect("left out, looking on")
    destroying.expect("Type in\\u200bst to go on.")
    destroying.type("inst")
    destroying.expect("Not understood")
    destroying.type("in\\u200bst")
    destroying.expect("lamp is off")
    assert destroying.end() == 0


# What is shown.

BLANKS = "\u00a0\u1680\u2000\u2007\u2009\u202f\u205f\u3000"
HIDDEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200d\u2028\u202e\u2060\u2066\u2800\u3164\ufe00\ufe0f\uffa0"
MARKS = "\u0301\u0336\u20dd\u0488"


@pytest.mark.parametrize("char", [*BLANKS, *HIDDEN, *MARKS, "\U000e0041", "\U000e0100", "\ue000", "\U0001d159"])
def test_a_character_that_hides_is_written_out(char: str) -> None:
    for style in Style:
        assert char not in render(Line(style, f"inst{char}1"), colour=False)
    assert harmless(f"inst{char}1") == exact(f"inst{char}1")


def test_what_can_be_read_stays_as_it_is() -> None:
    text = "für Straße, 日本語 Ελλάδα Кириллица → … · ✓\n\tindented"
    assert visible(text) == text


HIDING = r"\p{DI}|\p{Z}|\p{M}|\p{Cc}|\p{Cf}"
PERL = f"for (0..0xd7ff, 0xe000..0x1ffff, 0xe0000..0xe0fff) {{ printf '%x ', $_ if chr =~ /{HIDING}/ }}"


def test_all_that_unicode_lets_a_screen_ignore_is_written_out() -> None:
    """By the tables of another program: whatever may be ignored, is a blank, a mark over others, or no character."""
    try:
        told = subprocess.run(["perl", "-e", PERL], check=True, capture_output=True, text=True).stdout.split()
    except FileNotFoundError:
        pytest.skip("needs perl, whose tables of Unicode are not Python's")
    hiding = {chr(int(one, 16)) for one in told} - {" ", "\n", "\t"}
    # Perl may know letters of a newer Unicode, or not yet know some of ours.
    hiding = {one for one in hiding if visible(one) == one}
    assert {one for one in hiding if unicodedata.category(one) != "Cn" and not unicodedata.name(one, "")} == set()
    assert {hex(ord(one)) for one in hiding if unicodedata.category(one)[0] in "CMZ"} == set()
