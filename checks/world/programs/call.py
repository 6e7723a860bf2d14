"""One execution of a command on a simulated node: what programs are given, and how they end early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from checks.world.cluster import SimulatedCluster
from checks.world.node.machine import Machine


class EndedError(Exception):
    """A program that ends before its last line, with this exit code; it has said why."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class HangingError(Exception):
    """A program that will not end within the time its caller allows."""


@dataclass(slots=True)
class ProgramCall:
    """A running command.

    Attributes:
        deadline: the moment (of the simulated clock) at which the caller gives up.
        programs: what can be called on a node, by name.
    """

    cluster: SimulatedCluster
    machine: Machine
    argv: tuple[str, ...]
    deadline: float
    programs: Mapping[str, Run]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    @property
    def program(self) -> str:
        return self.argv[0]

    def say(self, *lines: str) -> None:
        self.out.extend(f"{line}\n" for line in lines)

    def complain(self, *lines: str) -> None:
        self.err.extend(f"{line}\n" for line in lines)

    def fail(self, *lines: str, code: int = 1) -> NoReturn:
        """Say why on standard error, and end."""
        self.complain(*lines)
        raise EndedError(code)

    def spend(self, seconds: float) -> None:
        """Take time; what falls due meanwhile happens."""
        self.cluster.clock.sleep(seconds)

    def wait_to_the_end(self) -> NoReturn:
        """Block until the caller gives up."""
        self.cluster.clock.pass_to(self.deadline)
        raise HangingError


Run = Callable[[ProgramCall, list[str]], int]
"""What a program does with its arguments; it returns its exit code."""
