"""What a runbook of the right shape says that cannot be: names, arguments, types, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.knowledge import Knowledge
from engine.load.document import Path, YamlDocument, entries
from engine.load.parameters import BUILTIN, parse_value, python_type, type_names
from engine.load.resting import check_names
from engine.load.shape import Shape
from engine.load.signatures import check_call, fact_type
from engine.load.texts import Text, calls, texts
from engine.model.parts import Parameter, Part
from engine.model.step import Ask
from engine.nearest import did_you_mean
from engine.template import TemplateError, check, names_in, type_of
from engine.template.types import MISSING, describe, element, members

_RESERVED = frozenset({"and", "else", "false", "if", "in", "is", "item", "loop", "none", "not", "or", "range", "true"})


@dataclass(frozen=True, slots=True)
class RunNames:
    """What `run` is in a template; `began` is the first of the runs that it goes on with, or itself."""

    id: str
    runbook: str
    began: str


@dataclass(frozen=True, slots=True)
class SiteNames:
    """What `site` is in a template."""

    label: str


@dataclass(slots=True)
class _Visible:
    """The names that can be used at one point, with their types, and those that come further down."""

    types: dict[str, Any]
    later: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, annotation: Any) -> None:
        self.types[name] = annotation
        self.later.pop(name, None)


def check_meaning(document: YamlDocument, shape: Shape, knowledge: Knowledge) -> None:
    """Add every problem to the document's."""
    _Meaning(document, shape, knowledge).check()


class _Meaning:
    def __init__(self, document: YamlDocument, shape: Shape, knowledge: Knowledge) -> None:
        self._document = document
        self._shape = shape
        self._knowledge = knowledge

    def check(self) -> None:
        self._unique("steps", "id", "step")
        self._unique("preconditions", "code", "precondition")
        self._unique("meanwhile", "id", "hold")
        self._names_once()
        check_names(self._document, self._shape)
        names = self._parameters()
        names.types |= {"run": RunNames, "site": SiteNames}
        names.later |= {str(one): f"the fact '{one}' stands further down" for one in self._shape.facts}
        for one, fact in self._shape.facts.items():
            self._part(fact, ("facts", one), names)
            names.add(str(one), fact_type(fact, self._knowledge))
        for name, step in self._saved():
            names.later.setdefault(name, f"it is asked in the step '{step}'")
        for place, precondition in self._shape.preconditions.items():
            self._part(precondition, ("preconditions", place), names)
        for place, hold in self._shape.meanwhile.items():
            self._part(hold, ("meanwhile", place), names)
        self._steps(names)
        for place, postcondition in self._shape.postconditions.items():
            self._part(postcondition, ("postconditions", place), names)
        self._rest(names)

    def _rest(self, names: _Visible) -> None:
        """The runbook's own texts; in all but the last words nothing is filled in."""
        for key, value in self._shape.rest.items():
            kind: Literal["template", "plain"] = "template" if key == "done" else "plain"
            own: dict[Path, Any] = {(key, place): one for place, one in entries(value)} or {(key,): value}
            for path, text in own.items():
                if isinstance(text, str):
                    self._text(Text(path, kind, text), names)

    def _parameters(self) -> _Visible:
        names = _Visible({}, {"item": "only a step with 'each' has items, and 'each' itself has none yet"})
        for one in self._shape.parameters:
            names.later[str(one)] = f"the parameter '{one}' stands further down"
        for one, parameter in self._shape.parameters.items():
            if parameter is not None:
                self._parameter(parameter, ("parameters", one), names)
            names.add(str(one), Any if parameter is None else python_type(parameter, self._knowledge))
        return names

    def _parameter(self, parameter: Parameter, path: Path, names: _Visible) -> None:
        if parameter.type not in BUILTIN and parameter.type not in self._knowledge.parameter_types:
            near = did_you_mean(parameter.type, type_names(self._knowledge))
            self._document.report((*path, "type"), f"unknown type '{parameter.type}'{near}")
            return
        self._part(parameter, path, names)
        if parameter.default is not None and "{" not in parameter.default:
            try:
                parse_value(parameter, parameter.default, self._knowledge)
            except ValueError as error:
                self._document.report(
                    (*path, "default"), f"'{parameter.default}' is not accepted; accepted is: {error}"
                )

    def _steps(self, names: _Visible) -> None:
        for place, step in self._shape.steps.items():
            path: Path = ("steps", place)
            if step is None:
                # What it saves is still known by name, so that the steps after it can be judged.
                saved = self._raw(place, "saves")
                if isinstance(saved, str):
                    names.add(saved, Any)
                continue
            inside = names
            if step.each is not None:
                inside = _Visible({**names.types, "item": self._item(step.each, path, names)}, names.later)
            for text in texts(step, path):
                # What is typed to approve all items at once cannot be about one of them.
                outside = text.path == (*path, "each") or (step.together and text.path == (*path, "confirm"))
                self._text(text, names if outside else inside)
            for inner, call in calls(step, path):
                check_call(self._document, inner, call, self._knowledge, inside.types)
            if step.shows is not None and element(type_of(step.shows, "expression", inside.types)) not in {str, Any}:
                self._document.report((*path, "shows"), "'shows' needs a list of texts")
            if isinstance(step, Ask):
                names.add(step.saves, str)

    def _item(self, each: str, path: Path, names: _Visible) -> Any:
        given = type_of(each, "expression", names.types)
        items = MISSING if members(given) == (str,) else element(given)
        if items is MISSING:
            self._document.report((*path, "each"), f"'each' needs a list, not {describe(given) or 'None'}")
            return Any
        return items

    def _part(self, part: Part | None, path: Path, names: _Visible) -> None:
        if part is None:
            return
        for text in texts(part, path):
            self._text(text, names)
        for inner, call in calls(part, path):
            check_call(self._document, inner, call, self._knowledge, names.types)

    def _text(self, text: Text, names: _Visible) -> None:
        if text.kind == "plain":
            if "{{" in text.source or "{%" in text.source:
                self._document.report(text.path, "this text is shown as it is; a template has no effect in it")
            return
        types = dict(names.types)
        for name in sorted(_free(text) & names.later.keys() - types.keys()):
            self._document.report(text.path, f"'{name}' is not known here: {names.later[name]}")
            types[name] = Any
        for problem in check(text.source, text.kind, types):
            self._document.report(text.path, problem)

    def _saved(self) -> list[tuple[str, str]]:
        return [(step.saves, step.id) for step in self._shape.steps.values() if isinstance(step, Ask)]

    def _raw(self, place: str | int, key: str) -> object:
        steps = self._document.data.get("steps")
        step = steps[place] if isinstance(steps, list) and isinstance(place, int) else None
        return step.get(key) if isinstance(step, Mapping) else None

    def _unique(self, section: str, key: str, what: str) -> None:
        """Names that are judged even where the rest of their part is broken."""
        entries = self._document.data.get(section) if isinstance(self._document.data, Mapping) else None
        seen: set[str] = set()
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get(key) if isinstance(entry, Mapping) else None
            if isinstance(name, str) and name in seen:
                self._document.report((section, place, key), f"there is another {what} '{name}'")
            elif isinstance(name, str):
                seen.add(name)

    def _names_once(self) -> None:
        """A name in a template means one thing."""
        owners = {"run": "the run itself", "site": "the site itself"} | dict.fromkeys(
            _RESERVED, "a word of the template language"
        )
        asked = [
            (step.saves, ("steps", place, "saves"))
            for place, step in self._shape.steps.items()
            if isinstance(step, Ask)
        ]
        given = [
            *((str(name), ("parameters", name), "a parameter") for name in self._shape.parameters),
            *((str(name), ("facts", name), "a fact") for name in self._shape.facts),
            *((name, path, "an answer") for name, path in asked),
        ]
        for name, path, owner in given:
            if name in owners:
                self._document.report(path, f"the name '{name}' is taken: it is {owners[name]}", key=path[0] != "steps")
            owners.setdefault(name, owner)


def _free(text: Text) -> frozenset[str]:
    try:
        return names_in(text.source, expression=text.kind == "expression")
    except TemplateError:
        return frozenset()
