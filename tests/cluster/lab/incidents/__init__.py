"""Incidents: each breaks the cluster in one real way and returns what a person would be told.

A family of incidents is a module here; an incident is a function in it, decorated with its name. Its docstring is what
`incident --help` shows.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from tests.cluster.lab.errors import LabError
from tests.cluster.lab.incidents.registry import INCIDENTS

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab

__all__ = ["INCIDENTS", "cause"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def cause(lab: Lab, name: str) -> dict[str, str]:
    if name not in INCIDENTS:
        raise LabError(f"there is no incident {name!r}; there are {', '.join(sorted(INCIDENTS))}")
    return INCIDENTS[name](lab)
