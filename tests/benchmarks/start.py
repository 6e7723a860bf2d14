"""How long a person waits for the program: a whole process, and a rehearsal until it asks its first question."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import Measured, by_turns, clocked, process
from tests.benchmarks.programs import env, ours, rival
from tests.benchmarks.table import Goal, Row
from tests.terminal import TerminalSession

FIRST_QUESTION = "Pause Ganeti's watcher: go on?"
PROMPT = "]: "


def commands(folder: Path, times: int) -> Iterator[Row]:
    """Whole processes beside whole processes that do as little."""
    here = env(folder)
    seen = by_turns(
        {
            "list": process([ours(), "list"], here, folder),
            "version": process([ours(), "--version"], here, folder),
            "Ansible": process([rival("ansible"), "--version"], here, folder),
            "pyinfra": process([rival("pyinfra"), "--version"], here, folder),
        },
        times,
    )
    ansible = ("`ansible --version`", seen["Ansible"])
    pyinfra = ("`pyinfra --version`", seen["pyinfra"])
    yield Row("`gnt-runbook list`", seen["list"], ansible, Goal(0.5))
    yield Row("`gnt-runbook list`", seen["list"], pyinfra)
    yield Row("`gnt-runbook --version`", seen["version"], ansible, Goal(0.4))
    yield Row("`gnt-runbook --version`", seen["version"], pyinfra)


def first_question(folder: Path, times: int) -> Iterator[Row]:
    """From the start of the process until the question is on a real terminal and waits for an answer."""
    clocked(lambda: _asked(folder))
    seconds = Measured.of([_asked(folder) for _ in range(times)])
    yield Row("first question of `rehearse stuck-job`", seconds, goal=Goal(0.5, "value", "s"))


def _asked(folder: Path) -> float:
    begun = time.perf_counter()
    with TerminalSession([str(ours()), "rehearse", "stuck-job"], env(folder)) as session:
        session.expect(FIRST_QUESTION)
        session.expect(PROMPT)
        return time.perf_counter() - begun
