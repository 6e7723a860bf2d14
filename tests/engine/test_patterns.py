"""Which regular expressions can take for ever: said by their form, and compared with what `re` really does."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.patterns import analysed, problem

FOR_EVER = [
    "(a+)+b", "(a*)*b", "(a|a)*b", "(?:a|aa)+$", r"(\w+\s?)*$", "(a?b?)*c", "(x+x+)+y", r"([a-z]+)*\d", "(.*)*x",
    r"(?:a(?:|))*b", "(?:a{0,9}){0,900}b", "((a{0,9}){0,9}){0,9}b", "(?:[ab]c|a[cd])*e", "a?" * 30 + "a" * 30,
    r"(a+)\1+b", "(?=(a+)+b)a", "(?:(?:a|b)+,?)+c", "(?i:a|A)+(?i:A|a)+(?i:a)+(?i:a)+b", ".*.*.*x",
]  # fmt: skip
SOON = [
    "There were errors during the failover", "ENODESSH:.*(public key|SSH setup)", r"^done \d+ of \d+$", "(?i)error",
    r'"(?:[^"\\]|\\.)*"', r"(?:\d+,)*\d+;", "^/dev/drbd.*", "/dev/disk/by-id/.*-part[0-9]+$", ".*", "^/dev/(sd|hd)a$",
    "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", FOR_EVER)
def test_what_can_take_for_ever_is_refused(pattern: str) -> None:
    assert problem(pattern)


@pytest.mark.parametrize("pattern", SOON)
def test_what_runbooks_and_filters_of_lvm_need_is_not(pattern: str) -> None:
    assert problem(pattern) == ""


@pytest.mark.parametrize("pattern", ["(", "a{1000}{1000}", "x" * 1001, "(?:a{10}){10}" * 40])
def test_what_is_none_or_too_large_is_refused_in_words(pattern: str) -> None:
    assert problem(pattern)


class OverError(Exception):
    """The match took too long."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Seconds of a processor, so that a busy machine makes no difference; `re` looks for signals while it matches."""

    def over(_number: int, _frame: object) -> None:
        raise OverError

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


ATOMS = st.sampled_from(["a", "b", "[ab]", ".", "c", r"\w"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"(?:{'|'.join(some)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{0,3}", "{2,}", "{0,20}"])).map("(?:{0[0]}){0[1]}".format),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, st.text("abc", max_size=40), st.text("abcx", max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_is_let_through_ends_soon_on_any_text(pattern: str, text: str, end: str) -> None:
    if not problem(pattern):
        with limited(5):
            re.search(f"{pattern}!", (text * 5)[:60] + end)


def test_a_repetition_that_begins_a_search_is_seen() -> None:
    assert analysed(r" *\(").leading
    assert not analysed(r"\( *x").leading
