"""The commands of ours that a person is told to type: whole, with the options by which this one reaches its hosts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

PROGRAM = "gnt-runbook"
CONNECTING = ("run", "resume", "undo", "diagnose", "capture")
"""The commands that reach hosts, and take these options."""
_IN_PROSE = re.compile(rf"\b{PROGRAM} (?:run(?: [a-z][a-z0-9-]*)?|{'|'.join(CONNECTING[1:])})\b")

_reached_by: tuple[str, ...] = ()
"""One command a process, and so one way to its hosts."""


def reached_by(options: Sequence[str]) -> None:
    """From now on commands are told with these options, such as `--host NODE`."""
    global _reached_by  # noqa: PLW0603 - it is the command line of this process
    _reached_by = tuple(options)


def to_type(command: str, /, *words: str, **parameters: str) -> str:
    """A command line as it stands, quoted for a shell: `to_type("run", "stuck-job", job="41")`."""
    said = [PROGRAM, command, *words, *(f"{name}={value}" for name, value in parameters.items())]
    return shlex.join([*said, *_options(command, words)])


def on_another_machine(command: str, *words: str) -> str:
    """The same where somebody else types it, who reaches the hosts in their own way."""
    return shlex.join([PROGRAM, command, *words])


def completed(prose: str, *, template: bool = False) -> str:
    """A text of a runbook in which the commands of ours are such as can be typed; nothing else of it changes.

    Args:
        prose: its source, not what hosts have put into it.
        template: it is filled in afterwards; then nothing of the options is.
    """
    options = shlex.join(_reached_by)
    if template:
        options = options.replace("{", "{{ '{' }}")
    return _IN_PROSE.sub(lambda match: f"{match[0]} {options}", prose) if options else prose


def _options(command: str, words: Sequence[str]) -> tuple[str, ...]:
    # A capture is looked at without its hosts.
    return _reached_by if command in CONNECTING and "--from" not in words else ()
