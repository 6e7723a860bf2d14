"""grep, as far as one needs it to read many small files at once."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from functools import lru_cache
from threading import Lock

from checks.world import kernel
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import Options, parse_unix
from checks.world.programs.registry import program

_ONE_AT_A_TIME = Lock()
_ALIASES = {
    "--recursive": "-r",
    "--with-filename": "-H",
    "--no-messages": "-s",
    "--no-filename": "-h",
    "--extended-regexp": "-E",
    "--fixed-strings": "-F",
    "--quiet": "-q",
    "--silent": "-q",
    "--ignore-case": "-i",
    "--count": "-c",
    "--files-with-matches": "-l",
    "--invert-match": "-v",
    "--line-regexp": "-x",
    "--only-matching": "-o",
    "--text": "-a",
    "--regexp": "-e",
}
_FLAGS = frozenset({"-r", "-H", "-s", "-h", "-E", "-F", "-q", "-i", "-c", "-l", "-v", "-x", "-o", "-a"})
_VALUES = frozenset({"-e", "--include", "--exclude", "--exclude-dir"})
TROUBLE = 2


@program("grep")
def grep(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, _FLAGS, _VALUES, _ALIASES, code=TROUBLE)
    words = list(options.rest)
    patterns = options.values.get("-e") or ([words.pop(0)] if words else [])
    if not patterns:
        call.fail("Usage: grep [OPTION]... PATTERNS [FILE]...", "Try 'grep --help' for more information.", code=TROUBLE)
    try:
        wanted = [_compile(pattern, options) for pattern in patterns]
    except re.error:
        call.fail("grep: Invalid regular expression", code=TROUBLE)
    trouble = False
    matched = False
    whole = "-o" not in options.flags or "-v" in options.flags
    named = "-H" in options.flags or ("-h" not in options.flags and (len(words) > 1 or "-r" in options.flags))
    for path, text in _texts(call, words, options):
        if text is None:
            trouble = True
            continue
        hits = _hits(text, tuple(wanted), inverted="-v" in options.flags)
        matched = matched or bool(hits)
        if not whole:
            hits = tuple(match[0] for line in hits for one in wanted for match in one.finditer(line) if match[0])
        if hits and "\0" in text and not options.flags & {"-a", "-l", "-c", "-q"}:
            call.say(f"grep: {path}: binary file matches")
        else:
            _report(call, options, f"{path}:" if named else "", path, hits)
    if matched and "-q" in options.flags:
        return 0
    return TROUBLE if trouble else int(not matched)


def _report(call: ProgramCall, options: Options, prefix: str, path: str, hits: tuple[str, ...]) -> None:
    if "-q" in options.flags:
        return
    if "-l" in options.flags:
        if hits:
            call.say(path)
    elif "-c" in options.flags:
        call.say(f"{prefix}{len(hits)}")
    else:
        call.out.append(_with(prefix, hits))


def _hits(text: str, wanted: tuple[re.Pattern[str], ...], *, inverted: bool) -> tuple[str, ...]:
    # Many nodes have the same files, and are asked for all their lines at once.
    with _ONE_AT_A_TIME:
        return _looked_for(text, wanted, inverted=inverted)


@lru_cache(maxsize=4096)
def _looked_for(text: str, wanted: tuple[re.Pattern[str], ...], *, inverted: bool) -> tuple[str, ...]:
    return tuple(line for line in _lines(text) if any(one.search(line) for one in wanted) != inverted)


@lru_cache(maxsize=4096)
def _with(prefix: str, lines: tuple[str, ...]) -> str:
    return "".join(f"{prefix}{line}\n" for line in lines)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _compile(pattern: str, options: Options) -> re.Pattern[str]:
    if "-F" in options.flags:
        pattern = re.escape(pattern)
    pattern = pattern.replace("[[:space:]]", r"\s")
    if "-x" in options.flags:
        pattern = f"^(?:{pattern})$"
    return re.compile(pattern, re.IGNORECASE if "-i" in options.flags else 0)


def _texts(call: ProgramCall, paths: list[str], options: Options) -> list[tuple[str, str | None]]:
    """Path as it is printed, and text; None for what cannot be read, after saying so."""
    kernel.refresh(call.machine, call.cluster.now)
    files = call.machine.files
    found: list[tuple[str, str | None]] = []
    for path in paths:
        if files.get(path) is None:
            if "-s" not in options.flags:
                call.complain(f"grep: {path}: No such file or directory")
            found.append((path, None))
        elif not files.is_dir(path):
            found.append((path, files.read(path)))
        elif "-r" in options.flags:
            found += _walk(call, path, options)
        else:
            call.complain(f"grep: {path}: Is a directory")
    return found


def _walk(call: ProgramCall, top: str, options: Options) -> list[tuple[str, str | None]]:
    files = call.machine.files
    include = options.values.get("--include", [])
    exclude = options.values.get("--exclude", [])
    without = options.values.get("--exclude-dir", [])
    found: list[tuple[str, str | None]] = []
    for name in files.names_in(top):
        path = posixpath.join(top, name)
        if files.is_dir(path):
            if not any(fnmatchcase(name, glob) for glob in without):
                found += _walk(call, path, options)
        elif (not include or any(fnmatchcase(name, glob) for glob in include)) and not any(
            fnmatchcase(name, glob) for glob in exclude
        ):
            found.append((path, files.read(path)))
    return found
