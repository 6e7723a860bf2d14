"""Hostile text on the screen: nothing of it acts, nothing hides, and nobody has to scroll through a megabyte."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.errors import show_error
from engine.errors import StepError
from engine.hosts.host import Result
from engine.hosts.limits import Output
from engine.journal.events import Outcome
from engine.operator.interface import Line, Style
from engine.operator.screen import LONGEST, MOST, bounded, harmless, render
from engine.operator.scripted import Scripted
from tests.engine.run.toy import ON, Room, go

INVISIBLE = [
    chr(number)
    for number in range(0x110000)
    if unicodedata.category(chr(number)) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and chr(number) not in "\n\t"
]
WHOLE = {Style.COMMAND, Style.DIFF, Style.FILE}
MEGABYTE = 1_000_000


def test_nothing_invisible_is_shown_as_it_is() -> None:
    text = "".join(INVISIBLE).replace("\r\n", "")
    shown = harmless(text)
    assert [one for one in INVISIBLE if one in shown] == []


PIECES = ["a", "\x1b[2K", "\x1b]0;x\x07", "\u202e", "\r", "\x9b1A", "<b>", "\u200b", "\n", "\ud800"]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_no_line_moves_the_cursor_turns_round_or_ends_early(text: str) -> None:
    for style in Style:
        shown = render(Line(style, text), colour=False)
        assert not any(one in shown for one in ("\x1b", "\r", "\x9b", "\u202e", "\u200b", "\ud800"))
        shown.encode()


@pytest.mark.parametrize("style", [one for one in Style if one not in WHOLE])
@pytest.mark.parametrize("text", ["x" * MEGABYTE, "x\n" * (MEGABYTE // 2), " " * MEGABYTE, "a b" * (MEGABYTE // 3)])
def test_a_megabyte_is_shown_by_its_beginning_and_its_end(style: Style, text: str) -> None:
    shown = render(Line(style, text), colour=False)
    assert len(shown) < 2 * LONGEST + 20 * MOST
    assert "left out here" in shown


def test_what_is_approved_is_shown_whole() -> None:
    text = "lamp " + "x" * 100_000
    assert all(text in render(Line(style, text), colour=False) for style in WHOLE)


@given(st.lists(st.text(max_size=20), max_size=30))
def test_what_is_short_stays_as_it_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert bounded(text) == text


def test_what_is_left_out_is_counted() -> None:
    shown = bounded("\n".join(map(str, range(1000)))).split("\n")
    assert len(shown) == MOST + 1
    assert (shown[0], shown[-1]) == ("0", "999")
    assert shown[MOST // 2].startswith(f"[{1000 - MOST} lines are left out")


def test_bytes_that_are_no_text_are_shown_and_journalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output()
    output.add(b"\xff\xfe\x00\x1b[31mred\xc3(<script>alert(1)</script>\n" + b"x" * MEGABYTE)
    usual = Room.run

    def hostile(room: Room, argv: Sequence[str], *, timeout: float) -> Result:
        result = usual(room, argv, timeout=timeout)
        return replace(result, stdout=output.text()) if argv[0] == "lamp" else result

    monkeypatch.setattr(Room, "run", hostile)
    screen = io.StringIO()
    run = go(tmp_path, ON, operator=Scripted({"switch-on": "yes"}, screen))
    assert run.error is None
    assert "\\x00\\x1b[31mred" in screen.getvalue()
    assert "\x1b" not in screen.getvalue()
    assert len(screen.getvalue()) < 4 * LONGEST
    (outcome,) = [event for event in run.journal.events if isinstance(event, Outcome)]
    assert outcome.stdout.startswith("\ufffd\ufffd\x00\x1b[31mred")
    assert len(outcome.stdout) < 70_000


def test_an_error_that_quotes_a_host_is_bounded_too() -> None:
    screen = io.StringIO()
    show_error(StepError("x" * MEGABYTE, why="\x1b[2J" + "y\n" * MEGABYTE, hint="z"), screen)
    assert len(screen.getvalue()) < 4 * LONGEST + 20 * MOST
    assert "\x1b[2J" not in screen.getvalue()
