from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FactError
from engine.exits import Exit
from engine.template import TemplateError, check, evaluate, names_in, render, resolve, type_of


class State(enum.StrEnum):
    RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Node:
    name: str


@dataclass(frozen=True)
class Job:
    id: int
    state: State
    nodes: tuple[Node, ...] = ()

    def on(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    @property
    def unreadable(self) -> str:
        raise FactError("The node does not answer.")


A, B = Node("a"), Node("b")
JOB = Job(7, State.RUNS, (A, B))
NAMES: dict[str, Any] = {
    "job": JOB,
    "text": "x; rm -rf {{ job }} $(id)",
    "words": ["a b", "c"],
    "none": None,
    "raw": b"x",
}
TYPES: dict[str, Any] = {"job": Job, "text": str, "words": list[str], "none": None}


def refusal(template: str, names: Mapping[str, Any] = NAMES) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        render(template, names)
    return caught.value


class TestRender:
    def test_values_are_filled_in_and_never_taken_for_templates(self) -> None:
        assert render("kill {{ job.id }}: {{ text }}\n", NAMES) == "kill 7: x; rm -rf {{ job }} $(id)\n"

    def test_nothing_is_escaped(self) -> None:
        assert render("{{ '<&>' }}", {}) == "<&>"

    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("{{ 1 }} {{ 1.5 }} {{ true }}", "1 1.5 True"),
            ("{{ job.state }}", "runs"),
            ("{{ when }}", "2026-01-02 03:04:05+00:00"),
        ],
    )
    def test_what_is_plain_has_a_text(self, template: str, text: str) -> None:
        when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert render(template, {**NAMES, "when": when}) == text

    @pytest.mark.parametrize(
        ("template", "why"),
        [
            ("{{ nothing }}", "'nothing' is undefined"),
            ("{% if nothing %}{% endif %}", "'nothing' is undefined"),
            ("{{ job.nothing }}", "has no attribute 'nothing'"),
            ("{{ none }}", "the value is None"),
            ("{{ words }}", "a list has no text"),
            ("{{ job }}", "a Job has no text"),
            ("{{ job.nodes }}", "a tuple has no text"),
            ("{{ job.on }}", "a method has no text"),
            ("{{ raw }}", "a bytes has no text"),
            ("{{ 1 / 0 }}", "division by zero"),
            ("{{ 'a' + 1 }}", "str"),
            ("{{ text | nothing }}", "nothing"),
            ("{{ text", "unexpected end"),
            ("{% include 'x' %}", "no loader"),
            ("{{ 'x' * 100000000 }}", "operator *"),
            ("{{ [0] * 100000000 }}", "operator *"),
            ("{{ 10 ** 10 ** 10 }}", "operator **"),
            ("{{ '%1000000000d' % 1 }}", "operator %"),
            ("{{ words.append('d') }}", "unsafe"),
            ("{{ range(100000000) | list | length }}", "Range too big"),
        ],
    )
    def test_what_has_no_value_is_an_error_that_says_why(self, template: str, why: str) -> None:
        error = refusal(template)
        assert error.code == "template"
        assert error.exit is Exit.USAGE
        assert why in error.why
        assert repr(template) in error.what

    def test_a_long_template_is_not_repeated_in_full(self) -> None:
        assert len(refusal("{{ nothing }}" + "x" * 10_000).what) < 300

    def test_what_a_fact_says_of_itself_is_passed_on(self) -> None:
        with pytest.raises(FactError, match="does not answer"):
            render("{{ job.unreadable }}", NAMES)

    def test_small_sums_and_repetitions_are_allowed(self) -> None:
        assert render("{{ 6 * 7 }} {{ '-' * 3 }} {{ 7 % 4 }}", {}) == "42 --- 3"

    @pytest.mark.parametrize("name", ["lipsum", "cycler", "joiner", "namespace", "dict", "self"])
    def test_only_range_is_there_without_being_given(self, name: str) -> None:
        with pytest.raises(TemplateError):
            evaluate(f"{name}.__init__", {})

    @pytest.mark.parametrize("name", ["attr", "safe", "escape", "random", "pprint", "xmlattr"])
    def test_filters_that_have_no_place_in_a_runbook_are_gone(self, name: str) -> None:
        assert check(f"text | {name}", "expression", TYPES)[0].startswith(f"unknown filter '{name}'")


class TestFilters:
    @pytest.mark.parametrize(
        ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
    )
    def test_join_and(self, words: list[str], text: str) -> None:
        assert render("{{ words | join_and }}", {"words": words}) == text

    def test_join_or(self) -> None:
        assert render("{{ [1, 2, 3] | join_and('or') }}", {}) == "1, 2 or 3"

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0, "0 s"),
            (0.25, "0.2 s"),
            (59.7, "1 min"),
            (200, "3 min 20 s"),
            (3600, "1 h"),
            (3605, "1 h"),
            (7320, "2 h 2 min"),
            (90_000, "1 d 1 h"),
            (-200, "-3 min 20 s"),
        ],
    )
    def test_duration(self, seconds: float, text: str) -> None:
        assert render("{{ seconds | duration }}", {"seconds": seconds}) == text

    @pytest.mark.parametrize(
        ("count", "word", "text"),
        [
            (1, "instance", "1 instance"),
            (0, "instance", "0 instances"),
            (2, "entry", "2 entries"),
            (2, "day", "2 days"),
            (3, "switch", "3 switches"),
            (["a", "b"], "node", "2 nodes"),
        ],
    )
    def test_plural(self, count: Any, word: str, text: str) -> None:
        assert render("{{ count | plural(word) }}", {"count": count, "word": word}) == text

    def test_plural_of_a_word_with_its_own(self) -> None:
        assert render("{{ 2 | plural('minor is', 'minors are') }}", {}) == "2 minors are"


class TestEvaluate:
    def test_gives_objects(self) -> None:
        assert evaluate("job.nodes[0]", NAMES) is A
        assert evaluate("job.id == 7 and not none", NAMES) is True
        assert evaluate("none", NAMES) is None

    def test_what_is_lazy_becomes_a_tuple(self) -> None:
        assert evaluate("job.nodes | selectattr('name', 'eq', 'a')", NAMES) == (A,)
        assert evaluate("job.nodes | map(attribute='name')", NAMES) == ("a", "b")

    @pytest.mark.parametrize(
        "expression",
        [
            "nothing",
            "not nothing",
            "nothing or true",
            "nothing == 1",
            "[nothing]",
            "{'a': [nothing]}",
            "job.nothing",
            "job.nodes[9]",
            "'x' if false",
            "('x' if false) or true",
            "[1, 'x' if false] | length",
            "job.nodes | map(attribute='nothing')",
            "nothing | list",
            "",
            "1 2",
            "{{ job }}",
            "a }} {{ b",
        ],
    )
    def test_undefined_is_an_error_and_never_false(self, expression: str) -> None:
        with pytest.raises(TemplateError):
            evaluate(expression, NAMES)

    def test_a_name_can_be_asked_for_on_purpose(self) -> None:
        assert evaluate("nothing is defined", NAMES) is False
        assert evaluate("nothing | default('x')", NAMES) == "x"


class TestResolve:
    def test_one_expression_gives_its_object_and_text_is_rendered(self) -> None:
        assert resolve("{{ job }}", NAMES) is JOB
        assert resolve("{{ none }}", NAMES) is None
        assert resolve("{{- job.id -}}", NAMES) == 7
        assert resolve("job {{ job.id }}", NAMES) == "job 7"
        assert resolve("{{ job.id }}{{ job.id }}", NAMES) == "77"
        assert resolve("plain", NAMES) == "plain"

    def test_lists_and_mappings_are_gone_into(self) -> None:
        assert resolve({"a": ["{{ job.id }}", {"b": "{{ words }}"}], "c": 3, "d": None}, NAMES) == {
            "a": [7, {"b": ["a b", "c"]}],
            "c": 3,
            "d": None,
        }

    @pytest.mark.parametrize("value", ["{{ nothing }}", ["{{ nothing }}"], {"a": "x{{ nothing }}"}, "{{ a b }}"])
    def test_undefined_is_an_error(self, value: Any) -> None:
        with pytest.raises(TemplateError):
            resolve(value, NAMES)

    @given(st.lists(st.text(), max_size=5))
    def test_a_command_keeps_its_length_whatever_the_values_are(self, values: list[str]) -> None:
        names = {f"v{place}": value for place, value in enumerate(values)}
        command = ["echo", *(f"{{{{ v{place} }}}}" for place in range(len(values)))]
        prefixed = ["echo", *(f"--x={{{{ v{place} }}}}" for place in range(len(values)))]
        assert resolve(command, names) == ["echo", *values]
        assert resolve(prefixed, names) == ["echo", *(f"--x={value}" for value in values)]
        assert [render(word, names) for word in command] == ["echo", *values]


class TestSandbox:
    PRIVATE = st.sampled_from(
        [
            *sorted({name for name in dir(str) + dir(Job) + dir(type) if name.startswith("_")}),
            "__globals__",
            "__code__",
            "_private",
        ]
    )

    @given(PRIVATE, st.sampled_from(["job", "text", "words", "job.on", "job.nodes[0]", "''", "(1).real"]))
    def test_private_attributes_are_out_of_reach(self, name: str, owner: str) -> None:
        for expression in (
            f"{owner}.{name}",
            f"{owner}['{name}']",
            f"[{owner}] | map(attribute='{name}') | list",
            f"({owner}.{name}) | string",
            f"'{{0.{name}}}'.format({owner})",
            f"'{{x.{name}}}'.format_map({{'x': {owner}}})",
        ):
            with pytest.raises(TemplateError):
                evaluate(expression, NAMES)
            with pytest.raises(TemplateError):
                render(f"{{{{ {expression} }}}}", NAMES)

    @given(st.text())
    def test_a_value_is_text_and_nothing_else(self, value: str) -> None:
        dangerous = f"{{{{ job.__class__ }}}}{{% for x in ().__class__ %}}{value}"
        assert render("{{ v }}", {"v": dangerous}) == dangerous
        assert resolve(["{{ v }}", "-{{ v }}-"], {"v": dangerous}) == [dangerous, f"-{dangerous}-"]

    WORDS = """( ) [ ] { } , . : | ~ + - * / == 'a' 1 2.5 job text words none {{ }} {% %}
        if else for in not is defined set map join_and x"""
    SOURCES = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join) | st.text()

    @given(SOURCES)
    @settings(max_examples=200)
    def test_nothing_but_template_errors_comes_out(self, source: str) -> None:
        for action in (
            lambda: render(source, NAMES),
            lambda: evaluate(source, NAMES),
            lambda: resolve(source, NAMES),
            lambda: names_in(source),
            lambda: names_in(source, expression=True),
        ):
            try:
                action()
            except TemplateError as error:
                assert error.why  # noqa: PT017 - whether it is raised is what is not known
        assert all(isinstance(one, str) for one in check(source, "template", TYPES))
        assert all(isinstance(one, str) for one in check(source, "expression", TYPES))
        type_of(source, "value", TYPES)


class TestNames:
    def test_free_names_of_templates_and_expressions(self) -> None:
        assert names_in("{{ a.b }} {% for x in y %}{{ x }}{% endfor %} {{ range(3) }}") == {"a", "y"}
        assert names_in("a and b.c[d]", expression=True) == {"a", "b", "d"}
        assert names_in("plain") == frozenset()
