"""The JSON Schema of a runbook, so that an editor completes and checks it; made from the models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from engine.knowledge import Knowledge
from engine.load.holds import FIXED, USE
from engine.load.parameters import type_names
from engine.model.parts import Part
from engine.model.runbook import Runbook
from engine.steps.kinds import BUILTIN, Kinds

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(knowledge: Knowledge, kinds: Kinds = BUILTIN) -> dict[str, Any]:
    """The schema of runbooks; the same knowledge gives the same schema, in the same order."""
    models_of = kinds.models
    models: list[type[Part]] = [Runbook, *models_of.values()]
    _, whole = models_json_schema([(model, "validation") for model in models], by_alias=True)
    parts: dict[str, Any] = whole["$defs"]
    parts.pop("StepBase", None)
    for key, model in models_of.items():
        step = parts[model.__name__]
        step["properties"].pop("kind", None)
        step["required"] = sorted({*step.get("required", ()), key})
    runbook = parts.pop("Runbook")
    steps = [{"$ref": f"#/$defs/{model.__name__}"} for model in models_of.values()]
    runbook["properties"]["steps"]["items"] = {"oneOf": steps}
    if knowledge.holds:
        parts["UsedHold"] = _used(parts["Hold"], sorted(knowledge.holds))
        runbook["properties"]["meanwhile"]["items"] = {
            "anyOf": [{"$ref": "#/$defs/Hold"}, {"$ref": "#/$defs/UsedHold"}]
        }
    _names(parts, knowledge)
    for part in (runbook, *parts.values()):
        _tell(part)
    ordered: dict[str, Any] = _ordered({"$schema": DIALECT, **runbook, "$defs": parts})
    return ordered


def _ordered(value: Any) -> Any:
    """The same with all keys in alphabetical order: versions of pydantic differ in theirs."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def _used(hold: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The schema of a hold that is written once and used by its name."""
    said_anew = {key: one for key, one in hold["properties"].items() if key not in FIXED}
    use = {"description": "The name of the hold.", "enum": names}
    description = "A hold that is written once, with what this runbook says otherwise."
    return {**hold, "description": description, "properties": {USE: use, **said_anew}, "required": [USE]}


def _names(parts: dict[str, Any], knowledge: Knowledge) -> None:
    """Put the names in that only the packs know."""
    parts["Parameter"]["properties"]["type"] = {
        "description": "The type of the parameter.",
        "enum": type_names(knowledge),
    }
    parts["FactCall"]["properties"]["read"] = {
        "description": "The fact to read.",
        "enum": sorted(knowledge.facts),
    }
    for name in ("CheckCall", "Precondition"):
        parts[name]["properties"]["check"] = {
            "description": "The check that has to hold.",
            "enum": sorted(knowledge.checks),
        }
        parts[name]["oneOf"] = [{"required": ["check"]}, {"required": ["that", "else"]}]
    rule = parts["EditRule"]
    rule["minProperties"] = rule["maxProperties"] = 1


def _tell(part: dict[str, Any]) -> None:
    """Give the properties what the model's docstring says of them; titles made of names say nothing."""
    part.pop("title", None)
    summary, *attributes = part.get("description", "").split("\n\nAttributes:\n")
    if summary:
        part["description"] = " ".join(summary.split())
    told = dict(_attributes(attributes[0])) if attributes else {}
    for name, one in part.get("properties", {}).items():
        one.pop("title", None)
        if name in told:
            one["description"] = told[name]


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the lines below `Attributes:`; a line with more indentation continues one."""
    name, words = "", ""
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent == 4:  # noqa: PLR2004 - four spaces, as everywhere
            if name:
                yield name, words
            name, _, words = (part.strip() for part in line.partition(":"))
        else:
            words = f"{words} {line.strip()}".strip()
    if name:
        yield name, words
