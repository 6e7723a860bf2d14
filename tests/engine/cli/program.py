"""The command line as a program of its own: a subprocess without a terminal, with files of its own."""

from __future__ import annotations

import atexit
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

GNT_RUNBOOK = [sys.executable, "-m", "engine.cli"]
ROOT = Path(__file__).resolve().parents[3]
PYTHONPATH = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
NOTHING = "Nothing was changed."


@dataclass
class Ended:
    """How a command ended.

    Attributes:
        rows: of the last error on the screen, by their labels: Why, Changed, Next.
    """

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err, self.err
        assert "gnt-runbook itself made a mistake" not in self.err, self.err

    @property
    def error(self) -> str:
        """The code of the first error that was shown, or nothing."""
        found = re.search(r"^ERROR ([a-z-]+):", self.err, re.MULTILINE)
        return found[1] if found else ""

    @property
    def rows(self) -> dict[str, str]:
        return dict(re.findall(r"^  (Why|Changed|Next): +(.+)$", self.err, re.MULTILINE))

    def refused(self, code: str, exit_code: int, *says: str) -> None:
        """It was refused with this error, in full: what was changed, what to do next, and these words."""
        assert (self.error, self.code) == (code, exit_code), self.err
        assert self.rows.get("Changed") == NOTHING, self.err
        assert self.rows.get("Next"), self.err
        for one in says:
            assert one in self.err, self.err


@dataclass
class Program:
    """Starts the command line with a home, settings and state of its own."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def settings(self) -> Path:
        return self.folder / "config" / "gnt-runbook" / "config.toml"

    @property
    def journals(self) -> list[Path]:
        return sorted((self.state / "runs").glob("*.jsonl"))

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GNT_RUNBOOK", "SSH_"))}
        return {
            **kept,
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "GNT_RUNBOOK_STATE": str(self.state),
            "PYTHONPATH": PYTHONPATH,
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.env,
        }

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def start(self, *arguments: str, wrapper: tuple[str, ...] = (), **more: object) -> subprocess.Popen[str]:
        """Start it in a session of its own, so that there is no terminal, whoever runs the tests."""
        options: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [*wrapper, *GNT_RUNBOOK, *arguments],
            stdin=subprocess.DEVNULL,
            text=True,
            errors="surrogateescape",
            env=self.environment,
            cwd=self.folder,
            start_new_session=True,
            **options,
        )

    def alone(self, *arguments: str, wrapper: tuple[str, ...] = (), **more: object) -> Ended:
        """Start it as anybody would, and wait for its end."""
        process = self.start(*arguments, wrapper=wrapper, **more)
        out, err = process.communicate(timeout=120)
        return Ended(process.returncode, out or "", err or "")

    def __call__(self, *arguments: str) -> Ended:
        """Start it by the spawner, which is quicker, and wait for its end."""
        out, err = self.folder / ".out", self.folder / ".err"
        request = {"arguments": arguments, "env": self.environment, "cwd": str(self.folder)}
        code = _spawner().ask({**request, "out": str(out), "err": str(err)})
        return Ended(code, *(one.read_text(errors="surrogateescape") for one in (out, err)))


class Spawner:
    """`spawner.py`, started once for all tests of this process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("spawner.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )

    def ask(self, request: dict[str, object]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate(timeout=60)


@cache
def _spawner() -> Spawner:
    spawner = Spawner()
    atexit.register(spawner.end)
    return spawner
