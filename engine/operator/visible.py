"""Text of which everything can be seen: nothing moves the cursor, turns a line round, or hides between two letters."""

from __future__ import annotations

import re
import unicodedata

_KEPT = frozenset("\n\t ")
_UNSEEN = frozenset("CMZ")
"""First letters of the categories of Unicode that are controls, formats, halves of characters, what is not assigned or
private; marks that are drawn over their neighbours; and separators. All that may be ignored on a screen is in them, but
for some letters that are blank."""
_BLANK = re.compile(r"\b(?:FILLER|BLANK|NULL NOTEHEAD)\b")
"""In the names of letters and symbols that are drawn as nothing."""


class _Escapes(dict[int, str]):
    """What is shown for each character; each is looked up once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = found = char if char in _KEPT or _is_seen(char) else escaped(char)
        return found


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in _UNSEEN and not _BLANK.search(unicodedata.name(char, ""))


_ESCAPES = _Escapes()


def visible(text: str) -> str:
    """The text with each character written as an escape that could not be seen, or not be told from nothing.

    Letters of all scripts stay, and so do newlines, tabs and spaces.
    """
    return text.translate(_ESCAPES)


def exact(name: str) -> str:
    """A name as it can be compared letter by letter, and typed: ASCII that tells it from every other name.

    A letter of another script may look like one of ours, so each is an escape, as are blanks where nobody would count
    them; a backslash is doubled, so that nothing else reads like an escape.
    """
    text = name.replace("\\", "\\\\")
    text = "".join(char if " " <= char <= "~" else escaped(char) for char in text)
    return re.sub(r"^ +|(?<= ) +| +$", lambda blanks: escaped(" ") * len(blanks[0]), text)


def escaped(char: str) -> str:
    r"""As Python writes it: `\x1b`, `\u200b` or `\U000e0001`."""
    code = ord(char)
    return f"\\x{code:02x}" if code < 1 << 8 else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
