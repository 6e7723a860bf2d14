"""What is wrong with a template, found without running it: names, attributes, filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from jinja2 import nodes

from engine.template.expressions import Expressions, Scope
from engine.template.parse import expression_tree, only_expression, template_tree
from engine.template.sandbox import TemplateError

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
