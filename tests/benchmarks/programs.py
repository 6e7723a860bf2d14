"""The programs that are measured, and what is known of the machine they run on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import NotMeasuredError

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts"
RIVALS = ROOT / ".venv-bench" / "bin"
"""Ansible and pyinfra, in an environment of their own; `make bench` makes it."""


def ours() -> Path:
    """gnt-runbook as it is installed beside this Python."""
    return _there(Path(sys.executable).with_name("gnt-runbook"), "make .venv/.installed")


def rival(name: str) -> Path:
    """A program that is compared with."""
    return _there(RIVALS / name, "make bench")


def openssh() -> Path:
    return _there(Path(shutil.which("ssh") or "ssh"), "apt-get install openssh-client")


def _there(path: Path, how: str) -> Path:
    if not path.exists():
        raise NotMeasuredError(f"there is no {path.name}: {how}")
    return path


def python(module: str, *words: str) -> list[str]:
    """A module as a program of this Python; profiled, into the folder that BENCH_PROFILE names, if it does."""
    folder = os.environ.get("BENCH_PROFILE")
    profiled = ["-m", "cProfile", "-o", str(Path(folder).resolve() / f"{module}.pstats")] if folder else []
    return [sys.executable, *profiled, "-m", module, *words]


def env(folder: Path, **more: str) -> dict[str, str]:
    """Variables for a program that is to see nothing of the user's own files, and leave nothing among them."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "USER", "LOGNAME") if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "GNT_RUNBOOK_STATE": str(folder / "state"),
        "TERM": "xterm",
        **more,
    }


def machine() -> Iterator[str]:
    """What it is, and which programs were measured; a line of a list each."""
    model = re.search(r"^model name\s*:\s*(.*)$", _text("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", _text("/proc/meminfo"), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', _text("/etc/os-release"), re.MULTILINE)
    cores = len(os.sched_getaffinity(0))
    yield f"Processor: {model[1] if model else platform.machine()}, {cores} core{'s' * (cores != 1)}" + (
        f", {int(memory[1]) / (1 << 20):.1f} GiB of memory" if memory else ""
    )
    yield f"System: {system[1] if system else platform.system()}, Linux {platform.release().partition('-')[0]}"
    yield f"Load before: {', '.join(f'{one:.1f}' for one in os.getloadavg())}; as {_user()}"
    yield f"Python {platform.python_version()}"
    for name, argv in (
        ("gnt-runbook", [Path(sys.executable).with_name("gnt-runbook"), "--version"]),
        ("OpenSSH", ["ssh", "-V"]),
        ("Ansible", [RIVALS / "ansible", "--version"]),
        ("pyinfra", [RIVALS / "pyinfra", "--version"]),
    ):
        yield _said(list(map(str, argv))) or f"{name}: not there"


def _user() -> str:
    return "root" if os.geteuid() == 0 else "an ordinary user"


def _said(argv: list[str]) -> str:
    """The first line that a program says of itself."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter((done.stdout + done.stderr).splitlines()), "")


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
