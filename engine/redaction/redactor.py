"""The one redactor of this process: what it has learnt once is shown nowhere."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from engine.redaction.arguments import arguments
from engine.redaction.forms import MASK, Redact, by_form, is_secret_name
from engine.redaction.programs import PROGRAMS, Program

WORTH = 8
"""Characters from which a secret is taken out anywhere; a shorter one only where it is a word, lest all texts fall
apart."""
EDGE = 4
"""Characters of a secret that are left over at a place where text was left out, and still give it away."""
REMEMBERED = 8192
"""Texts without a secret that are remembered; then they are remembered anew."""
SHORT = 400
"""Characters of a text that is worth remembering: longer ones seldom come again."""
_LEFT_OUT = re.compile(r"\n\[(?:… )?\d+ [^\]\n]{0,60}\]\n")
"""How a stream says that it is not whole."""


class Redactor:
    """Takes out what is secret: by its form, by what the packs know, and what was said to be secret.

    What a host prints is taken out where it stands and not remembered: else a host could blank out any word it likes by
    calling it a password. What is remembered is which short texts hold no secret, as most do, until more is known: a
    run says the same names again and again.
    """

    def __init__(self) -> None:
        self._own: list[Redact] = []
        self._programs: tuple[Program, ...] = PROGRAMS
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self._salt = b""
        self._clean: set[str] = set()

    def use(self, own: Redact, programs: tuple[Program, ...] = ()) -> None:
        """Take out what a pack knows to be secret as well, in texts and among the arguments of programs."""
        with self._lock:
            if own not in self._own:
                self._own.append(own)
                self._programs += programs
            self._clean = set()

    def learn(self, secret: str) -> None:
        """From now on this is taken out wherever it stands, in the spellings it may get on the way."""
        new = {one for one in _spellings(secret) if one.strip() and one not in MASK}
        with self._lock:
            if not new:
                return
            self._secrets |= new
            self._salt = self._salt or secrets.token_bytes(16)
            # The longest first: one secret may be a part of another.
            longest = sorted(self._secrets, key=lambda one: (-len(one), one))
            self._known = re.compile("|".join(map(_anywhere, longest)))
            self._clean = set()

    def forget(self) -> None:
        """As if nothing had been learnt; for tests, which are many in one process."""
        with self._lock:
            self._secrets, self._known, self._salt = frozenset(), None, b""
            self._clean = set()

    @property
    def salt(self) -> bytes:
        """What a hash over secrets begins with, so that nobody can try guesses on it; nothing while there are none."""
        return self._salt

    def text(self, text: str, argv: tuple[str, ...] = ()) -> str:
        """A text without secrets.

        Args:
            text: any.
            argv: the command whose output it is, if it is one's.
        """
        # Taken before anything else is asked: what is learnt meanwhile begins another one.
        clean = self._clean
        if not text or (not argv and text in clean):
            return text
        safe = self._looked_through(text, argv)
        # Only what came out as it went in: no secret lives longer for this.
        if not argv and safe == text and len(text) <= SHORT:
            if len(clean) >= REMEMBERED:
                clean.clear()
            clean.add(text)
        return safe

    def _looked_through(self, text: str, argv: tuple[str, ...]) -> str:
        text = self._without_known(text)
        for own in self._own or (by_form,):
            text = own(argv, text, _masked)
        return text

    def lines(self, texts: Sequence[str]) -> list[str]:
        """Several texts that belong together, such as the lines of one output: a key may go over many of them."""
        whole = self.text("\n".join(texts)).split("\n")
        counts = [one.count("\n") + 1 for one in texts]
        if len(whole) != sum(counts):
            return [self.text(one) for one in texts]
        ends = [sum(counts[: number + 1]) for number in range(len(counts))]
        return ["\n".join(whole[end - count : end]) for end, count in zip(ends, counts, strict=True)]

    def argv(self, words: Sequence[str]) -> list[str]:
        """A command as it may be shown, word by word, since a secret may hold anything that separates words."""
        done: list[str] = []
        follows = False
        spots = dict(arguments(self._programs).secrets(words))
        for number, word in enumerate(words):
            name, equals, value = word.partition("=")
            named = is_secret_name(name.lstrip("-"))
            if follows and not word.startswith("-"):
                done.append(MASK)
            elif equals and value and named:
                done.append(f"{name}={MASK}")
            elif number in spots:
                done.append(f"{word[: spots[number]]}{MASK}")
            else:
                done.append(self.text(word))
            follows = named and not equals and word.startswith("-")
        return done

    def data(self, value: Any, name: str = "") -> Any:
        """The same shape of lists and mappings, without secrets; what is neither, nor plain, becomes text."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Mapping):
            return self._mapping(value, name)
        if isinstance(value, list | tuple):
            return self._list(value, name)
        if value and is_secret_name(name):
            return MASK
        if isinstance(value, int | float):
            return value
        return self.text(value if isinstance(value, str) else str(value))

    def _mapping(self, value: Mapping[Any, Any], name: str) -> dict[str, Any]:
        found = {
            self._without_known(str(key)): self.data(one, name if is_secret_name(name) else str(key))
            for key, one in value.items()
        }
        match value:
            case {"file": str(path), "diff": str(diff)}:
                # A file that is a secret as a whole is known by its path.
                found["diff"] = self.text(diff, ("cat", path))
        return found

    def _list(self, value: list[Any] | tuple[Any, ...], name: str) -> list[Any] | tuple[Any, ...]:
        found: list[Any]
        if is_secret_name(name) or not all(isinstance(one, str) for one in value):
            found = [self.data(one, name) for one in value]
        elif name == "argv":
            found = self.argv(value)
        else:
            found = self.lines(value) if value else []
            # It may be a command though nothing calls it one.
            for number, start in arguments(self._programs).secrets(value):
                found[number] = f"{value[number][:start]}{MASK}"
        return tuple(found) if isinstance(value, tuple) else found

    def _without_known(self, text: str) -> str:
        if self._known is None:
            return text
        text = self._known.sub(MASK, text)
        return self._edges(text)

    def _edges(self, text: str) -> str:
        """Without what is left of a known secret where a stream was cut in the middle of it."""
        pieces: list[str] = []
        at = 0
        for gap in _LEFT_OUT.finditer(text):
            pieces += [text[at : gap.start()], gap[0]]
            at = gap.end()
        if not pieces:
            return text
        pieces.append(text[at:])
        for number in range(0, len(pieces), 2):
            if number:
                pieces[number] = self._cut(pieces[number], begins=True)
            if number < len(pieces) - 1:
                pieces[number] = self._cut(pieces[number], begins=False)
        return "".join(pieces)

    def _cut(self, text: str, *, begins: bool) -> str:
        for secret in self._secrets:
            for size in range(len(secret) - 1, EDGE - 1, -1):
                if begins and text.startswith(secret[-size:]):
                    return MASK + text[size:]
                if not begins and text.endswith(secret[:size]):
                    return text[:-size] + MASK
        return text


def _masked(secret: str) -> str:
    return MASK if secret else secret


def _anywhere(secret: str) -> str:
    return re.escape(secret) if len(secret) >= WORTH else rf"(?<!\w){re.escape(secret)}(?!\w)"


def _spellings(secret: str) -> set[str]:
    """As it was said, line by line, in prose, and as JSON, a shell, Python and a URL write it."""
    lines = {line for line in map(str.strip, secret.splitlines()) if len(line) >= WORTH}
    return lines | {
        secret,
        secret.strip(),
        " ".join(secret.split()),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        shlex.quote(secret).removeprefix("'").removesuffix("'"),
        repr(secret)[1:-1],
        secret.encode("unicode_escape", "surrogatepass").decode("ascii"),
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
    }


REDACTOR = Redactor()
"""Of this process, as its log is: every journal, screen, log and capture goes through it."""
