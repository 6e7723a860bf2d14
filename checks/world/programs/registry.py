"""Which programs a simulated node has: each is known by what stands above its function, and is listed nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from checks.world.programs.call import ProgramCall, Run
from engine.markers import Marker

program: Marker[Run] = Marker("program")
"""Lets a function be a program of the simulated nodes. The name of a command of one is both: `gnt-job list`."""


@cache
def installed() -> Mapping[str, Run]:
    """All programs of a simulated node, by name."""
    return programs_of(program.gathered("checks.world.programs"))


def programs_of(found: Mapping[str, Run]) -> Mapping[str, Run]:
    """These, with the commands of each program as one.

    Raises:
        ValueError: what has commands is a program by itself as well.
    """
    programs = {name: one for name, one in found.items() if " " not in name}
    for name in {name.partition(" ")[0] for name in found.keys() - programs.keys()}:
        if name in programs:
            raise ValueError(f"{name} is a program, and has commands that are programs")
        programs[name] = _of_commands(
            {one.partition(" ")[2]: found[one] for one in found if one.startswith(f"{name} ")}
        )
    return programs


def _of_commands(commands: Mapping[str, Run]) -> Run:
    """One of Ganeti's programs, which do nothing without a command (lib/cli.py)."""

    def run(call: ProgramCall, args: list[str]) -> int:
        command = commands.get(args[0]) if args else None
        if command is None:
            call.say(
                f"Usage: {call.program} {{command}} [options...] [argument...]",
                f"{call.program} <command> --help to see details, or man {call.program}",
                "",
                "Commands:",
                *(f" {name}" for name in sorted(commands)),
                "",
            )
            return 1
        return command(call, args[1:])

    return run
