r"""The rules of an `edit` step: on lines, and on the words inside the value of a `KEY="words"` line.

A file of such lines is read by a shell and by systemd, so a value is rewritten only in a form both read alike:
`KEY="words"`. A line whose value uses more of the shell than quotes (`$`, backticks, backslashes) is refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from functools import partial

from engine.errors import StepError
from engine.model.step import EditRule

Render = Callable[[str], str]


def apply(rules: Sequence[EditRule], text: str, render: Render) -> str:
    """The text after all rules, in order. Lines that no rule names stay byte for byte.

    Raises:
        StepError: a line cannot be changed safely.
    """
    for rule in rules:
        text = _apply_one(rule, text, render)
    return text


def _apply_one(rule: EditRule, text: str, render: Render) -> str:
    if rule.content is not None:
        return _end(render(rule.content))
    for key, words in (rule.add_words or {}).items():
        text = _with_value(text, key, partial(_added, [render(word) for word in words]))
    for key, words in (rule.remove_words or {}).items():
        if _find(text, key) is not None:
            text = _with_value(text, key, partial(_removed, [render(word) for word in words]))
    for key, value in (rule.set or {}).items():
        text = _with_value(text, key, partial(_replaced, render(value)))
    for key in rule.unset or ():
        text = "".join(line for line in text.splitlines(keepends=True) if _key(line) != key)
    if rule.ensure_line is not None and (line := render(rule.ensure_line)) not in text.splitlines():
        text = _end(text) + line + "\n"
    if rule.remove_line is not None:
        gone = render(rule.remove_line)
        text = "".join(line for line in text.splitlines(keepends=True) if line.rstrip("\n") != gone)
    return text


def _added(words: Sequence[str], have: Sequence[str]) -> list[str]:
    return [*have, *(word for word in words if word not in have)]


def _removed(words: Sequence[str], have: Sequence[str]) -> list[str]:
    return [word for word in have if word not in words]


def _replaced(value: str, _have: Sequence[str]) -> list[str]:
    return [value]


def _with_value(text: str, key: str, change: Callable[[list[str]], list[str]]) -> str:
    """The text with the last line that sets the key changed, since that is the one that counts; or with a new one."""
    lines = text.splitlines(keepends=True)
    at = _find(text, key)
    have = _words(lines[at], key) if at is not None else []
    want = change(have)
    if at is not None and want == have:
        return text
    if any(set('"\\`$\n') & set(word) for word in want):
        raise StepError(
            f"A value of {key} cannot be written so that a shell and systemd read it alike.",
            code="edit-unsafe",
        )
    line = f'{key}="{" ".join(want)}"\n'
    if at is None:
        return _end(text) + line
    lines[at] = line
    return "".join(lines)


def _find(text: str, key: str) -> int | None:
    found = [number for number, line in enumerate(text.splitlines()) if _key(line) == key]
    return found[-1] if found else None


def _key(line: str) -> str | None:
    match = re.match(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=", line)
    return match[1] if match else None


def _words(line: str, key: str) -> list[str]:
    value = line.split("=", 1)[1].strip()
    try:
        parts = shlex.split(value, comments=True)
    except ValueError as error:
        raise StepError(
            f"The line of {key} cannot be read.", why=f"{error}: {line.strip()}", code="edit-unsafe"
        ) from error
    if len(parts) > 1 or set("$`\\") & set(value):
        raise StepError(
            f"The line of {key} uses more of the shell than quotes; it is left alone.",
            why=line.strip(),
            hint="Change it by hand, then run the runbook again.",
            code="edit-unsafe",
        )
    return parts[0].split() if parts else []


def _end(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
