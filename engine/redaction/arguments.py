"""Secrets among the arguments of programs, in a command and in any text that shows one, such as a list of processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from engine.redaction.programs import PROGRAMS, Program

Spot = tuple[int, int]
"""The number of a word, and from which of its characters on it is a secret."""

_WORD = re.compile(r"""(?:\\.|'[^'\n]*'|"(?:[^"\\\n]|\\.)*"|[^\s'"\\\0]|['"\\](?!\n))+""")
_BREAKS = ("|", ";", "&")
_QUOTES = "\"'"
_NESTED = 3
"""Commands within commands that are taken apart."""


class Arguments:
    """What is known of these programs."""

    def __init__(self, programs: Sequence[Program] = PROGRAMS) -> None:
        self._programs = {name: one for one in programs for name in one.names.split()}
        names = "|".join(re.escape(one) for one in sorted(self._programs, key=lambda one: (-len(one), one)))
        # Looked at more closely only where one of them can begin: there are hundreds, and texts of megabytes.
        firsts = "".join(sorted({re.escape(one[0]) for one in self._programs}))
        self._mentioned = re.compile(rf"(?=[{firsts}])(?<![\w.-])(?:{names})(?![\w.-])") if names else None

    def secrets(self, words: Sequence[str]) -> Iterator[Spot]:
        """Where in a command, or a line of several, secrets stand."""
        begin = 0
        for at, word in enumerate(words):
            if word.endswith(_BREAKS):
                yield from self._of_one(words, begin, at + 1)
                begin = at + 1
        yield from self._of_one(words, begin, len(words))

    def _of_one(self, words: Sequence[str], begin: int, end: int) -> Iterator[Spot]:
        # A program may run another, as sudo does; so each word is looked at for all that were named before it.
        active: list[Program] = []
        present = set(map(_bare, words[begin:end]))
        at, spot = begin, None
        while at < end:
            word = words[at]
            active = [one for one in active if not one.leads or word.startswith("-")]
            spot = next((spot for one in active for spot in _spot(one, words, at, end)), None)
            if spot is not None:
                yield spot
                # The name of a program may be a password.
                at = spot[0] + 1
                continue
            program = self._programs.get(_program(word))
            if program is not None and program not in active and _holds(program, present, end - at - 1):
                active.insert(0, program)
            at += 1
        if any(one.last for one in active) and (spot is None or spot[0] != end - 1):
            yield end - 1, 0

    def text(self, text: str, replaced: Callable[[str], str]) -> str:
        """The text with something else where it shows a secret argument."""
        if not self._mentioned_in(text):
            return text
        return "\n".join(self._line(line, replaced) if self._mentioned_in(line) else line for line in text.split("\n"))

    def _line(self, line: str, replaced: Callable[[str], str], depth: int = 0) -> str:
        found = list(_WORD.finditer(line))
        spots = dict(self.secrets([one[0] for one in found]))
        done, at = [], 0
        for number, word in enumerate(found):
            start, end = word.span()
            if number not in spots:
                # A whole command may be one word, as behind `sh -c`.
                if depth < _NESTED and line[start] in _QUOTES and self._mentioned_in(word[0]):
                    done += [line[at : start + 1], self._line(line[start + 1 : end], replaced, depth + 1)]
                    at = end
                continue
            start += spots[number]
            start += line[start] in _QUOTES
            end -= end > start and line[end - 1] in _QUOTES
            done += [line[at:start], replaced(line[start:end])]
            at = end
        return "".join([*done, line[at:]])

    def _mentioned_in(self, text: str) -> bool:
        return self._mentioned is not None and self._mentioned.search(text) is not None


@lru_cache
def arguments(programs: tuple[Program, ...]) -> Arguments:
    """Of these programs, made once."""
    return Arguments(programs)


def _holds(program: Program, present: set[str], following: int) -> bool:
    if program.last and following < 2:  # noqa: PLR2004 - there is nothing before the secret
        return False
    return not program.only or not present.isdisjoint(program.only)


def _spot(program: Program, words: Sequence[str], at: int, end: int) -> Iterator[Spot]:
    """The secret that this word holds or announces, if it does."""
    for option in program.options:
        number, start = at, _value_at(program, option, words[at])
        if start is None:
            continue
        if start == len(words[at]):
            if program.glued or at + 1 >= end:
                continue
            number, start = at + 1, 0
        if option not in program.secret:
            separator = program.separator if option in program.pair else "="
            start = words[number].find(separator, start) + len(separator)
            if start < len(separator):
                continue
        if start < len(words[number]):
            yield number, start


def _value_at(program: Program, option: str, word: str) -> int | None:
    """Where in this word the option's value begins, its length if that is the next word; None if it is another."""
    lead = len(word) - len(word.lstrip(_QUOTES))
    word = _bare(word) if lead else word
    if option.startswith("--") or len(option) > 2:  # noqa: PLR2004 - a dash and a letter
        if word == option:
            return lead + len(word)
        for sign in ("=", ":"):
            if word.startswith(option + sign):
                return lead + len(option) + 1
        # What begins with one dash may have its value glued to it: -hpX.
        glued = program.glued and not option.startswith("--") and word.startswith(option)
        return lead + len(option) if glued else None
    if word.startswith(option):
        return lead + len(option) + (word[2:3] == ":" and option[0] == "/")
    if len(word) > 2 and word[0] == "-" == option[0]:  # noqa: PLR2004
        flags = len(word[1:]) - len(word[1:].lstrip(program.flags)) if program.flags else 0
        if flags and word[1 + flags : 2 + flags] == option[1]:
            return lead + 2 + flags
    return None


def _program(word: str) -> str:
    return _bare(word).rpartition("/")[2]


def _bare(word: str) -> str:
    return word.strip(_QUOTES)
