"""A real run of a toy at this terminal that needs a second person; the argument is its state folder."""

import sys
from pathlib import Path

from engine.cli.errors import show_error
from engine.errors import RunbookError
from engine.identity import me
from engine.operator.terminal import Terminal
from engine.run.options import RunSettings
from engine.run.second_person import Approvals
from tests.engine.run.toy import HEADER, ON, go


def main() -> None:
    state = Path(sys.argv[1])
    settings = RunSettings("real", {}, approvals=Approvals(state / "approvals", 60, me()))
    outcome = go(state, ON, header=HEADER + "second_person: disruptive\n", settings=settings, operator=Terminal())  # type: ignore[arg-type]
    if isinstance(outcome.error, RunbookError):
        show_error(outcome.error)
    elif outcome.error is not None:
        raise outcome.error


if __name__ == "__main__":
    main()
