from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects import Effect
from engine.errors import UsageError
from engine.exits import Exit
from engine.knowledge import Knowledge
from engine.load.parameters import parse_parameters, split_pairs
from engine.model.parts import Parameter
from engine.model.runbook import Runbook
from engine.model.step import Manual

MANUAL = Manual(id="one", title="One", manual="Do it.", effect=Effect.SAFE, undo="none")


def runbook(**parameters: dict[str, Any]) -> Runbook:
    return Runbook(
        format=1,
        id="example",
        title="An example",
        summary="An example.",
        parameters={name: Parameter.model_validate({"help": "what for", **one}) for name, one in parameters.items()},
        steps=(MANUAL,),
    )


def refusal(book: Runbook, given: dict[str, str], knowledge: Knowledge) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_parameters(book, given, knowledge)
    assert caught.value.exit is Exit.USAGE
    assert caught.value.changed == "Nothing was changed."
    return caught.value


def test_values_have_the_types_the_runbook_names(knowledge: Knowledge) -> None:
    book = runbook(
        text={"type": "str"},
        number={"type": "int"},
        sure={"type": "bool"},
        side={"type": "choice", "choices": ["left", "right"]},
        job={"type": "lab.job"},
    )
    given_ = {"text": "a b; c", "number": "-3", "sure": "Yes", "side": "right", "job": "17"}
    values, missing = parse_parameters(book, given_, knowledge)
    assert values == {"text": "a b; c", "number": -3, "sure": True, "side": "right", "job": 17}
    assert missing == []


@pytest.mark.parametrize(
    ("parameter", "text", "accepted"),
    [
        ({"type": "int"}, "3.5", "a whole number"),
        ({"type": "int"}, "1_000", "a whole number"),
        ({"type": "int"}, " 3", "a whole number"),
        ({"type": "int"}, "\u0663", "a whole number"),
        ({"type": "int"}, "", "a whole number"),
        ({"type": "bool"}, "1", "yes or no"),
        ({"type": "choice", "choices": ["left", "right"]}, "Left", "one of left, right"),
        ({"type": "lab.job"}, "all", "the number of a job"),
        ({"type": "str"}, "a\0b", "a text without NUL characters"),
    ],
)
def test_a_value_that_is_refused_is_answered_with_what_is_accepted(
    parameter: dict[str, Any], text: str, accepted: str, knowledge: Knowledge
) -> None:
    error = refusal(runbook(it=parameter), {"it": text}, knowledge)
    assert error.code == "parameter-invalid"
    assert error.why == f"accepted is: {accepted}"
    assert "what for" in error.hint


def test_an_unknown_name_is_answered_with_the_nearest(knowledge: Knowledge) -> None:
    error = refusal(runbook(job={"type": "int"}, node={"type": "str"}), {"jbo": "1"}, knowledge)
    assert error.code == "parameter-unknown"
    assert error.what == "The runbook example has no parameter 'jbo', did you mean 'job'?"


def test_a_runbook_without_parameters_says_so(knowledge: Knowledge) -> None:
    assert "it has none" in refusal(runbook(), {"job": "1"}, knowledge).what


def test_what_is_missing_is_told_in_the_order_of_the_runbook(knowledge: Knowledge) -> None:
    book = runbook(one={"type": "str"}, two={"type": "str"}, three={"type": "str"})
    assert parse_parameters(book, {"two": "x"}, knowledge) == ({"two": "x"}, ["one", "three"])


def test_defaults_are_rendered_and_have_types_too(knowledge: Knowledge) -> None:
    book = runbook(
        job={"type": "lab.job"},
        twin={"type": "lab.job", "default": "{{ job + 1 }}"},
        note={"type": "str", "default": ""},
    )
    values, missing = parse_parameters(book, {"job": "7"}, knowledge)
    assert values == {"job": 7, "twin": 8, "note": ""}
    assert missing == []


def test_a_default_that_depends_on_a_missing_value_waits_for_it(knowledge: Knowledge) -> None:
    book = runbook(job={"type": "lab.job"}, twin={"type": "lab.job", "default": "{{ job + 1 }}"})
    assert parse_parameters(book, {}, knowledge) == ({}, ["job", "twin"])
    assert parse_parameters(book, {"twin": "3"}, knowledge) == ({"twin": 3}, ["job"])


def test_a_given_value_is_never_taken_for_a_template(knowledge: Knowledge) -> None:
    book = runbook(note={"type": "str"}, copy={"type": "str", "default": "{{ note }}"})
    values, _ = parse_parameters(book, {"note": "{{ 7 * 7 }}"}, knowledge)
    assert values == {"note": "{{ 7 * 7 }}", "copy": "{{ 7 * 7 }}"}


def test_pairs_are_split_at_the_first_equals_sign() -> None:
    assert split_pairs(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize("pairs", [["a"], ["=1"], [""], ["a=1", "a=1"]])
def test_what_is_no_pair_is_refused(pairs: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        split_pairs(pairs)
    assert caught.value.code == "parameter-pair"


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: "=" not in name), st.text()))
def test_pairs_come_back_as_they_were_given(given_: dict[str, str]) -> None:
    assert split_pairs([f"{name}={value}" for name, value in given_.items()]) == given_


@given(st.text())
def test_any_text_is_a_value_or_refused(knowledge: Knowledge, text: str) -> None:
    for kind in ({"type": "int"}, {"type": "bool"}, {"type": "lab.job"}, {"type": "choice", "choices": ["a"]}):
        try:
            values, _ = parse_parameters(runbook(it=kind), {"it": text}, knowledge)
        except UsageError:
            continue
        assert str(values["it"]).lstrip("+-") in {text.lstrip("+-").lstrip("0") or "0", "True", "False", "a"}
