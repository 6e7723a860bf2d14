"""The output of `grep -r -H ""` over small files: each line of each file, after its path and a colon."""

from __future__ import annotations

from collections.abc import Mapping

from checks.look.errors import ParseError


def split_files(text: str, prefix: str) -> Mapping[str, str]:
    """The content of each file whose path begins with the prefix, by the rest of its path.

    Files elsewhere are left out. Only newlines end a line; a last one is not kept.

    Raises:
        ParseError: a line without a path, as grep prints for a binary file.
    """
    files: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if not line:
            continue
        path, colon, content = line.partition(":")
        if not colon or not path.startswith("/"):
            raise ParseError(f"A file below {prefix.rpartition('/')[0]}", "a line without a path", line=path)
        if path.startswith(prefix):
            files.setdefault(path.removeprefix(prefix), []).append(content)
    return {name: "\n".join(lines) for name, lines in files.items()}
