"""What is installed on a node of the twin, and what stands in /etc/ganeti there."""

from __future__ import annotations

from checks.facts.commands import CONF_FILES, CONF_LINKS, PACKAGES
from checks.world import packages
from checks.world.machine import Machine
from checks.world.twin.told import Told
from engine.transport.interface import Result

_FIELDS = 3


def install(machine: Machine, told: Told, now: float) -> None:
    """Take away what is not there; of files that are there only the names are known."""
    listed = told.result(machine.name, PACKAGES)
    if listed is not None:
        there = {words[0] for line in listed.lines if len(words := line.split()) == _FIELDS and words[2] == "installed"}
        packages.remove(machine, packages.installed(machine).keys() - there, now)
    names, links = told.result(machine.name, CONF_FILES), told.result(machine.name, CONF_LINKS)
    if names is None or links is None:
        return
    kept = _paths(names, "  ", 1) | _paths(links, "\t", 0)
    for path, file in list(machine.files.below(packages.CONF)):
        if file.text is not None and path not in kept:
            machine.files.remove(path)
    if not kept and not (names.ok and links.ok):
        machine.files.remove(packages.CONF)


def _paths(result: Result, between: str, place: int) -> set[str]:
    """The paths that a line of find tells, on one side of what stands between."""
    return {parts[place] for line in result.lines if len(parts := line.split(between, 1)) == 2}  # noqa: PLR2004 - a pair
