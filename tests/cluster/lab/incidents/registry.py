"""The incidents by the names that the command line knows them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.lab.lab import Lab

    Incident = Callable[[Lab], dict[str, str]]

INCIDENTS: dict[str, Incident] = {}


def incident(name: str) -> Callable[[Incident], Incident]:
    """Register an incident."""

    def register(function: Incident) -> Incident:
        INCIDENTS[name] = function
        return function

    return register
