"""From text to Jinja2's syntax tree."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser

from engine.template.sandbox import SANDBOX, TemplateError


def parse_template(source: str) -> nodes.Template:
    """The tree of a text with `{{ expressions }}`.

    Raises:
        TemplateError: it is no template.
    """
    try:
        tree = SANDBOX.parse(source)
        _complete(source, tree)
    except (TemplateSyntaxError, RecursionError) as error:
        raise TemplateError(source, _syntax(error)) from error
    return tree


def parse_expression(source: str) -> nodes.Expr:
    """The tree of an expression without braces.

    Raises:
        TemplateError: it is no expression.
    """
    if source.lstrip().startswith(("{{", "{%")):
        raise TemplateError(source, "an expression is written without braces")
    try:
        parser = Parser(SANDBOX, source, state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            raise TemplateError(source, f"'{parser.stream.current.value}' was not expected here")
        tree.set_environment(SANDBOX)
        _complete(source, tree)
    except (TemplateSyntaxError, RecursionError) as error:
        raise TemplateError(source, _syntax(error)) from error
    return tree


@lru_cache(maxsize=1024)
def template_tree(source: str) -> nodes.Template:
    """As `parse_template`, shared by all who only look at it: whoever compiles a tree changes it."""
    return parse_template(source)


@lru_cache(maxsize=1024)
def expression_tree(source: str) -> nodes.Expr:
    """As `parse_expression`, likewise."""
    return parse_expression(source)


def only_expression(tree: nodes.Template) -> nodes.Expr | None:
    """The expression of a template that is exactly one `{{ expression }}`, else None."""
    match tree.body:
        case [nodes.Output(nodes=[nodes.Expr() as expression])] if not isinstance(expression, nodes.TemplateData):
            return expression
    return None


def _complete(source: str, tree: nodes.Node) -> None:
    # Jinja2 makes nothing of a missing else, and that nothing counts as false: no undefined value may.
    if isinstance(tree, nodes.CondExpr):
        alternatives: Iterable[nodes.CondExpr] = [tree, *tree.find_all(nodes.CondExpr)]
    else:
        alternatives = tree.find_all(nodes.CondExpr)
    if any(one.expr2 is None for one in alternatives):
        raise TemplateError(source, "an 'if' inside an expression needs its 'else'")
    if any(one.recursive for one in tree.find_all(nodes.For)):
        raise TemplateError(source, "a loop that calls itself is not available in a runbook")


def _syntax(error: Exception) -> str:
    if isinstance(error, TemplateSyntaxError):
        where = f" (line {error.lineno} of this text)" if error.lineno > 1 else ""
        return f"{error.message}{where}"
    return "it is nested too deeply"
