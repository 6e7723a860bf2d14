"""YAML is read the same with and without LibYAML, and its plain words are those of YAML 1.2."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import plain_yaml
from engine.plain_yaml import (
    TAG,
    CharacterError,
    MappingNode,
    MarkedYAMLError,
    Node,
    ScalarNode,
    TooDeepError,
    YAMLError,
    compose,
    load_yaml,
    tag_of,
)

TEXTS = ["no", "No", "off", "yes", "on", "y", "n", "1:30", "190:20:30", "2026-11-30", "0o", "0b", "1e", "e1", "nUll"]
TEXTS += ["tRue", "+", ".", "..", "_1", "1.2.3", "0x", "inf", "nan", "+.nan", "1 2", "~~", "<<<", "==", "12h"]


@pytest.mark.parametrize("word", TEXTS)
def test_what_other_versions_take_for_something_else_is_text(word: str) -> None:
    assert tag_of(word) == f"{TAG}str"
    assert load_yaml(f"- {word}\n") == [word]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("0", 0), ("017", 17), ("0o17", 15), ("0x1F", 31), ("-0b11", -3), ("1_000", 1000), ("+12", 12), ("1.5", 1.5),
        ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-2.5E-1", -0.25), (".inf", float("inf")), ("-.INF", -float("inf")),
        ("true", True), ("False", False), ("TRUE", True), ("~", None), ("null", None), ("NULL", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_no_text(word: str, value: object) -> None:
    assert load_yaml(f"- {word}\n") == [value]
    assert load_yaml(f"- '{word}'\n") == [word]


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none())
def test_what_json_writes_is_what_it_was(value: object) -> None:
    (found,) = load_yaml(f"- {json.dumps(value)}\n")
    assert (found, type(found)) == (value, type(value))


@given(st.recursive(st.text(st.characters(codec="ascii")) | st.integers(), lambda one: st.lists(one, max_size=4)))
def test_what_json_writes_of_lists_and_texts_is_read(value: object) -> None:
    assert load_yaml(json.dumps(value)) == value


def told(node: Node | None) -> Any:
    """A tree with its places, but for those of what is not there."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        where = (node.start_mark.line, node.start_mark.column) if node.value else ()
        return node.tag, node.value, where
    where = (node.start_mark.line, node.start_mark.column)
    pairs = isinstance(node, MappingNode)
    return node.tag, where, [tuple(map(told, one)) if pairs else told(one) for one in node.value]


def outcome(text: str) -> Any:
    try:
        return told(compose(text, aliases=False))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return error.context, error.problem, mark and (mark.line, mark.column)
    except (YAMLError, ValueError, OverflowError) as error:
        return type(error)


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "    ", "- ", "  - ", "- - "]),
        st.sampled_from(["", "a: ", "b: ", "'c': ", '"d": ', "? ", "!!str "]),
        st.sampled_from(["", "x", "no", "12", "[1, b]", "{a: b}", "'q'", '"w"', "|", ">", "# c", "a b", "é"]),
    ).map("".join),
    max_size=6,
).map("\n".join)


@given(LINES)
def test_what_libyaml_takes_the_scanner_in_python_takes_alike(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        found = outcome(text)
        patch.setattr(plain_yaml, "_LOADER", plain_yaml.yaml.BaseLoader)
        assert outcome(text) == found


@given(st.text(st.sampled_from(string.printable + "\x00\x85\u2028\ud800é"), max_size=30))
def test_nothing_can_do_more_than_be_refused(text: str) -> None:
    outcome(text)


def test_an_anchor_may_be_set_again_and_a_key_may_not() -> None:
    assert load_yaml("a: &x 1\nb: *x\nc: &x 2\nd: *x\n", aliases=True) == {"a": 1, "b": 1, "c": 2, "d": 2}
    with pytest.raises(MarkedYAMLError, match='duplicate key "a"'):
        load_yaml("a: 1\na: 2\n")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\u2028", "\u2029", "\ufffe"])
def test_a_character_that_may_not_be_there_is_told_with_its_place(character: str) -> None:
    with pytest.raises(CharacterError, match=f"{ord(character):04X}") as caught:
        compose(f"a: b{character}")
    assert caught.value.position == 4


@pytest.mark.parametrize("begin", ["[", "- ", "{a: ", "? "])
def test_what_is_nested_too_deeply_is_refused_before_it_is_built(begin: str) -> None:
    with pytest.raises(TooDeepError):
        compose(begin * 5000)


def test_what_is_part_of_itself_is_refused() -> None:
    with pytest.raises(TooDeepError):
        load_yaml("&a [*a]", aliases=True)
