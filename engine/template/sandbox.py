"""The Jinja2 environment: a sandbox without loaders, where only plain values become text; and its trees."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sized
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from engine.english import duration, join_and, plural
from engine.errors import RunbookError
from engine.exits import Exit
from engine.template import bounds

LONGEST_SHOWN = 200
"""Characters of a template shown in an error."""

# Chance, markup and ways around the checks of the loader have no place in a runbook.
_LEFT_OUT = (
    "attr", "e", "escape", "forceescape", "format", "indent", "pprint", "random", "safe", "tojson", "urlize",
    "wordwrap", "xmlattr",
)  # fmt: skip


class TemplateError(RunbookError):
    """A template or an expression of a runbook is wrong, or met a value it cannot deal with."""

    code = "template"
    exit = Exit.USAGE

    def __init__(self, source: str, why: str) -> None:
        shown = source if len(source) <= LONGEST_SHOWN else f"{source[:LONGEST_SHOWN]}…"
        super().__init__(
            f"The template {shown!r} has no value here.",
            why=why,
            hint="This is a mistake in the runbook or in a fact it uses; report it to who wrote it.",
        )
        self.source = source


def is_text(kind: type) -> bool:
    """Whether values of this class say in words what they are, rather than how they are built."""
    if issubclass(kind, (str, int, float)):
        return True
    if issubclass(kind, (bytes, bytearray, BaseModel)):
        return False
    # Lists, None and dataclasses have only their repr, which must never become part of a command.
    return kind.__str__ is not object.__str__


@pass_context
def finalize(_context: Context, value: Any) -> Any:
    """A value that becomes text, as it is; those without a text of their own are refused."""
    # With the context as an argument, Jinja2 does not call this on constants while it compiles.
    if isinstance(value, Undefined):
        return value
    if is_text(type(value)):
        text = str(value)
        bounds.spend(characters=len(text))
        return text
    if value is None:
        raise ValueError("the value is None; say what to write then: {{ … or '…' }}")
    raise ValueError(
        f"a {type(value).__name__} has no text of its own: name a field of it, or join its items by |join_and"
    )


class Sandbox(ImmutableSandboxedEnvironment):
    """Values cannot be changed, private attributes cannot be seen, and nothing makes a huge text or takes for ever."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, into_text: Callable[[Context, Any], Any] = finalize) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            keep_trailing_newline=True,
            finalize=into_text,
            # Nothing of a runbook is executed by loading it, not even a constant expression.
            optimized=False,
            cache_size=0,
        )
        self.globals = {"range": bounds.bounded_range}
        for name in _LEFT_OUT:
            self.filters.pop(name, None)
        self.filters |= {"join_and": join_and, "duration": duration, "plural": plural}
        self.filters = {name: bounds.guarded(name, function) for name, function in self.filters.items()}
        self.filters |= {bounds.COUNTED: bounds.counted, bounds.CONCATENATED: bounds.concatenated}

    def call_binop(self, _context: Context, operator_: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if operator_ == "+":
            if isinstance(left, Sized) and isinstance(right, Sized):
                bounds.refuse_long(len(left) + len(right))
            return bounds.measured(operator.add(left, right))
        if operator_ == "*" and (_bits(left) + _bits(right) <= bounds.MOST_BITS if numbers else _repeats(left, right)):
            return bounds.measured(operator.mul(left, right))
        if operator_ == "%" and numbers:
            return operator.mod(left, right)
        raise SecurityError(f"the operator {operator_} is not available for this")

    def call(self, context: Context, function: Any, /, *arguments: Any, **named: Any) -> Any:
        bounds.refuse_call(function, arguments)
        return bounds.measured(super().call(context, function, *arguments, **named))


def _bits(number: float) -> int:
    return number.bit_length() if isinstance(number, int) else 0


def _repeats(left: Any, right: Any) -> bool:
    """Whether it is not repeated too often."""
    times = max((value for value in (left, right) if isinstance(value, int)), default=0)
    size = max((len(value) for value in (left, right) if isinstance(value, Sized)), default=0)
    return times <= bounds.LARGEST and times * size <= bounds.LONGEST


SANDBOX = Sandbox()


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
