"""Command-line options, as strictly as the real programs take them: an unknown one is never ignored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from checks.world.call import Call


@dataclass(slots=True)
class Options:
    """What was given: flags by their first name, values by theirs, and the rest."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def value(self, name: str, default: str = "") -> str:
        return self.values[name][-1] if name in self.values else default


class UnknownOptionError(Exception):
    """An option the program does not have, or one without its argument."""

    def __init__(self, text: str, option: str) -> None:
        super().__init__(text)
        self.text = text
        self.option = option


def parse(
    args: list[str], flags: Collection[str], values: Collection[str] = (), aliases: dict[str, str] | None = None
) -> Options:
    """Split arguments into options and the rest; short flags may be bundled, `--` ends the options.

    Raises:
        UnknownOptionError: with the words of Python's optparse.
    """
    aliases = aliases or {}
    options = Options()
    words = list(args)
    while words:
        word = words.pop(0)
        if word == "--":
            options.rest += words
            break
        if not word.startswith("-") or word == "-":
            options.rest.append(word)
            continue
        name, equals, given = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("--") and len(word) > 2:  # a dash and one letter
            if aliases.get(word[:2], word[:2]) in values:
                name, equals, given = word[:2], "=", word[2:]
            else:
                words = [f"-{letter}" for letter in word[1:]] + words
                continue
        name = aliases.get(name, name)
        if name in values:
            if not equals:
                if not words:
                    raise UnknownOptionError(f"{name} option requires 1 argument", name)
                given = words.pop(0)
            options.values.setdefault(name, []).append(given)
        elif name in flags:
            if equals:
                raise UnknownOptionError(f"{name} option does not take a value", name)
            options.flags.add(name)
        else:
            raise UnknownOptionError(f"no such option: {name}", name)
    return options


def parse_unix(
    call: Call,
    args: list[str],
    flags: Collection[str],
    values: Collection[str] = (),
    aliases: dict[str, str] | None = None,
    code: int = 1,
) -> Options:
    """The same with the words of GNU tools."""
    try:
        return parse(args, flags, values, aliases)
    except UnknownOptionError as error:
        name = error.option
        what = f"unrecognized option '{name}'" if name.startswith("--") else f"invalid option -- '{name[1:]}'"
        call.fail(f"{call.program}: {what}", f"Try '{call.program} --help' for more information.", code=code)


def parse_gnt(
    call: Call,
    args: list[str],
    flags: Collection[str],
    values: Collection[str] = (),
    aliases: dict[str, str] | None = None,
) -> Options:
    """The same with the words of the gnt commands (exit code 2), and the options they all have."""
    command = f"{call.program} {call.argv[1]}"
    try:
        return parse(
            args,
            {*flags, "-d", "--help"},
            {*values, "--reason"},
            {"--debug": "-d", "-h": "--help", "-f": "--force", **(aliases or {})},
        )
    except UnknownOptionError as error:
        call.fail("Usage", "=====", f"  {command}", "", f"{command}: error: {error.text}", code=2)
