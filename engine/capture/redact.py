"""A capture without secrets, which are known by their form or by a pack.

Two passes: first each text is redacted, and what was taken out is remembered; then the same secrets are
taken out wherever else they stand, in damaged files and in command lines too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from engine.capture.model import CapturedRead
from engine.errors import HostError
from engine.hosts.host import Result
from engine.redaction.forms import MASK, Redact

WORTH = 8
"""Characters from which a secret is looked for elsewhere too; a shorter one would be found in harmless words."""


@dataclass(slots=True)
class _Memory:
    secrets: set[str]

    def __call__(self, secret: str) -> str:
        if secret and secret != MASK:
            self.secrets |= {one for one in (secret, *re.split(r"[\s,;&]+", secret)) if len(one) >= WORTH}
        return MASK if secret else secret


def redacted(entries: Iterable[CapturedRead], own: Redact) -> list[CapturedRead]:
    """The entries without secrets."""
    memory = _Memory(set())

    def once(argv: tuple[str, ...], text: str) -> str:
        return own(argv, text, memory)

    first = [_each(one, once) for one in entries]
    # Whoever took a host's name for a password must not make every host nameless.
    names = {part for one in first for part in (one.host.name, one.host.name.split(".")[0])}
    # The longest first: one secret may be a part of another.
    known = sorted(memory.secrets - names, key=lambda one: (-len(one), one))
    if not known:
        return first
    anywhere = re.compile("|".join(map(re.escape, known)))
    return [_each(one, lambda _argv, text: anywhere.sub(MASK, text)) for one in first]


def _each(entry: CapturedRead, change: Callable[[tuple[str, ...], str], str]) -> CapturedRead:
    answer = entry.answer
    if isinstance(answer, Result):
        new = replace(answer, stdout=change(entry.argv, answer.stdout), stderr=change((), answer.stderr))
        return replace(entry, answer=new)
    return replace(entry, answer=_error(answer, lambda text: change((), text)))


def _error(error: HostError, change: Callable[[str], str]) -> HostError:
    new = type(error)(
        change(error.what), why=change(error.why), changed=error.changed, hint=change(error.hint), code=error.code
    )
    for name in ("calls_itself",):
        if hasattr(error, name):
            setattr(new, name, getattr(error, name))
    return new
