"""Journals that were written by hand, and a node behind a real sshd on which they may be gone by."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from engine.clock import SystemClock
from engine.journal.anchor import Anchor
from engine.journal.events import Event, Intent, Outcome, RunStarted, StepBegun, StepEnded
from engine.journal.line import Tip
from engine.journal.reader import read_journal
from engine.journal.writer import JournalWriter
from tests.engine.cli.nodes import Nodes
from tests.engine.cli.program import Ended, Program
from tests.sshd import Sshd

RUN = "20260101-000000-night-0000"
NODE = "node1.example"
# Notes each command that comes in, and each word for the supervisor; what is kept on a host is kept beside it.
LOGIN = """#!/bin/sh
state="s#/var/lib/gnt-runbook#$1/state#g"
command=$(printf %s "$SSH_ORIGINAL_COMMAND" | sed "s#PATH=#PATH=$1:#g; $state")
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >>"$1/commands"
case $command in
*"supervise() ("*) sed -u "$state" | tee -a "$1/commands" | sh -c "$command" ;;
*) exec sh -c "$command" ;;
esac
"""
TEXT = """format: 1
id: night
title: A quiet night
summary: Nothing to see here
steps:
  - id: look
    title: Only look
    run: [touch, {hit}]
    on: "'node1.example'"
    effect: safe
    undo: none
"""


def nodes_of(sshd: Sshd) -> Nodes:
    """The node, with an empty log."""
    nodes = Nodes(sshd)
    nodes.node(NODE, "one")
    nodes.program("login", LOGIN)
    nodes.program(f"{NODE}/journalctl", f'#!/bin/sh\ncat "{nodes.folder}/anchors"\n')
    return nodes


class Forger:
    """Writes journals, and lets them be gone by.

    Attributes:
        hit: what a change makes on the node.
    """

    def __init__(self, program: Program, nodes: Nodes) -> None:
        self.program = program
        self.hit = program.folder / "hit"
        self._nodes = nodes
        self._commands = nodes.folder / NODE / "commands"
        self._commands.write_text("")
        (nodes.folder / "anchors").write_text("")
        shutil.rmtree(nodes.folder / NODE / "state", ignore_errors=True)
        program.write("ssh_config", nodes.block(NODE))
        program.env["GNT_RUNBOOK_CONNECT_TIMEOUT"] = "20"

    @property
    def text(self) -> str:
        return TEXT.format(hit=self.hit)

    def journal(
        self, *events: Event, run: str = RUN, folder: str = "mail", machine: str = "elsewhere", **more: str
    ) -> Path:
        path = self.program.folder / folder / f"{run}.jsonl"
        who = {"login": "mallory", "account": "root", "machine": machine}
        with JournalWriter(path, SystemClock()) as journal:
            runbook = more.pop("runbook", "night")
            journal.append(RunStarted(run, runbook, "sha256:0", "0", "real", "one", {}, who, **more))  # type: ignore[arg-type]
            for one in events:
                journal.append(one)
        return path

    def undone(self, *, effect: str = "safe", machine: str = "elsewhere", **more: Any) -> Path:
        """A journal in our own folder, of a change whose undo is ours to make."""
        undo = {"argv": ["touch", str(self.hit)], "host": NODE, "timeout": 5.0, "effect": effect, **more}
        action = {"argv": ["true"]}
        return self.journal(
            StepBegun("look", "Only look"),
            Intent("look#1", "look", NODE, effect, action, "d", undo),
            Outcome("look#1", "done", 0),
            StepEnded("look", "done"),
            folder="state/runs",
            machine=machine,
        )

    def word(self, path: Path) -> str:
        """What has to be typed to go by it."""
        return f"{RUN}@{hashlib.sha256(read_journal(path).tip.encode()).hexdigest()[:12]}"

    def go(self, *arguments: str, **answers: str) -> Ended:
        given = self.program.write("answers.yaml", json.dumps({"format": 1, "answers": answers}))
        return self.program(
            *arguments, "--host", NODE, "-F", "ssh_config", "--answers", str(given), "--reason", "a test"
        )

    @property
    def touched(self) -> bool:
        """Whether anything but a look came to the node."""
        told = self._commands.read_text()
        return self.hit.exists() or "touch" in told or "/changes/" in told or "gnt-runbook-lock" in told

    def anchored(self, *tips: Tip) -> None:
        lines = [f"Jan  1 00:00:00 node1 gnt-runbook[7]: {Anchor(RUN, tip).text}\n" for tip in tips]
        (self._nodes.folder / "anchors").write_text("".join(lines))
