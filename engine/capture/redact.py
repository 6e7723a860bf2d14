"""What is secret in any text: keys, passwords, tokens. A pack says what is secret in its own files.

Two passes: first each text is redacted, and what was taken out is remembered; then the same secrets are
taken out wherever else they stand, in damaged files and in command lines too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from engine.capture.model import Entry
from engine.errors import HostError
from engine.transport.interface import Result

MASK = "REDACTED"
WORTH = 8
"""Characters from which a secret is looked for elsewhere too; a shorter one would be found in harmless words."""

_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api_?key|hmac_?key|private_?key)[\w-]*"
_KEY = re.compile(_NAME, re.IGNORECASE)
_BLOCK = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(.*?)(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_QUOTED = r"""\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'[^']*'"""
_PAIR = re.compile(
    rf"""(?P<head>(?<![\w.-])["']?{_NAME}\\?["']?[ \t]*[=:][ \t]*)"""
    rf"""(?!(?:null|true|false|None)\b)(?P<value>{_QUOTED}|[^\s,;&"'{{}}\[\]]+)""",
    re.IGNORECASE,
)
_WORD = re.compile(
    rf"""(?P<head>(?<![\w.-]){_NAME}[ \t]+)(?P<value>{_QUOTED})|"""
    rf"""(?P<option>(?<!\S)--?{_NAME}[ \t]+)(?P<word>[^\s"']+)""",
    re.IGNORECASE,
)
_URL = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s/@:]*:)(?P<value>[^\s/@]+)(?=@)", re.IGNORECASE)
_HEADER = re.compile(r"(?P<head>\bauthorization:[ \t]*\w+[ \t]+)(?P<value>\S+)", re.IGNORECASE)

Found = Callable[[str], str]
"""Takes a secret, remembers it, and gives back what stands there instead."""
Redact = Callable[[tuple[str, ...], str, Found], str]
"""A pack's own: the command, one stream of what it printed, and what to do with a secret. It uses `plain` for all text
that it does not take apart itself."""


def is_secret_name(name: str) -> bool:
    """Whether the value of something of this name is a secret."""
    return _KEY.fullmatch(name) is not None


def plain(text: str, found: Found) -> str:
    """Take out what is secret by its form in any text."""

    def value(match: re.Match[str]) -> str:
        parts = match.groupdict()
        head, whole = parts["head"] or parts.get("option") or "", parts["value"] or parts.get("word") or ""
        edge = re.match(r"""\\?["']|""", whole)
        quote = edge[0] if edge else ""
        inner = whole[len(quote) : len(whole) - len(quote)] if quote and whole.endswith(quote) else whole
        return head + (quote + found(inner) + quote if inner != whole else found(whole))

    text = _BLOCK.sub(lambda match: match[1] + found(match[2]) + match[3], text)
    for pattern in (_URL, _HEADER, _PAIR, _WORD):
        text = pattern.sub(value, text)
    return text


@dataclass(slots=True)
class _Memory:
    secrets: set[str]

    def __call__(self, secret: str) -> str:
        if secret and secret != MASK:
            self.secrets |= {one for one in (secret, *secret.split()) if len(one) >= WORTH}
        return MASK if secret else secret


def redacted(entries: Iterable[Entry], own: Redact) -> list[Entry]:
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


def _each(entry: Entry, change: Callable[[tuple[str, ...], str], str]) -> Entry:
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
