"""What is found wrong with a template before it is rendered."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, NewType, TypedDict

import pytest
from pydantic import BaseModel

from engine.template import check, type_of

JobId = NewType("JobId", int)


class State(enum.StrEnum):
    RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Node:
    name: str
    minor: int | None = None


class Disk(NamedTuple):
    index: int
    node: Node


class Spec(BaseModel):
    size: int
    disks: list[Disk]


class Extra(TypedDict):
    reason: str


@dataclass(frozen=True)
class Job:
    id: JobId
    state: State
    nodes: tuple[Node, ...] = ()
    primary: Node | None = None
    kind: Literal["a", "b"] = "a"
    by_name: Mapping[str, Node] | None = None
    spec: Spec | None = None
    extra: Extra | None = None
    pair: tuple[Node, int] | None = None
    loose: Any = None

    @property
    def ended(self) -> bool:
        return False

    @cached_property
    def first(self) -> Node:
        return self.nodes[0]

    def on(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)


class Opaque:
    def __getattr__(self, name: str) -> str:
        return name


TYPES: dict[str, Any] = {"job": Job, "text": str, "count": int, "maybe": Job | None, "any": Any, "opaque": Opaque}

RIGHT = [
    "{{ job.id }} {{ job.state.value }} {{ job.ended }} {{ job.first.name }} {{ job.on('a').name }}",
    "{{ job.primary.name }} {{ job.by_name.x.name }} {{ job.by_name['x'].minor }} {{ job.kind.upper() }}",
    "{{ job.spec.size }} {{ job.spec.disks[0].node.name }} {{ job.spec.disks[0][1] }} {{ job.extra.reason }}",
    "{{ job.pair[0].name }} {{ job['id'] }} {{ job.nodes[1:][0].name }} {{ text[1:] }}",
    "{% for name, node in job.by_name.items() %}{{ loop.index }}{{ name.upper() }}{{ node.minor }}{% endfor %}",
    "{% set first = job.nodes | first %}{{ first.name }}{% if job.ended %}{{ count }}{% else %}x{% endif %}",
    "{% with n = job.first %}{{ n.name }}{% endwith %}{% set t %}x{% endset %}{{ t.upper() }}",
    "{{ (job.nodes | sort(attribute='minor') | last).name }} {{ job.nodes | map('upper') | first }}",
    "{{ any.thing.at.all }} {{ opaque.whatever }} {{ job.loose.x }} {{ maybe.id }} {{ (maybe or job).id }}",
    "{{ job.nodes | groupby('name') | length }} {{ job.nodes | sum(attribute='minor') }} {{ range(3) | join }}",
    "{{ text if job.ended else count }} {{ text ~ count }} {{ [job, job][0].id }} {{ job.primary.minor | default(0) }}",
]

WRONG = [
    ("{{ jbo.id }}", "unknown name 'jbo', did you mean 'job'?"),
    ("{{ job.stat }}", "'job' (Job) has no attribute 'stat', did you mean 'state'?"),
    ("{{ job.first.nmae }}", "'job.first' (Node) has no attribute 'nmae', did you mean 'name'?"),
    ("{{ job.on('a').nmae }}", "'job.on()' (Node) has no attribute 'nmae', did you mean 'name'?"),
    ("{{ job.primary.nmae }}", "'job.primary' (Node) has no attribute 'nmae', did you mean 'name'?"),
    ("{{ job.by_name.x.nmae }}", "'job.by_name.x' (Node) has no attribute 'nmae', did you mean 'name'?"),
    ("{{ job.spec.siez }}", "'job.spec' (Spec) has no attribute 'siez', did you mean 'size'?"),
    ("{{ job.spec.disks[0].nod }}", "'job.spec.disks[0]' (Disk) has no attribute 'nod', did you mean 'node'?"),
    ("{{ job.pair[0].nmae }}", "'job.pair[0]' (Node) has no attribute 'nmae', did you mean 'name'?"),
    ("{{ job.nodes[1:][0].nmae }}", "this (Node) has no attribute 'nmae', did you mean 'name'?"),
    ("{{ text.uppr() }}", "'text' (str) has no attribute 'uppr', did you mean 'upper'?"),
    ("{{ (maybe or job).stat }}", "this (Job) has no attribute 'stat', did you mean 'state'?"),
    (
        "{% for n in job.nodes %}{{ n.nmae }}{% endfor %}{{ n }}",
        (
            "'n' (Node) has no attribute 'nmae', did you mean 'name'?\n"
            "unknown name 'n'; known: any, count, job, maybe, opaque, text"
        ),
    ),
    (
        "{% for k, v in job.by_name.items() %}{{ v.nmae }}{% endfor %}",
        "'v' (Node) has no attribute 'nmae', did you mean 'name'?",
    ),
    (
        "{{ job.nodes | rejectattr('nmae') | list | length }}",
        "an item of 'job.nodes' (Node) has no attribute 'nmae', did you mean 'name'?",
    ),
    ("{% for n in job %}{% endfor %}", "'job' is no list: it is a Job"),
    ("{{ job }}", "'job' is a Job, which has no text of its own; name a field of it, or join its items with |join_and"),
    ("{{ job._x }}", "'_x' is private: a template sees only public attributes"),
    ("{{ job['__class__'] }}", "'__class__' is private: a template sees only public attributes"),
    ("{{ text | uppre }}", "unknown filter 'uppre', did you mean 'upper'?"),
    ("{{ job.nodes | selectattr('name', 'eqq', 1) | list | length }}", "unknown test 'eqq', did you mean 'eq'?"),
    ("{% if text is defnied %}{% endif %}", "unknown test 'defnied', did you mean 'defined'?"),
    ("{% extends 'x' %}", "'extends' is not available in a runbook: a runbook is one file"),
    ("a\n{{ b", "unexpected end of template, expected 'end of print statement'. (line 2 of this text)"),
]


class TestCheck:
    @pytest.mark.parametrize("template", RIGHT)
    def test_what_is_right_has_no_problems(self, template: str) -> None:
        assert check(template, "template", TYPES) == []

    @pytest.mark.parametrize(("template", "problems"), WRONG)
    def test_what_is_wrong_is_told_with_the_nearest_right_name(self, template: str, problems: str) -> None:
        assert check(template, "template", TYPES) == problems.split("\n")

    def test_a_value_may_be_an_object_and_a_text_may_not(self) -> None:
        assert check("{{ job }}", "value", TYPES) == []
        assert check("x{{ job }}", "value", TYPES) != []

    def test_types_are_known_through_filters(self) -> None:
        assert type_of("job.nodes | selectattr('name') | first", "expression", TYPES) is Node
        assert type_of("job.nodes | length", "expression", TYPES) is int
        assert type_of("job.nodes | map(attribute='name') | list", "expression", TYPES) == list[str]
        assert type_of("{{ job }}", "value", TYPES) is Job
        assert type_of("x {{ job.id }}", "value", TYPES) is str
        assert type_of("job.loose", "expression", TYPES) is Any
        assert type_of("{{", "value", TYPES) is Any
