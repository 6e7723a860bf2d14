"""Running programs on this machine, and waiting for things with a deadline."""

import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.cluster.lab.errors import LabError

POLL = 0.25


@dataclass(frozen=True)
class CompletedRun:
    """How a command ended, and how long it took."""

    stdout: str
    stderr: str
    exit_code: int
    seconds: float

    @property
    def ok(self) -> bool:
        return self.exit_code == 0


def host(
    argv: Sequence[str],
    *,
    timeout: float = 120,
    check: bool = True,
    stdin: str | None = None,
) -> CompletedRun:
    """Run a program on this machine; when it fails and `check` is set, say what it said."""
    started = time.monotonic()
    shown = shlex.join(argv)
    if len(shown) > 200:
        shown = shown[:200] + " …"
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=timeout,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError:
        raise LabError(f"{argv[0]} is not installed: run `python3 -m tests.cluster.lab build` as root") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"`{shown}` did not end within {timeout:.0f} s") from None
    run = CompletedRun(done.stdout, done.stderr, done.returncode, time.monotonic() - started)
    if check and not run.ok:
        raise LabError(f"`{shown}` failed with exit code {run.exit_code}: {tail(run.stderr or run.stdout)}")
    return run


def tail(text: str, lines: int = 12) -> str:
    """The end of an output, where programs say why they failed."""
    return "\n".join(text.strip().splitlines()[-lines:])


def contained(argv: Sequence[str]) -> list[str]:
    """Prefix a program so that it and all its children die with us, even when we are killed.

    The program is the first process of its own pid namespace; the kernel ends everyone in it together with
    it. Its mounts are its own too, so whatever it leaves behind can be deleted safely.
    """
    return [
        *("setpriv", "--pdeathsig", "KILL", "--"),
        *("unshare", "--pid", "--mount", "--fork", "--kill-child=KILL", "--mount-proc", "--"),
        *argv,
    ]


def wait_until(what: str, timeout: float, probe: Callable[[], object], *, every: float = POLL) -> None:
    """Poll `probe` until it is true; after `timeout` seconds say what never came."""
    deadline = time.monotonic() + timeout
    while not probe():
        if time.monotonic() > deadline:
            raise LabError(f"waited {timeout:.0f} s for {what}, which did not come")
        time.sleep(every)
