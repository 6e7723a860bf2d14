"""Questions and answers: what counts as an answer is the same for a person, a file and a script."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import Effect
from engine.errors import StoppedError, UsageError
from engine.operator.answers import load_answers
from engine.operator.interface import Line, Question, Style
from engine.operator.screen import harmless, relayed, render
from engine.operator.scripted import Scripted
from engine.steps.plan import Plan
from engine.steps.questions import approval

PLAN = Plan(key="kill", title="Kill it", why="", consequence="", undo="none", confirm="hwhost-1.lab.example")


def question(effect: Effect) -> Question:
    asked = approval(effect, PLAN)
    assert asked is not None
    return asked


def key(effect: Effect, text: str) -> str | None:
    option = question(effect).option_for(text)
    return option.key if option else None


def test_a_safe_step_is_not_asked_for() -> None:
    assert approval(Effect.SAFE, PLAN) is None


@pytest.mark.parametrize("effect", [Effect.REVERSIBLE, Effect.DISRUPTIVE, Effect.DESTRUCTIVE])
@pytest.mark.parametrize("text", ["", " ", "\n", "ayes", "yess", "ye", "yes please", "ok", "1", "true"])
def test_enter_and_near_misses_are_no_answer(effect: Effect, text: str) -> None:
    assert key(effect, text) is None


@pytest.mark.parametrize(
    ("effect", "accepted"),
    [
        (Effect.REVERSIBLE, ["y", "Y", "yes", " yes\n"]),
        (Effect.DISRUPTIVE, ["yes", "YES"]),
        (Effect.DESTRUCTIVE, ["hwhost-1.lab.example"]),
    ],
)
def test_the_higher_the_effect_the_more_has_to_be_typed(effect: Effect, accepted: list[str]) -> None:
    assert [key(effect, text) for text in accepted] == ["go"] * len(accepted)


def test_y_is_not_enough_for_a_disruptive_step_and_yes_not_for_a_destructive_one() -> None:
    assert key(Effect.DISRUPTIVE, "y") is None
    assert key(Effect.DESTRUCTIVE, "yes") is None
    assert key(Effect.DESTRUCTIVE, "HWHOST-1.LAB.EXAMPLE") is None


@given(st.text())
def test_nothing_but_the_words_goes_on(text: str) -> None:
    option = question(Effect.DESTRUCTIVE).option_for(text)
    assert option is None or option.key != "go" or text.strip() == PLAN.confirm


@given(st.text())
def test_output_cannot_move_the_cursor_or_hide_a_line(text: str) -> None:
    shown = harmless(text)
    assert not any(ord(char) < 0x20 and char not in "\n\t" for char in shown)
    assert not any(0x7F <= ord(char) < 0xA0 for char in shown)
    assert "\x1b" not in render(Line(Style.OUTPUT, text), colour=False)


def test_an_unanswered_question_stops() -> None:
    with pytest.raises(StoppedError) as error:
        Scripted({}).ask(question(Effect.DISRUPTIVE))
    assert error.value.code == "unanswered"
    assert "'yes'" in error.value.hint


def test_each_answer_is_used_once() -> None:
    operator = Scripted({"kill": ["yes"]})
    operator.ask(question(Effect.DISRUPTIVE))
    with pytest.raises(StoppedError):
        operator.ask(question(Effect.DISRUPTIVE))


def test_leaving_out_needs_a_reason() -> None:
    with pytest.raises(StoppedError) as error:
        Scripted({"kill": "skip"}).ask(question(Effect.DISRUPTIVE))
    assert error.value.code == "answer-refused"
    answer = Scripted({"kill": ("skip", "done by hand")}).ask(question(Effect.DISRUPTIVE))
    assert (answer.key, answer.reason) == ("skip", "done by hand")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_an_answers_file_says_what_would_be_typed(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.yaml",
        """
format: 1
answers:
  kill: [{answer: skip, reason: by hand}, "yes"]
""",
    )
    operator = load_answers(file)
    assert operator.ask(question(Effect.DISRUPTIVE)).reason == "by hand"
    assert operator.ask(question(Effect.DISRUPTIVE)).key == "go"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format: 1\nanswers: {kill: true}\n", "quotes"),
        ("format: 2\nanswers: {}\n", "format"),
        ("answers: {}\n", "format"),
        ("format: 1\nanswers: [\n", "expected"),
        ("- a\n- list\n", "the file"),
        ("", "the file"),
        ("format: 1\nanswers: {}\nmore: 1\n", "more"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        load_answers(write(tmp_path / "a.yaml", text))
    assert says in f"{error.value.why} {error.value.hint}"


@given(st.binary(max_size=200))
def test_arbitrary_bytes_as_an_answers_file_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("answers") / "a.yaml"
    path.write_bytes(data)
    with suppress(UsageError):
        load_answers(path)


def test_a_missing_answers_file_is_an_error_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_answers(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("done\r\n", "done"),
        ("a\r\nb\r\n\r\n", "a\nb"),
        ("done\r", "done"),
        ("a\r\r\nb", "a\nb"),
        ("rm -rf /\rls", "rm -rf /\rls"),
    ],
)
def test_a_line_that_a_terminal_would_end_is_relayed_without_that(printed: str, shown: str) -> None:
    assert relayed(printed) == shown
    assert ("\\x0d" in render(Line(Style.OUTPUT, relayed(printed)), colour=False)) is ("\r" in shown)
