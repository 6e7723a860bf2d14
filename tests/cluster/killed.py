"""`python -m tests.cluster.killed POINT STEP ARGUMENT...`: gnt-runbook, killed by itself with SIGKILL at a crash point.

It does so the first time that the point is reached for the step. Nothing is tidied up and nobody is told: not the
terminal, not the hosts, not the file that is being written.
"""

from __future__ import annotations

import os
import signal
import sys

from engine.cli.main import main
from engine.crashpoints import Point, listening


def main_until(point: str, step: str) -> None:
    """Run the program until it comes to the point.

    Args:
        point: name of a crash point.
        step: what the point has to be about, at its beginning.
    """

    def listen(reached: Point, detail: str) -> None:
        if reached == point and detail.startswith(step):
            os.kill(os.getpid(), signal.SIGKILL)

    with listening(listen):
        main()


if __name__ == "__main__":
    _own, at, about, *sys.argv[1:] = sys.argv
    main_until(at, about)
