"""The shell of a node: it knows our own scripts, each as a whole, and nothing of its syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.world.programs.lock import lock
from engine.locks import script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.world.call import Call

SCRIPTS: Mapping[str, Callable[[Call, list[str]], int]] = {script.SCRIPT: lock}


def sh(call: Call, args: list[str]) -> int:
    if args[:1] != ["-c"] or args[1] not in SCRIPTS:
        call.fail("sh: the rehearsal knows only scripts of gnt-runbook itself", code=2)
    return SCRIPTS[args[1]](call, args[3:])
