"""The processes of a node, and which of them are Ganeti's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.look.output import ParseError

LINE = re.compile(r" *(\d{1,10}) +(\d{1,10}) +(\S+) +(\S+) +(\d{1,12}) (.*)")
PYTHON = re.compile(r"python[0-9.]*")
DAEMONS = ("noded", "confd", "wconfd", "luxid", "rapi", "mond", "metad", "kvmd")
"""The daemons of Ganeti 2.12 to 3.1, by the part of their name after `ganeti-`."""


@dataclass(frozen=True, slots=True)
class Process:
    """One line of ps.

    Attributes:
        state: ps's letters; a first letter D is a process that waits for a disk and cannot be killed, T or t one
            that is stopped and does nothing until it is told to go on.
        seconds: since it was started.
    """

    pid: int
    parent: int
    user: str
    state: str
    seconds: int
    command: str

    @property
    def words(self) -> list[str]:
        """Its arguments as far as ps can tell them apart, without a python interpreter in front."""
        words = self.command.split()
        if words and PYTHON.fullmatch(words[0].rpartition("/")[2]):
            return words[1:]
        return words

    @property
    def stopped(self) -> bool:
        """It was stopped, by a signal (T) or a debugger (t)."""
        return self.state.startswith(("T", "t"))

    @property
    def daemon(self) -> str | None:
        """The short name of the Ganeti daemon it is, such as `luxid`; children of noded are noded too."""
        name = self.words[0].rpartition("/")[2] if self.words else ""
        short = name.removeprefix("ganeti-")
        return short if short != name and short in DAEMONS else None

    @property
    def job(self) -> int | None:
        """The number of the Ganeti job it executes.

        Since 2.12 each job is a process `<python> …/ganeti/jqueue/exec.py N` (src/Ganeti/Query/Exec.hs). A
        shell that has those words somewhere in its command line is none.
        """
        words = self.words
        if len(words) == len(("exec.py", "N")) and len(self.command.split()) > len(words):
            number = words[1]
            if words[0].endswith("/jqueue/exec.py") and re.fullmatch(r"[1-9][0-9]{0,17}", number):
                return int(number)
        return None


def parse_processes(text: str) -> tuple[Process, ...]:
    """Read `ps -e -ww -o pid=,ppid=,user:20=,stat=,etimes=,args=`.

    Raises:
        ParseError: a line is not of that form, or there is none at all.
    """
    processes = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = LINE.fullmatch(line.replace("\r", " "))
        if match is None:
            raise ParseError("The list of processes", "not a line of ps", line=line)
        pid, parent, user, state, seconds, command = match.groups()
        processes.append(Process(int(pid), int(parent), user, state, int(seconds), command.strip()))
    if not processes:
        raise ParseError("The list of processes", "it is empty")
    return tuple(processes)


def daemons(processes: Iterable[Process]) -> tuple[str, ...]:
    """The short names of the Ganeti daemons among them, in alphabetical order."""
    return tuple(sorted({process.daemon for process in processes if process.daemon}))
