"""What is secret by its form in any text: keys, passwords, tokens.

Every repetition in here has a limit, or cannot overlap with another try: a megabyte on one line costs what it weighs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MASK = "REDACTED"

_WORD_OF = (
    r"(?:(?<!/)passwd|password|passphrase|secret|token|credential|api[_-]?key|hmac[_-]?key|private[_-]?key)[\w-]{0,64}+"
)
"""Not /passwd: that is a file, and what stands behind it an error."""
_KEY = re.compile(rf"[\w.-]{{0,64}}?{_WORD_OF}", re.IGNORECASE)
_EDGE = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_MATERIAL = re.compile(r"[+ -]?[A-Za-z0-9+/=]*\r?")
"""A line of a key, in a diff as well."""
_QUOTED = r"""\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'[^']*'"""
_PAIR = re.compile(
    rf"""(?P<head>{_WORD_OF}\\?["']?[ \t]{{0,32}}+[=:][ \t]{{0,32}}+)"""
    rf"""(?!(?:null|true|false|None)\b)(?P<value>{_QUOTED}|[^\s,;&"'{{}}\[\]]+)""",
    re.IGNORECASE,
)
_WORD = re.compile(
    rf"""(?P<head>{_WORD_OF}[ \t]{{1,32}}+)(?P<value>{_QUOTED})|"""
    rf"""(?P<option>(?<!\S)--?[\w.-]{{0,64}}?{_WORD_OF}[ \t]{{1,32}}+)(?P<word>[^\s"'-][^\s"']*)""",
    re.IGNORECASE,
)
_URL = re.compile(r"(?P<head>://[^\s/@:]{0,256}:)(?P<value>[^\s/]{1,1024})(?=@)")
_HEADER = re.compile(
    r"""(?P<head>authorization\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?(?:[\w-]{1,32}[ \t]{1,8})?)"""
    r"""(?P<value>[^\s"'\\]+)""",
    re.IGNORECASE,
)
_CRYPTED = re.compile(r"(?P<head>\$(?:1|2[abxy]?|5|6|7|y|gy)\$)(?P<value>[./A-Za-z0-9$,=]{8,})")
"""A hashed password, as in /etc/shadow (crypt(5))."""
_SIGNED = re.compile(r"(?P<head>(?<![\w-])eyJ)(?P<value>[\w-]{8,}\.[\w-]{8,}\.[\w-]+)")
"""A JSON Web Token (RFC 7519)."""
_FORMS = (_URL, _HEADER, _PAIR, _WORD, _CRYPTED, _SIGNED)
_LONGEST_NAME = 200

Found = Callable[[str], str]
"""Takes a secret, remembers it or not, and gives back what stands there instead."""
Redact = Callable[[tuple[str, ...], str, Found], str]
"""A pack's own: the command, one stream of what it printed, and what to do with a secret. It uses `plain` for all text
that it does not take apart itself."""


def is_secret_name(name: str) -> bool:
    """Whether the value of something of this name is a secret."""
    return len(name) <= _LONGEST_NAME and _KEY.fullmatch(name) is not None


def plain(text: str, found: Found) -> str:
    """Take out what is secret by its form in any text. Its lines stay as many as they were."""

    def value(match: re.Match[str]) -> str:
        parts = match.groupdict()
        head, whole = parts["head"] or parts.get("option") or "", parts["value"] or parts.get("word") or ""
        edge = re.match(r"""\\?["']|""", whole)
        quote = edge[0] if edge else ""
        inner = whole[len(quote) : len(whole) - len(quote)] if quote and whole.endswith(quote) else whole
        return head + (quote + found(inner) + quote if inner != whole else found(whole))

    text = _keys(text, found)
    for pattern in _FORMS:
        text = pattern.sub(value, text)
    return text


def by_form(_argv: tuple[str, ...], text: str, found: Found) -> str:
    """`plain`, for whoever knows no more than that."""
    return plain(text, found)


def _keys(text: str, found: Found) -> str:
    """Without private keys, also where only the beginning or the end of one is left."""
    done: list[str] = []
    at, inside = 0, False
    for edge in _EDGE.finditer(text):
        between = text[at : edge.start()]
        if inside:
            done.append(_material(between, found))
        else:
            done.append(_before_end(between, found) if edge[1] == "END" else between)
        done.append(edge[0])
        at, inside = edge.end(), edge[1] == "BEGIN"
    if not at:
        return text
    rest = text[at:]
    return "".join([*done, _material(rest, found) if inside else rest])


def _before_end(text: str, found: Found) -> str:
    """What stands before the end of a key whose beginning is missing: the lines that can be its own go."""
    lines = text.split("\n")
    first = len(lines)
    while first and _MATERIAL.fullmatch(lines[first - 1]):
        first -= 1
    kept = "\n".join(lines[:first])
    return kept + ("\n" if kept else "") + _material("\n".join(lines[first:]), found)


def _material(text: str, found: Found) -> str:
    """Each line of it is taken out by itself: whoever shows them line by line shows as many."""
    if text.strip():
        found(text)
    return re.sub(r"(?m)^([+ -]?)([^\n]+)$", rf"\1{MASK}", text) if "\n" in text else MASK if text.strip() else text
