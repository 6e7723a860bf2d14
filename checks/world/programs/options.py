"""Command-line options, as strictly as the real programs take them: an unknown one is never ignored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from checks.world.programs.call import ProgramCall


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
    args: list[str],
    flags: Collection[str],
    values: Collection[str] = (),
    aliases: dict[str, str] | None = None,
    *,
    interspersed: bool = True,
) -> Options:
    """Split arguments into options and the rest; short flags may be bundled, `--` ends the options.

    Unless they may be interspersed, so does the first word that is none.

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
            if interspersed:
                continue
            options.rest += words
            break
        name, equals, given = _split(word, values, aliases)
        if given and not equals:
            # The letters after the first of a bundle.
            words.insert(0, f"-{given}")
        name = aliases.get(name, name)
        if name in values:
            if not (equals or words):
                raise UnknownOptionError(f"{name} option requires 1 argument", name)
            options.values.setdefault(name, []).append(given if equals else words.pop(0))
        elif name not in flags:
            raise UnknownOptionError(f"no such option: {name}", name)
        elif equals:
            raise UnknownOptionError(f"{name} option does not take a value", name)
        else:
            options.flags.add(name)
    return options


def _split(word: str, values: Collection[str], aliases: dict[str, str]) -> tuple[str, str, str]:
    """Name, an equals sign if a value came with it, and the value or what is left of a bundle of letters."""
    if word.startswith("--"):
        return word.partition("=")
    name, rest = word[:2], word[2:]
    takes_value = aliases.get(name, name) in values
    return name, "=" if rest and takes_value else "", rest


def parse_unix(
    call: ProgramCall,
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
    call: ProgramCall,
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
            interspersed=False,
        )
    except UnknownOptionError as error:
        call.fail("Usage", "=====", f"  {command}", "", f"{command}: error: {error.text}", code=2)
