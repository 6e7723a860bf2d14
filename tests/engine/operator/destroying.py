"""A real run of a toy at this terminal that destroys what is called `no`, and what hides a letter; the argument is its
state folder."""

import sys
from pathlib import Path

from engine.cli.errors import show_error
from engine.errors import RunbookError
from engine.operator.terminal import Terminal
from tests.engine.run.toy import HEADER, go

STEPS = "".join(
    f"""
  - id: {step}
    title: Destroy it
    run: [lamp, "off"]
    on: where
    effect: destructive
    rests_on: []
    confirm: "{{{{ {name} }}}}"
    undo: none
"""
    for step, name in (("destroy", "one"), ("then", "other"))
)
NAMES = "  one: {type: str, help: x}\n  other: {type: str, help: x}\nfacts:"


def main() -> None:
    names = {"one": "no", "other": "in\u200bst"}
    outcome = go(Path(sys.argv[1]), STEPS, header=HEADER.replace("facts:", NAMES), values=names, operator=Terminal())  # type: ignore[arg-type]
    if isinstance(outcome.error, RunbookError):
        show_error(outcome.error)
    elif outcome.error is not None:
        raise outcome.error


if __name__ == "__main__":
    main()
