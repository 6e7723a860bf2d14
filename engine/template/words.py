"""From a runbook's command to its words: what a host said can be a part of one, and never more than that.

No shell ever sees a command. But many a program has a language of its own in its arguments, so that quoting does not
help: a name that begins with a dash is an option, an address may name a program, a pattern matches what nobody meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Template, nodes, pass_context
from jinja2.runtime import Context

from engine.errors import FactError
from engine.template.render import guarded, resolve
from engine.template.sandbox import Sandbox, finalize, only_expression, parse_template

PLAIN = re.compile(r"(?!(?:.*[/=,:])?\.\.(?:/|\Z))[A-Za-z0-9_./:@%+=,~-]*", re.ASCII)
"""What a value is made of that means the same in every program's language: names, numbers, addresses, and paths without
a way upwards."""
PRINTS = re.compile(r"[^\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*")
"""What the operator may say: anything that does not control a terminal."""
OURS = frozenset({"run"})
"""What a command may say besides the parameters and not be a host's word."""


class StrangeWordError(FactError):
    """A value would make something else of a command than its runbook says."""

    code = "word-strange"

    def __init__(self, part: str, value: str, why: str) -> None:
        super().__init__(
            f"{value!r} cannot be a part of a command: {why}.",
            why=f"It stands for {part!r} in the runbook." if part else "",
            changed="The command was not executed.",
            hint="Look where it comes from: what says so is damaged, or not to be believed.",
        )


def words(part: str, names: Mapping[str, Any], used: frozenset[str], parameters: frozenset[str]) -> list[str]:
    """The words that one part of a command stands for: a list its items, nothing (None) none, anything else itself.

    Args:
        part: a template.
        names: what its names mean.
        used: the names in it.
        parameters: those of them that the operator said.

    Raises:
        StrangeWordError: a value that a host may have said holds a character that some program takes for more than a
            part of a name; or a word is empty, or begins with a dash that the runbook did not write.
        TemplateError: as for `resolve`.
    """
    if not used:
        return _said(resolve(part, names))
    form = PRINTS if used <= parameters | OURS else PLAIN
    written, alone = _written(part)
    if alone:
        found = _said(resolve(part, names))
        for word in found:
            if word not in written:
                _fit(form, word, part)
    else:
        found = [str(guarded(part, lambda: "".join(_template(part, form).generate(names))))]
    for word in found:
        if not word:
            raise StrangeWordError(part, word, "it is empty")
        if word.startswith("-") and not _is_written(word, part, written):
            raise StrangeWordError(part, word, "it begins with a dash, which makes it an option")
    return found


def _said(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _fit(form: re.Pattern[str], text: str, part: str = "") -> None:
    if form.fullmatch(text) is None:
        allowed = (
            "letters, digits and _ . / : @ % + = , ~ -, or a way upwards" if form is PLAIN else "characters that print"
        )
        raise StrangeWordError(part, text, f"it holds more than {allowed}")


def _is_written(option: str, part: str, written: frozenset[str]) -> bool:
    """Whether the runbook itself has this option, or its beginning up to its value."""
    return any(
        option == one or (option.startswith(one) and (one.endswith("=") or part.startswith(one)))
        for one in written
        if one.startswith("-")
    )


@lru_cache(maxsize=1024)
def _written(part: str) -> tuple[frozenset[str], bool]:
    """The texts that a part has by itself, and whether it is nothing but one expression."""
    tree = parse_template(part)
    found = {one.data for one in tree.find_all(nodes.TemplateData)}
    found |= {one.value for one in tree.find_all(nodes.Const) if isinstance(one.value, str)}
    return frozenset(found), only_expression(tree) is not None


def _sandbox(form: re.Pattern[str]) -> Sandbox:
    @pass_context
    def fitting(context: Context, value: Any) -> Any:
        text = finalize(context, value)
        _fit(form, str(text))
        return text

    return Sandbox(fitting)


_SANDBOXES = {form: _sandbox(form) for form in (PLAIN, PRINTS)}


@lru_cache(maxsize=1024)
def _template(part: str, form: re.Pattern[str]) -> Template:
    return _SANDBOXES[form].from_string(parse_template(part))
