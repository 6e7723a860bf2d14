"""gnt-runbook as an operator has it: the program itself, run from outside the cluster, over real ssh."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.drills.run import add_run
from engine.journal.folder import RunsFolder
from engine.journal.reader import Journal
from engine.report.build import report_of
from engine.report.html import as_html
from engine.report.markdown import as_markdown
from tests.cluster.lab import Lab
from tests.cluster.lab.shell import wait_until
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import Rehearsal, course, states
from tests.terminal import TerminalSession

ARTIFACTS = Path(__file__).parents[2] / "artifacts" / "cluster"
PROGRAM = ("engine.cli",)
STEP_TIMEOUT = 1200.0
"""Seconds: a gnt-* command may take minutes on a slow machine, and Ganeti waits for a node that is gone for 900."""

OPERATOR = ("alice", "192.0.2.7")
COLLEAGUE = ("bob", "192.0.2.8")
"""An account and the address it logged in from, for whoever is at work."""

REASON = "a test on a real cluster"
"""Given to each run, since a destructive one asks for it."""

NODES = ("hwhost-1.lab.example", "hwhost-2.lab.example")

RECORD = """
sha256sum /etc/default/ganeti
cd /var/lib/ganeti/queue && sha256sum job-* serial
pgrep -a '^ganeti-|python3' | grep -v 'sh -c' | grep -E 'ganeti-|jqueue' | sort
wc -c /var/log/ganeti/commands.log 2>/dev/null
grep -c RunCmd /var/log/ganeti/node-daemon.log
grep -c INFO /var/log/ganeti/jobs.log 2>/dev/null
ls -la --time-style=full-iso /etc/default /var/backups
true
"""
"""What a node says of itself and of all that Ganeti was told to do there; reading it is not recorded in it."""


class Product:
    """The program with a state folder of its own.

    Args:
        folder: for its state.
        who: the account that became root here, and the address that it came from.
        elsewhere: not where the operator sits, but beside it, as a colleague does.
    """

    def __init__(self, lab: Lab, folder: Path, *, who: tuple[str, str] = OPERATOR, elsewhere: bool = False) -> None:
        self.lab = lab
        self._elsewhere = elsewhere
        self.runs = RunsFolder(folder / "state" / "runs")
        self.env = {
            "GNT_RUNBOOK_STATE": str(folder / "state"),
            "GNT_RUNBOOK_SSH_CONFIG": str(lab.ssh_config),
            "GNT_RUNBOOK_HOSTS": ",".join(NODES),
            "XDG_CONFIG_HOME": str(folder),
            "SUDO_USER": who[0],
            "SSH_CONNECTION": f"{who[1]} 50000 192.0.2.1 22",
        }

    def argv(self, *arguments: str, module: Sequence[str] = PROGRAM) -> list[str]:
        why = ("--reason", REASON) if arguments[0] == "run" and "--reason" not in arguments else ()
        program = [sys.executable, "-m", *module, *arguments, *why]
        return self.lab.exec_argv(program, elsewhere=self._elsewhere)

    @staticmethod
    def killing(at: Sequence[str]) -> tuple[str, ...]:
        """The program as a module that kills itself with SIGKILL at a crash point about a step."""
        return ("tests.cluster.killed", *at)

    def call(self, *arguments: str, module: Sequence[str] = PROGRAM) -> subprocess.CompletedProcess[str]:
        """Run a command without a terminal."""
        return subprocess.run(
            ["setsid", "--wait", *self.argv(*arguments, module=module)],
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=STEP_TIMEOUT,
            check=False,
        )

    def diagnosis(self) -> dict[str, Any]:
        """What `diagnose` finds, as machines are told."""
        found = self.call("diagnose", "--json")
        assert found.returncode == 0, found.stderr
        diagnosis: dict[str, Any] = json.loads(found.stdout)
        print(self.call("diagnose").stdout)
        return diagnosis

    def well(self) -> bool:
        """Whether `diagnose` finds nothing but what earlier repairs have kept, as they should."""
        found = self.diagnosis()
        return (
            not found["unknown"]
            and not found["silent"]
            and {one["code"] for one in found["findings"]} <= {"files-kept", "state-kept"}
        )

    def guided(
        self,
        name: str,
        arguments: Sequence[str],
        answers: Sequence[tuple[str, str | None]],
        acts: Mapping[str, Callable[[], None]] | None = None,
        *,
        command: str = "run",
        then: Mapping[str, Callable[[], None]] | None = None,
        killed_at: Sequence[str] = (),
    ) -> tuple[int, str]:
        """Be led through a run at a real terminal: wait for each question, do what it asks for, type the answer.

        The whole screen is printed and kept, since it is what an operator would have seen.

        Args:
            answers: texts with what is typed there; None where nothing is asked, and the text alone is waited for.
            acts: what is done when a text is seen, before anything is typed; then: what is done after that.
            killed_at: a crash point and a step, where the program kills itself with SIGKILL.
        """
        module = self.killing(killed_at) if killed_at else PROGRAM
        with TerminalSession(self.argv(command, *arguments, module=module), self.env) as session:
            try:
                for question, answer in answers:
                    session.expect(question, STEP_TIMEOUT)
                    if acts and question in acts:
                        acts[question]()
                    if answer is not None:
                        session.expect("]: ", 30)
                        session.type(answer)
                    if then and question in then:
                        then[question]()
                code = session.end(STEP_TIMEOUT)
            finally:
                ARTIFACTS.mkdir(parents=True, exist_ok=True)
                (ARTIFACTS / f"{name}.txt").write_text(session.screen)
                self._leave_record(name)
                print(f"\n----- the guided run, as the operator saw it: {name}\n{session.screen}\n-----")
        return code, session.screen

    def _leave_record(self, name: str) -> None:
        """The newest run as an exercise on a real cluster, and its report; one refused before it began has none."""
        if files := self.runs.files():
            add_run(ARTIFACTS / "drills", files[-1], name, "real")
            report = report_of(files[-1])
            (ARTIFACTS / f"{name}.html").write_text(as_html(report), encoding="utf-8")
            (ARTIFACTS / f"{name}.md").write_text(as_markdown(report), encoding="utf-8")

    def journal(self) -> Journal:
        """The newest journal."""
        return self.runs.all()[0][-1]

    def states(self) -> list[tuple[str, str]]:
        """How each step of the newest run ended."""
        return states(self.journal())

    def course(self) -> list[str]:
        """The newest run in short: its decisions, exit codes, how each step ended, and how it ended."""
        return course(self.journal().events)

    def follow_ups(self) -> list[dict[str, Any]]:
        listed = self.call("list", "--json")
        assert listed.returncode == 0, listed.stderr
        rows: list[dict[str, Any]] = json.loads(listed.stdout)["follow_ups"]
        return rows


def state_of(lab: Lab, nodes: Sequence[str] = NODES) -> dict[str, str]:
    """Queue, defaults, daemons and the nodes' own records of what was executed there."""
    return {node: lab.must(node, RECORD).stdout for node in nodes}


def state_at_rest(lab: Lab, nodes: Sequence[str] = NODES) -> dict[str, str]:
    """The same once the nodes have ended what they were still doing: two looks that see the same."""
    seen = [state_of(lab, nodes)]

    def rests() -> bool:
        seen.append(state_of(lab, nodes))
        return seen[-1] == seen[-2]

    wait_until("the nodes to come to rest", 120, rests)
    return seen[-1]


def assert_unchanged(lab: Lab, before: Mapping[str, str]) -> None:
    """Whether the nodes say the same of themselves as before."""
    after = state_of(lab, list(before))
    for node, then in before.items():
        changed = list(difflib.unified_diff(then.splitlines(), after[node].splitlines(), lineterm="", n=0))
        assert changed == [], f"{node} is not what it was:\n" + "\n".join(changed)


def verify(lab: Lab, master: str) -> list[str]:
    """The errors and warnings of `gnt-cluster verify`, without their dates."""
    found = lab.run(master, ["gnt-cluster", "verify", "--error-codes"], timeout=STEP_TIMEOUT)
    lines = (found.stdout + found.stderr).splitlines()
    return sorted(line.split("- ", 1)[1] for line in lines if "- ERROR" in line or "- WARNING" in line)


def rehearsed_course(scenario: str, folder: Path) -> list[str]:
    """The course of the same runbook on the embedded cluster that has the same incident, by the same answers."""
    rehearsal = Rehearsal(folder, scenario, ANSWERS[scenario]).go()
    assert rehearsal.error is None, rehearsal.error
    return rehearsal.course
