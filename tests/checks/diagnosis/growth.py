"""What a diagnosis of a simulated cluster does, counted: calls of each function, parses, and reads."""

from __future__ import annotations

import re
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from checks.diagnosis.diagnose import diagnose
from checks.site import discover
from checks.world.scenarios import FOLDER, load, world_of
from checks.world.site_model import ScenarioSite
from engine.hosts.reader import Reader
from engine.knowledge import Context

HERE = Path(__file__).parents[3]
PARSERS = re.compile(r"checks/\w+/parse\b")
DISKS = 3
"""Instances with a mirrored disk that each node is the primary one of."""


@dataclass
class Counted:
    """What was done.

    Attributes:
        done: how often. Calls of each function of ours but the embedded cluster's, steps of generators among them, by
            file, name and line; and in all: `calls` of whatever function, `parses` of a text, `reads` of all nodes.
    """

    done: Counter[str] = field(default_factory=Counter)


def diagnosed(nodes: int, scenario: str = "healthy") -> Counted:
    """Diagnose a cluster of so many nodes in this state."""
    # No other cluster has these: what is kept by name for good is of no help.
    names = tuple(f"node{number}.of{nodes}.example" for number in range(1, nodes + 1))
    instances = tuple(f"vm{number}.of{nodes}.example" for number in range(1, nodes * DISKS + 1))
    world = world_of(load(FOLDER.joinpath(f"{scenario}.yaml"), ScenarioSite(nodes=names, instances=instances)))
    entered: Counter[CodeType] = Counter()
    lock = threading.Lock()

    def enter(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            with lock:
                entered[frame.f_code] += 1

    threading.setprofile(enter)
    sys.setprofile(enter)
    try:
        reader = Reader(world.links)
        found = diagnose(Context(reader, discover(reader, [world.entry]), world.clock))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert found.all_well == (scenario == "healthy"), found
    assert {*found.answered, *found.silent} == set(names)
    counted = Counted(Counter(calls=sum(entered.values()), reads=len(world.record())))
    for code, number in entered.items():
        path = Path(code.co_filename)
        # What the embedded cluster does to answer depends on what it has kept; how often it is asked is counted above.
        if (
            path.is_relative_to(HERE)
            and ".venv" not in path.parts
            and not path.is_relative_to(HERE / "checks" / "world")
        ):
            name = f"{path.relative_to(HERE)}:{code.co_qualname}"
            counted.done[f"{name}:{code.co_firstlineno}"] += number
            if PARSERS.match(name) and code.co_name.startswith("parse_"):
                counted.done["parses"] += number
    return counted
