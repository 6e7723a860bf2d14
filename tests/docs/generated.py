"""The files that are made from the program, under docs/ and beside the runbooks, as they should be now."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from checks.shipped import shipped
from checks.world.events import WORDS, events
from engine.cli.show import page
from engine.cli.wiring import Workshop
from engine.headings import FILE, written_down
from engine.load.library import kinds_of
from engine.load.parameters import BUILTIN
from engine.load.schema import schema
from engine.load.signatures import arguments
from engine.settings import Settings
from engine.several import Several, item_of
from engine.template.types import members
from tests import reliability

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HEADER = "<!-- Made by `make docs` from the program; changes by hand are lost. -->\n\n"
MEASURED = "<!-- Made by `make reliability` from what tests found out; changes by hand are lost. -->\n\n"
MODULES_OF_OURS = ("checks.", "engine.")


def everything() -> dict[Path, str]:
    """Each generated file with its text."""
    shop = Workshop(Settings())
    files = {
        DOCS / "runbook.schema.json": json.dumps(schema(shop.knowledge, kinds_of(shop.packs)), indent=2) + "\n",
        DOCS / "facts-and-checks.md": HEADER + facts_and_checks(shop),
        DOCS / "events.md": HEADER + what_can_happen(),
        DOCS / "reliability.md": MEASURED + reliability.page(reliability.told()),
    }
    loaded_all = [shop.library.load(one) for one in shop.library.ids()]
    written = {one.runbook.id: written_down(one.heading) for one in loaded_all}
    files[shipped.runbooks / FILE] = json.dumps(written, indent=2) + "\n"
    for loaded in loaded_all:
        text = "\n".join(page(loaded)).rstrip() + "\n"
        files[DOCS / "runbooks" / f"{loaded.runbook.id}.md"] = HEADER + text
    return files


def what_can_happen() -> str:
    lines = [
        "# What can happen in a scenario",
        "",
        "An entry of `earlier`, `before` or `manual` is one of these. What stands in brackets may be left out. How",
        "scenarios are used: [rehearsals.md](rehearsals.md).",
        "",
        "| Event | What happens |",
        "|---|---|",
        *(f"| `{one.form}` | {inspect.getdoc(one.happens)} |" for one in events().values()),
        "",
        "| Word | |",
        "|---|---|",
        *(f"| `{name}` | {word.means} |" for name, word in WORDS.items()),
    ]
    return "\n".join(lines) + "\n"


def facts_and_checks(shop: Workshop) -> str:
    known = shop.knowledge
    use = (
        "`NAME: {read: FACT, with: {ARGUMENT: VALUE}}`. An approval does not depend on a field in *italics*: it may "
        "change from moment to moment."
    )
    lines = [
        "# Facts, checks and types of parameters",
        "",
        "What a runbook can read, assert and ask for. How to use them: [writing-runbooks.md](writing-runbooks.md).",
        "",
        "## Facts",
        "",
        use,
        "",
    ]
    shapes: dict[str, type] = {}
    for name, function in sorted(known.facts.items()):
        gives = get_type_hints(function).get("return", Any)
        lines += [f"### `{name}`", "", summary(function), "", f"- arguments: {in_words(function)}"]
        lines += [f"- gives: {kind(gives)}", ""]
        shapes |= {shape.__name__: shape for shape in shapes_in(gives)}
    lines += ["## What facts are made of", ""]
    for _name, shape in sorted(shapes.items()):
        rows = table(shape)
        lines += [f"### {shape.__name__}", "", summary(shape), "", *rows, *([""] if rows else [])]
    lines += [
        "## Checks",
        "",
        "`{check: CHECK, with: {ARGUMENT: VALUE}}`",
        "",
        "| Check | Arguments | What it asserts |",
    ]
    lines += ["|---|---|---|"]
    lines += [f"| `{name}` | {in_words(one)} | {summary(one)} |" for name, one in sorted(known.checks.items())]
    lines += ["", "## Types of parameters", "", "| Type | What is accepted |", "|---|---|"]
    lines += [f"| `{name}` | {BUILTIN_WORDS[name]} |" for name in BUILTIN]
    lines += [f"| `{name}` | {one.help} |" for name, one in sorted(known.parameter_types.items())]
    return "\n".join(lines) + "\n"


BUILTIN_WORDS = {
    "str": "any text",
    "int": "a whole number",
    "bool": "yes or no",
    "choice": "one of the texts under `choices`",
}


def summary(one: Callable[..., Any]) -> str:
    """The first paragraph of a docstring."""
    return " ".join((inspect.getdoc(one) or "").split("\n\n")[0].split())


def in_words(function: Callable[..., Any]) -> str:
    """The arguments of a fact or a check."""
    given = [
        f"`{name}` ({kind(one.annotation)}{'' if one.default is one.empty else f', else {one.default!r}'})"
        for name, one in arguments(function).items()
    ]
    return ", ".join(given) or "none"


def kind(annotation: Any) -> str:
    """A type in words."""
    words = []
    for one in members(annotation):
        outer, inner = get_origin(one), [each for each in get_args(one) if each is not ...]
        if outer in {tuple, list, frozenset, set}:
            words.append(f"list of {', '.join(map(kind, inner))}")
        elif inner and isinstance(outer, type) and issubclass(outer, Mapping):
            words.append(f"{kind(inner[1])} by {kind(inner[0])}")
        elif isinstance(one, type) and issubclass(one, Several):
            words.append(f"{one.__name__}, a list of {kind(item_of(one))}")
        else:
            words.append(PLAIN.get(one) or getattr(one, "__name__", str(one)))
    return " or ".join(words)


PLAIN: dict[Any, str] = {str: "text", int: "number", float: "number", bool: "yes or no", type(None): "nothing"}


def shapes_in(annotation: Any) -> Iterator[type]:
    """The classes of ours in a type, and those in their fields."""
    for one in members(annotation):
        for inner in get_args(one):
            yield from shapes_in(inner)
        if isinstance(one, type) and one.__module__.startswith(MODULES_OF_OURS):
            yield one
            for hint in get_type_hints(one).values() if is_dataclass(one) else ():
                yield from shapes_in(hint)
            if issubclass(one, Several):
                yield from shapes_in(item_of(one))


def table(shape: type) -> list[str]:
    """The fields of a class, and what else a template may ask of it."""
    if not is_dataclass(shape) and not issubclass(shape, Several):
        return []
    told, hints = dict(told_of(shape)), get_type_hints(shape)
    rows = []
    for one in fields(shape) if is_dataclass(shape) else ():
        name = f"`{one.name}`" if one.compare else f"*`{one.name}`*"
        rows.append(f"| {name} | {kind(hints[one.name])} | {told.get(one.name, '')} |")
    for name, one in vars(shape).items():
        if name.startswith("_") or name in hints:
            continue
        if isinstance(one, property) and one.fget is not None:
            gives = get_type_hints(one.fget).get("return", Any)
            rows.append(f"| `{name}` | {kind(gives)} | {told.get(name) or summary(one.fget)} |")
        elif inspect.isfunction(one):
            takes = ", ".join(list(inspect.signature(one).parameters)[1:])
            rows.append(f"| `{name}({takes})` | {kind(get_type_hints(one).get('return', Any))} | {summary(one)} |")
    return ["| Field | Type | Meaning |", "|---|---|---|", *rows]


def told_of(shape: type) -> Iterable[tuple[str, str]]:
    """Names and texts under `Attributes:` in a docstring; several names may share a line by `; name: `."""
    doc = inspect.getdoc(shape) or ""
    if "Attributes:\n" not in doc:
        return
    name, words = "", ""
    for line in doc.split("Attributes:\n", 1)[1].splitlines():
        if line.startswith("    ") and not line.startswith("     ") and ":" in line:
            if name:
                yield name, words
            name, _, words = (part.strip() for part in line.partition(":"))
        else:
            words = f"{words} {line.strip()}".strip()
    if name:
        yield name, words
