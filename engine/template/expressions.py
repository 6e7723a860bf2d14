"""The type of an expression, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import nodes

from engine.nearest import did_you_mean
from engine.template import types
from engine.template.sandbox import SANDBOX, is_text

Scope = dict[str, Any]

_SAME_ITEMS = frozenset({"list", "sort", "unique", "reverse", "select", "reject", "selectattr", "rejectattr"})
_ONE_ITEM = frozenset({"first", "last", "min", "max"})
_BY_FIRST = frozenset({"selectattr", "rejectattr", "groupby"})
_BY_ATTRIBUTE = frozenset({"map", "sort", "unique", "min", "max", "sum", "join", "groupby"})
_TEXTS = frozenset({"join", "join_and", "duration", "plural", "upper", "lower", "title", "capitalize", "trim"}) | {
    *("string", "replace", "format", "indent", "truncate", "wordwrap", "center", "filesizeformat"),
}
_NUMBERS = {"length": int, "count": int, "int": int, "float": float, "round": float}


class Expressions:
    """Walks an expression from the inside out; what it finds wrong is added to `problems`."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def text(self, node: nodes.Expr, scope: Scope) -> None:
        """An expression whose value becomes text."""
        if isinstance(node, nodes.TemplateData):
            return
        parts = types.members(self.type_of(node, scope))
        if all(types.known(part) and not is_text(types.origin(part)) for part in parts):
            self.problems.append(
                f"{spell(node)} is a {types.describe(parts[0]) or 'None'}, which has no text of its own; "
                "name a field of it, or join its items with |join_and"
            )

    def bind(self, target: nodes.Node, annotation: Any, scope: Scope) -> None:
        """Make the names on the left of an assignment known."""
        if isinstance(target, nodes.Name):
            scope[target.name] = annotation
        elif isinstance(target, nodes.Tuple):
            for place, one in enumerate(target.items):
                self.bind(one, types.item(annotation, place), scope)

    def items_of(self, node: nodes.Node, annotation: Any) -> Any:
        """The type of the items of something that is looped over."""
        items = types.element(annotation)
        if items is types.MISSING:
            self.problems.append(f"{spell(node)} is no list: it is a {types.describe(annotation) or 'None'}")
            return Any
        return items

    def type_of(self, node: nodes.Node, scope: Scope) -> Any:  # noqa: C901, PLR0911, PLR0912 - a line a kind
        match node:
            case nodes.Name():
                return self._name(node, scope)
            case nodes.Const():
                return type(node.value)
            case nodes.TemplateData() | nodes.Concat():
                self._all(node.iter_child_nodes(), scope)
                return str
            case nodes.Getattr():
                return self._attribute(spell(node.node), node.attr, self.type_of(node.node, scope))
            case nodes.Getitem():
                return self._item(node, scope)
            case nodes.Filter():
                return self._filter(node, scope)
            case nodes.Test():
                self._known("test", node.name, SANDBOX.tests)
                self._all(node.iter_child_nodes(), scope)
                return bool
            case nodes.Compare() | nodes.Not():
                self._all(node.iter_child_nodes(), scope)
                return bool
            case nodes.And() | nodes.Or():
                return types.join([self.type_of(node.left, scope), self.type_of(node.right, scope)])
            case nodes.CondExpr():
                self.type_of(node.test, scope)
                return types.join(self._all([one for one in (node.expr1, node.expr2) if one], scope))
            case nodes.Call():
                called, *_ = self._all(node.iter_child_nodes(), scope)
                return types.result(called)
            case nodes.List() | nodes.Tuple():
                items = self._all(node.items, scope)
                return types.list_of(types.join(items))
            case _:
                self._all(node.iter_child_nodes(), scope)
                return Any

    def _all(self, children: Iterable[nodes.Node], scope: Scope) -> list[Any]:
        return [self.type_of(child, scope) for child in children]

    def _name(self, node: nodes.Name, scope: Scope) -> Any:
        if node.name in scope:
            return scope[node.name]
        if node.name not in SANDBOX.globals:
            self.problems.append(f"unknown name '{node.name}'{did_you_mean(node.name, scope)}")
        return Any

    def _attribute(self, owner: str, name: str, annotation: Any) -> Any:
        if name.startswith("_"):
            self.problems.append(f"'{name}' is private: a template sees only public attributes")
            return Any
        found = types.attribute(annotation, name)
        if found is types.MISSING:
            near = did_you_mean(name, types.attribute_names(annotation))
            kind = types.describe(annotation) or "None"
            self.problems.append(f"{owner} ({kind}) has no attribute '{name}'{near}")
            return Any
        return found

    def _item(self, node: nodes.Getitem, scope: Scope) -> Any:
        owner = self.type_of(node.node, scope)
        if isinstance(node.arg, nodes.Slice):
            self._all(node.arg.iter_child_nodes(), scope)
            items = types.element(owner)
            return str if owner is str else Any if items is types.MISSING else types.list_of(items)
        key = node.arg.value if isinstance(node.arg, nodes.Const) else types.MISSING
        self.type_of(node.arg, scope)
        if isinstance(key, str) and key.startswith("_"):
            self.problems.append(f"'{key}' is private: a template sees only public attributes")
        return types.item(owner, key)

    def _filter(self, node: nodes.Filter, scope: Scope) -> Any:
        self._known("filter", node.name, SANDBOX.filters)
        value = Any if node.node is None else self.type_of(node.node, scope)
        self._all([*node.args, *(pair.value for pair in node.kwargs)], scope)
        items = types.element(value)
        if items is types.MISSING:
            items = Any
        named = self._named(node, items)
        if node.name == "default":
            return types.join([value, *(self.type_of(one, scope) for one in node.args[:1])])
        if node.name == "map":
            return types.list_of(named)
        if node.name in _SAME_ITEMS:
            return types.list_of(items)
        if node.name in _ONE_ITEM:
            return items
        return str if node.name in _TEXTS else _NUMBERS.get(node.name, Any)

    def _named(self, node: nodes.Filter, items: Any) -> Any:
        """The type of the attribute that a filter such as `map(attribute='name')` is told by its name."""
        names: list[nodes.Node] = [
            pair.value for pair in node.kwargs if pair.key == "attribute" and node.name in _BY_ATTRIBUTE
        ]
        if node.name in _BY_FIRST:
            names += node.args[:1]
        if len(node.args) > 1 and node.name in {"selectattr", "rejectattr"} and isinstance(node.args[1], nodes.Const):
            self._known("test", str(node.args[1].value), SANDBOX.tests)
        first = names[0] if names else None
        if not isinstance(first, nodes.Const) or not isinstance(first.value, str):
            return Any
        for name in first.value.split("."):
            items = Any if name.isdigit() else self._attribute(f"an item of {spell(node.node)}", name, items)
        return items

    def _known(self, what: str, name: str, names: Iterable[str]) -> None:
        if name not in names:
            self.problems.append(f"unknown {what} '{name}'{did_you_mean(name, names)}")


def spell(node: nodes.Node | None) -> str:
    """An expression as its author wrote it, where that is short; else `this`."""
    words = _spell(node)
    return f"'{words}'" if words else "this"


def _spell(node: nodes.Node | None) -> str:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            owner = _spell(node.node)
            return f"{owner}.{node.attr}" if owner else ""
        case nodes.Getitem(arg=nodes.Const(value=value)):
            owner = _spell(node.node)
            return f"{owner}[{value!r}]" if owner else ""
        case nodes.Call():
            owner = _spell(node.node)
            return f"{owner}()" if owner else ""
    return ""
