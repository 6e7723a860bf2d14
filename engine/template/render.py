"""Templates to text, expressions to values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Template, Undefined, meta, nodes
from jinja2.environment import TemplateExpression
from jinja2.exceptions import TemplateSyntaxError

from engine.errors import RunbookError
from engine.template.bounds import Counting, bounded
from engine.template.sandbox import (
    SANDBOX,
    TemplateError,
    expression_tree,
    only_expression,
    parse_expression,
    parse_template,
    template_tree,
)


def render(template: str, names: Mapping[str, Any]) -> str:
    """The text of a template.

    Raises:
        TemplateError: it is no template, a name is undefined, or a value has no text.
    """
    return str(guarded(template, lambda: "".join(_template(template).generate(names))))


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression without braces, as an object and not as text.

    Raises:
        TemplateError: it is no expression, or anything in it is undefined; undefined is never false.
    """
    return guarded(expression, lambda: _defined(_expression(expression)(names)))


def resolve(value: Any, names: Mapping[str, Any]) -> Any:
    """A value of a runbook's `with:`: `{{ one expression }}` gives its object, any other text is rendered.

    Lists stay lists of the same length, and a text stays one text: nothing is ever split.

    Raises:
        TemplateError: as for `render` and `evaluate`.
    """
    if isinstance(value, str):
        native = guarded(value, lambda: _native(value))
        if native is None:
            return render(value, names)
        return guarded(value, lambda: _defined(native(names)))
    if isinstance(value, Mapping):
        return {key: resolve(one, names) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve(one, names) for one in value]
    return value


def names_in(source: str, *, expression: bool = False) -> frozenset[str]:
    """The free names of a template, or of an expression.

    Raises:
        TemplateError: it is neither.
    """
    return _names(source, expression)


@lru_cache(maxsize=1024)
def _names(source: str, expression: bool) -> frozenset[str]:  # noqa: FBT001 - a key of the cache
    tree = _wrapped(expression_tree(source)) if expression else template_tree(source)
    found = guarded(source, lambda: meta.find_undeclared_variables(tree))
    return frozenset(found) - SANDBOX.globals.keys()


@lru_cache(maxsize=1024)
def _template(source: str) -> Template:
    return SANDBOX.from_string(Counting().visit(parse_template(source)))


@lru_cache(maxsize=1024)
def _expression(source: str) -> TemplateExpression:
    return _compiled(parse_expression(source))


@lru_cache(maxsize=1024)
def _native(source: str) -> TemplateExpression | None:
    expression = only_expression(parse_template(source))
    return None if expression is None else _compiled(expression)


def _compiled(expression: nodes.Expr) -> TemplateExpression:
    return TemplateExpression(SANDBOX.from_string(Counting().visit(_wrapped(expression))), undefined_to_none=False)


def _wrapped(expression: nodes.Expr) -> nodes.Template:
    tree = nodes.Template([nodes.Assign(nodes.Name("result", "store", lineno=1), expression, lineno=1)], lineno=1)
    tree.set_environment(SANDBOX)
    return tree


def _defined(value: Any) -> Any:
    if isinstance(value, Undefined):
        bool(value)  # raises, and names what is undefined
    if isinstance(value, Iterator):
        # Filters such as selectattr are lazy; what they give must survive being looked at twice.
        value = tuple(value)
    if isinstance(value, (list, tuple)):
        for one in value:
            _defined(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            _defined(key)
            _defined(one)
    return value


def guarded(source: str, action: Callable[[], Any]) -> Any:
    """What an action on a template gives; whatever else it raises becomes a TemplateError."""
    try:
        with bounded():
            return action()
    except RunbookError:
        raise
    except TemplateSyntaxError as error:
        raise TemplateError(source, error.message or "it is no template") from error
    except Exception as error:  # whatever an expression can raise on a value is the runbook's mistake
        raise TemplateError(source, str(error) or type(error).__name__) from error
