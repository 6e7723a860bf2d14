"""What is secret by its form in any text: keys, passwords, tokens.

Every repetition in here has a limit, or cannot overlap with another try: a megabyte on one line costs what it weighs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.redaction.arguments import arguments
from engine.redaction.names import WORD, is_secret_name, may_name
from engine.redaction.programs import PROGRAMS
from engine.redaction.tokens import TOKENS

__all__ = ["MASK", "Found", "Redact", "by_form", "is_secret_name", "masked", "plain"]

MASK = "REDACTED"

_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
_PUTTY = r"(?m:^[+ -]?Private-Lines: [0-9]{1,6}\r?$)"
_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|---- END SSH2 ENCRYPTED PRIVATE KEY ----"
_PUTTY_END = r"(?m:^[+ -]?Private-(?:MAC|Hash)(?=:))"
_EDGE = re.compile(rf"(?P<begin>{_BEGIN}|{_PUTTY})|(?P<end>{_END}|{_PUTTY_END})")
"""Of keys as OpenSSL, OpenSSH and GnuPG write them (RFC 7468), ssh.com's, and PuTTY's."""
_MATERIAL = re.compile(r"[+ -]?[A-Za-z0-9+/=]*\r?")
"""A line of a key, in a diff as well."""

_QUOTED = r"""\\"[^"\\]*\\"|"(?:[^"\\]|\\.)*"|'[^']*'"""
_STOP = r"""\s\0,;&"'{}\[\]"""
_BARE = (
    rf"""(?:\\?["'][^\s\0"'\\]+|[^{_STOP}]"""
    rf"""(?:[^{_STOP}\\]|[,;&](?![\w.-]{{0,64}}(?:=|:\s)|[\s\0"'{{}}\[\]]|\Z)|["'{{}}\[\]](?=\w)|\\(?:[^\n"'\\])?)*)"""
)
"""Without quotes, or with one that is not closed; what separates values may be a part of it where no other follows."""
_NONE = rf"(?!(?:null|true|false|None|[0-9]\)?:?)(?=[{_STOP}]|\Z))"
"""Nor is a single digit one: `(is_primary=False, pass=1):` says which attempt it is."""
_GAP = r"(?:[ \t\0]++(?:\\\r?\n[ \t]*+)?|\\\r?\n[ \t]*+)"
_IS = r"(?:[!?:=+]{0,2}[=:]>?)"
_LINE_END = r"(?=[ \t]*+[,;]?[ \t]*+\r?$)"
_ONE_WORD = rf"(?:{_QUOTED}|[^\s\0\"'<>{{}}\[\]][^\s\0]{{0,1024}}?)"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


_BEHIND_A_NAME = tuple(
    map(
        _form,
        (
            # On the next line.
            (
                r"""(?P<head>["']?[ \t]*+:[ \t]*+(?:[|>][+-]?[ \t]*+)?"""
                r"""(?:\r?\n[+-]?[ \t]*+){1,2}(?:- )?)"""
                rf"""(?![\w.-]{{1,64}}["']?:[ \t]{{0,8}}\r?$){_NONE}(?P<value>{_ONE_WORD}){_LINE_END}"""
            ),
            # password=, "token": , secret[] := @
            (
                rf"""(?P<head>\\?["'\]]{{0,2}}(?:\[[0-9]{{0,6}}\])?{_GAP}?{_IS}[ \t]*+"""
                r"""(?:\\\r?\n[ \t]*+)?@?)"""
                rf"""{_NONE}(?P<value>{_QUOTED}|{_BARE})"""
            ),
            rf"""(?P<head>(?:\.assign)?\(|["'\]]{{0,2}}{_GAP})(?P<value>{_QUOTED})""",
            # A long one may stand anywhere behind its name.
            r"""(?P<head>["'\]]{0,2}[ \t]++["']?)(?P<value>[\w+=-]{20,1024}+)(?![/.])""",
        ),
    )
)
_FORMS = tuple(
    map(
        _form,
        (
            # An option's value is a word of its own, or on the next line where there is one word on each.
            (
                rf"""(?P<head>(?<![^\s\0"'])--?[\w.-]{{0,64}}?{WORD}{_GAP})"""
                r"""(?P<value>[^\s\0"'-](?:[^\s\0"']|["'](?=\w))*)"""
            ),
            (
                rf"""(?P<head>^[ \t]*+(?:- )?["']?--?[\w.-]{{0,64}}?{WORD}["']?,?[ \t]*+"""
                r"""\r?\n[ \t]*+(?:- )?)"""
                rf"""(?!-)(?P<value>{_ONE_WORD}){_LINE_END}"""
            ),
            # The whole argument in quotes: '--password=two words'
            rf"""(?P<head>(?<![\w"'])'-{{0,2}}[\w.-]{{0,64}}?{WORD}=)(?P<value>[^'\n]+)(?=')""",
            rf"""(?P<head>(?<![\w"'\\])"-{{0,2}}[\w.-]{{0,64}}?{WORD}=)(?P<value>[^"\n]+)(?=")""",
            # A line of a configuration file.
            (
                rf"(?P<head>^[+]?[ \t]*+[\w.-]{{0,64}}?{WORD}[ \t]++)"
                rf"(?P<value>[^\s=:{{(<-][^\s]{{0,1024}}?){_LINE_END}"
            ),
            # In an element of XML, and in one of a property list.
            (
                rf"(?P<head><(?:[\w.-]{{0,64}}?:)?[\w.-]{{0,64}}?{WORD}(?:\s[^<>]{{0,256}})?>(?:\s{{0,64}}<!\[CDATA\[)?)"
                r"(?P<value>[^<\]]{1,8192})(?=<|\]\]>)"
            ),
            rf"(?P<head><key>[^<]{{0,64}}?{WORD}</key>\s{{0,64}}<\w{{1,16}}>)(?P<value>[^<]{{1,8192}})(?=<)",
            # Compared with something of such a name.
            (
                r"""(?P<head>)(?P<value>"[^"\n]{1,256}"|'[^'\n]{1,256}'|`[^`\n]{1,256}`)"""
                rf"""(?=\s{{0,8}}[!=]{{2,3}}\s{{0,8}}[\w.-]{{0,64}}?{WORD})"""
            ),
        ),
    )
)
_OTHERS = tuple(
    map(
        _form,
        (
            r"(?P<head>://[^\s/@:]{0,256}:)(?P<value>[^\s/]{1,1024})(?=@)",
            (
                r"""(?P<head>authorization\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?"""
                r"""(?:digest|oauth|signature|hawk|aws4-\S{1,32})[ \t]{1,8})(?P<value>[^\n'\\]+)"""
            ),
            (
                r"""(?P<head>authorization\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?(?:[\w-]{1,32}[ \t]{1,8})?)"""
                r"""(?P<value>[^\s"'\\]+)"""
            ),
            r"""(?P<head>(?<![\w-])(?:set-)?cookie\\?["']?:[ \t]{0,8}\\?["']?)(?P<value>[^\s"'\\][^\n"'\\]*)""",
            # Over the private half of PuTTY's keys.
            r"(?P<head>^[+ -]?Private-(?:MAC|Hash): )(?P<value>\S+)",
            # As netrc(5) has it.
            r"(?P<head>\blogin[ \t]++\S{1,256}[ \t]++password[ \t]++)(?P<value>\S+)",
            # What a shell hands to a program that asks.
            (
                r"(?P<head>\b(?:echo|printf)[ \t]{1,8}(?:-[en]{1,2}[ \t]{1,8})?)(?P<value>[^|\n]{1,256}?)"
                r"(?=[ \t]{0,8}\|[ \t]{0,8}(?:sudo[ \t]{1,8}(?:-\w{1,16}[ \t]{1,8}){0,4}-\w{0,8}S"
                r"|\S{0,32}?passwd\b|cryptsetup\b|kinit\b))"
            ),
        ),
    )
)
_A_NAME = re.compile(WORD, re.IGNORECASE)

Found = Callable[[str], str]
"""Takes a secret, remembers it or not, and gives back what stands there instead."""
Redact = Callable[[tuple[str, ...], str, Found], str]
"""A pack's own: the command, one stream of what it printed, and what to do with a secret. It uses `plain` for all text
that it does not take apart itself."""


def masked(secret: str, found: Found) -> str:
    """What stands where a secret stood: as many lines as it had."""
    if "\n" not in secret:
        return found(secret)
    if secret.strip():
        found(secret)
    return "\n".join(MASK if line.strip() else line for line in secret.split("\n"))


def plain(text: str, found: Found) -> str:
    """Take out what is secret by its form in any text. Its lines stay as many as they were."""

    def safe(match: re.Match[str]) -> str:
        return _safe(match, found)

    text = _keys(text, found)
    text = arguments(PROGRAMS).text(text, found)
    for pattern in _OTHERS:
        text = pattern.sub(safe, text)
    if may_name(text) and _A_NAME.search(text):
        text = _named(text, found)
        for pattern in _FORMS:
            text = pattern.sub(safe, text)
    for pattern in TOKENS:
        text = pattern.sub(safe, text)
    return text


def _named(text: str, found: Found) -> str:
    done: list[str] = []
    at = copied = 0
    while name := _A_NAME.search(text, at):
        at = name.end()
        for pattern in _BEHIND_A_NAME:
            if match := pattern.match(text, at):
                done += [text[copied:at], _safe(match, found)]
                at = copied = match.end()
                break
    return "".join([*done, text[copied:]])


def _safe(match: re.Match[str], found: Found) -> str:
    head, whole = match["head"], match["value"]
    if not whole.strip():
        return match[0]
    edge = re.match(r"""\\?["'`]|""", whole)
    quote = edge[0] if edge else ""
    if not quote:
        return head + masked(whole, found)
    closed = len(whole) > len(quote) and whole.endswith(quote)
    inner = whole[len(quote) : len(whole) - len(quote) * closed]
    if not inner:
        return match[0] if closed else head + found(whole)
    return head + quote + masked(inner, found) + quote * closed


def by_form(_argv: tuple[str, ...], text: str, found: Found) -> str:
    """`plain`, for whoever knows no more than that."""
    return plain(text, found)


def _keys(text: str, found: Found) -> str:
    """Without private keys, also where only the beginning or the end of one is left."""
    done: list[str] = []
    at, inside = 0, False
    for edge in _EDGE.finditer(text):
        between, ends = text[at : edge.start()], edge["end"] is not None
        if inside:
            done.append(_material(between, found))
        else:
            done.append(_before_end(between, found) if ends else between)
        done.append(edge[0])
        at, inside = edge.end(), not ends
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
