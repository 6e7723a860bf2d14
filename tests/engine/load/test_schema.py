from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.knowledge import Knowledge
from engine.load.schema import DIALECT, schema
from engine.plain_yaml import load_yaml
from engine.steps.kinds import BUILTIN

KINDS = BUILTIN.models
ASSETS = Path(__file__).parents[2] / "assets" / "runbooks"


@pytest.fixture(scope="module")
def made(knowledge: Knowledge) -> dict[str, Any]:
    return schema(knowledge)


def walk(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for one in part.values():
            yield from walk(one)
    elif isinstance(part, list):
        for one in part:
            yield from walk(one)


def test_it_is_plain_json_of_the_dialect_and_the_same_every_time(made: dict[str, Any], knowledge: Knowledge) -> None:
    assert made["$schema"] == DIALECT
    turned = Knowledge(dict(reversed(knowledge.facts.items())), knowledge.checks, knowledge.parameter_types)
    assert json.dumps(schema(turned)) == json.dumps(made)


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    references = {part["$ref"] for part in walk(made) if "$ref" in part}
    assert references
    assert references <= {f"#/$defs/{name}" for name in made["$defs"]}
    assert "StepBase" not in made["$defs"]


def test_a_step_is_one_of_the_kinds_and_needs_its_key(made: dict[str, Any]) -> None:
    kinds = made["properties"]["steps"]["items"]["oneOf"]
    assert [one["$ref"].rsplit("/", 1)[1] for one in kinds] == [model.__name__ for model in KINDS.values()]
    for key, model in KINDS.items():
        step = made["$defs"][model.__name__]
        assert key in step["required"]
        assert step["additionalProperties"] is False
        assert "kind" not in step["properties"]


def test_the_names_of_the_packs_are_offered(made: dict[str, Any]) -> None:
    parts = made["$defs"]
    assert parts["FactCall"]["properties"]["read"]["enum"] == ["lab.job", "lab.nodes", "lab.unknown"]
    assert parts["CheckCall"]["properties"]["check"]["enum"] == ["lab.is_over"]
    assert parts["Precondition"]["properties"]["check"]["enum"] == ["lab.is_over"]
    assert parts["Parameter"]["properties"]["type"]["enum"] == ["str", "int", "bool", "choice", "lab.job"]


def test_the_keys_are_those_of_yaml_and_are_described(made: dict[str, Any]) -> None:
    assert {"with", "else"} <= made["$defs"]["CheckCall"]["properties"].keys()
    assert not any(name.endswith("_") for part in walk(made) for name in part.get("properties", {}))
    assert made["$defs"]["Run"]["properties"]["timeout"]["anyOf"][1]["pattern"]
    assert made["properties"]["origin"]["description"] == "where the procedure comes from."


def test_a_good_runbook_uses_only_what_the_schema_knows(made: dict[str, Any]) -> None:
    good = load_yaml((ASSETS / "good.yaml").read_text("utf-8"), aliases=True)
    assert good.keys() <= made["properties"].keys()
    for step in good["steps"]:
        fitting = [
            kind
            for kind in (made["$defs"][model.__name__] for model in KINDS.values())
            if step.keys() <= kind["properties"].keys() and step.keys() >= set(kind["required"])
        ]
        assert len(fitting) == 1
