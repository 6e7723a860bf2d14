"""What is wrong with a template and of what type it is, found without running it: names, attributes, filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from jinja2 import nodes

from engine.nearest import did_you_mean
from engine.template import types
from engine.template.sandbox import SANDBOX, TemplateError, expression_tree, is_text, only_expression, template_tree

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


Kind = Literal["template", "expression", "value"]
"""Text with expressions in it; an expression without braces; a value of `with:`, text or one object."""

_OTHER_FILES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block)


def check(source: str, kind: Kind, types: Mapping[str, Any]) -> list[str]:
    """All problems of a template or an expression, each a sentence with the nearest right name.

    Args:
        source: the template.
        kind: what it is used as.
        types: the names it may use, each with its type as an annotation; `Any` is not judged.
    """
    checker = _Statements()
    try:
        if kind == "expression":
            checker.type_of(expression_tree(source), dict(types))
        else:
            tree = template_tree(source)
            native = only_expression(tree) if kind == "value" else None
            if native is not None:
                checker.type_of(native, dict(types))
            else:
                checker.visit(tree.body, dict(types))
    except TemplateError as error:
        return [error.why]
    except RecursionError:
        return ["it is nested too deeply"]
    return list(dict.fromkeys(checker.problems))


def type_of(source: str, kind: Kind, types: Mapping[str, Any]) -> Any:
    """The type of what an expression gives: `str` for text, `Any` when it is not known."""
    try:
        if kind == "expression":
            return Expressions().type_of(expression_tree(source), dict(types))
        native = only_expression(template_tree(source)) if kind == "value" else None
        return str if native is None else Expressions().type_of(native, dict(types))
    except (TemplateError, RecursionError):
        return Any


class _Statements(Expressions):
    """Walks statements in order, with the names that are visible at each."""

    def visit(self, body: list[nodes.Node], scope: Scope) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Scope) -> None:
        match node:
            case nodes.Output():
                for one in node.nodes:
                    self.text(one, scope)
            case nodes.If():
                self.type_of(node.test, scope)
                self.visit([*node.body, *node.elif_, *node.else_], scope)
            case nodes.For():
                self._for(node, scope)
            case nodes.Assign():
                self.bind(node.target, self.type_of(node.node, scope), scope)
            case nodes.AssignBlock():
                self.visit(node.body, dict(scope))
                self.bind(node.target, str, scope)
            case nodes.With():
                inner = dict(scope)
                for target, value in zip(node.targets, node.values, strict=True):
                    self.bind(target, self.type_of(value, scope), inner)
                self.visit(node.body, inner)
            case nodes.Scope() | nodes.FilterBlock():
                self.visit(node.body, dict(scope))
            case _:
                reason = ": a runbook is one file" if isinstance(node, _OTHER_FILES) else ""
                self.problems.append(f"'{type(node).__name__.lower()}' is not available in a runbook{reason}")

    def _for(self, node: nodes.For, scope: Scope) -> None:
        inner = dict(scope)
        self.bind(node.target, self.items_of(node.iter, self.type_of(node.iter, scope)), inner)
        inner["loop"] = Any
        if node.test is not None:
            self.type_of(node.test, inner)
        self.visit(node.body, inner)
        self.visit(node.else_, dict(scope))
