"""LVM's configuration, lvm.conf and lvmlocal.conf: its settings, and where in the text each stands (lvm.conf(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.look.output import ParseError

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
    | (?P<string>"(?:[^"\\]|\\.)*"|'[^'\n]*')
    | (?P<mark>[{}\[\]=,])
    | (?P<word>[^\s{}\[\]=,"'\#]+)""",
    re.VERBOSE | re.DOTALL,
)
DEEPEST = 30
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Setting:
    """One assignment.

    Attributes:
        name: with its section, as in `devices/global_filter`.
        values: one, or those of an array, without quotes.
        start: where its value begins in the text.
        end: where it ends.
    """

    name: str
    values: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LvmConf:
    """One file.

    Attributes:
        settings: in the order of the file; the last one of a name counts.
        sections: where the inside of each section begins, by its name.
    """

    text: str
    settings: tuple[Setting, ...]
    sections: dict[str, int]

    def get(self, name: str) -> Setting | None:
        """The assignment that counts, or None."""
        return next((one for one in reversed(self.settings) if one.name == name), None)

    def with_array(self, name: str, values: tuple[str, ...]) -> str:
        """The text with this array set; all other lines stay byte for byte."""
        written = f"[ {', '.join(_quoted(value) for value in values)} ]"
        there = self.get(name)
        if there is not None:
            return self.text[: there.start] + written + self.text[there.end :]
        section, _, key = name.rpartition("/")
        inside = self.sections.get(section)
        if inside is not None:
            return f"{self.text[:inside]}\n\t{key} = {written}{self.text[inside:]}"
        gap = "" if not self.text or self.text.endswith("\n") else "\n"
        return f"{self.text}{gap}{section} {{\n\t{key} = {written}\n}}\n"


def parse_lvm_conf(text: str, source: str) -> LvmConf:
    """Read one of LVM's configuration files.

    Raises:
        ParseError: it is not of LVM's grammar (libdm/config/libdm-config.c).
    """
    return _Parser(text, source).parse()


class _Parser:
    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._tokens = self._split()
        self._next = 0

    def _split(self) -> list[re.Match[str]]:
        found, at = [], 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None:
                raise self._wrong("a quote that is not closed", at)
            if match.lastgroup != "space":
                found.append(match)
            at = match.end()
        return found

    def parse(self) -> LvmConf:
        settings: list[Setting] = []
        sections: dict[str, int] = {}
        inside: list[str] = []
        while self._next < len(self._tokens):
            token = self._take()
            if token[0] == "}" and inside:
                inside.pop()
                continue
            if token.lastgroup not in {"word", "string"}:
                raise self._wrong("neither a setting nor a section", token.start())
            name = "/".join((*inside, _plain(token)))
            follows = self._take("=", "{")
            if follows[0] == "{":
                inside.append(_plain(token))
                if len(inside) > DEEPEST:
                    raise self._wrong(f"more than {DEEPEST} sections in each other", token.start())
                sections[name] = follows.end()
            else:
                settings.append(self._value(name))
        if inside:
            raise self._wrong(f"the section {inside[-1]} is not closed", len(self._text) - 1)
        return LvmConf(self._text, tuple(settings), sections)

    def _value(self, name: str) -> Setting:
        first = self._take()
        if first[0] != "[":
            return Setting(name, (self._single(first),), first.start(), first.end())
        values: list[str] = []
        token = self._take()
        while token[0] != "]":
            values.append(self._single(token))
            token = self._take(",", "]")
            if token[0] == ",":
                token = self._take()
        return Setting(name, tuple(values), first.start(), token.end())

    def _single(self, token: re.Match[str]) -> str:
        if token.lastgroup not in {"word", "string"}:
            raise self._wrong("not a value", token.start())
        return _plain(token)

    def _take(self, *wanted: str) -> re.Match[str]:
        if self._next == len(self._tokens):
            raise self._wrong("it ends too early", len(self._text) - 1)
        token = self._tokens[self._next]
        self._next += 1
        if wanted and token[0] not in wanted:
            raise self._wrong(f"{' or '.join(wanted)} is missing", token.start())
        return token

    def _wrong(self, why: str, at: int) -> ParseError:
        number = self._text.count("\n", 0, at) + 1
        line = self._text.split("\n")[number - 1] if self._text else ""
        return ParseError(self._source, f"{why} in line {number}", line=line)


def _plain(token: re.Match[str]) -> str:
    if token.lastgroup != "string":
        return token[0]
    inner = token[0][1:-1]
    return _ESCAPED.sub(r"\1", inner) if token[0].startswith('"') else inner


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
