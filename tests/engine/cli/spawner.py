"""Starts the command line again and again without importing everything again: a process that forks for each command.

What is forked is the whole program from `main` on: in a session of its own, with its own streams, environment and
folder. A request is a line of JSON on standard input; the answer is a line with the exit code.
"""

import json
import os
import sys
import traceback

from engine.cli.main import main
from engine.cli.wiring import Workshop
from engine.settings import Settings


def serve() -> None:
    Workshop(Settings()).library.load_all()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def become(request: dict[str, object]) -> None:
    code = 70
    try:
        os.setsid()
        for number, path in ((0, os.devnull), (1, request["out"]), (2, request["err"])):
            flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            os.dup2(os.open(str(path), flags, 0o600), number)
        os.chdir(str(request["cwd"]))
        os.environ.clear()
        os.environ.update(request["env"])
        sys.argv = ["gnt-runbook", *request["arguments"]]
        main()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 71
    except BaseException:  # noqa: BLE001 - it must not go on as a second spawner
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
