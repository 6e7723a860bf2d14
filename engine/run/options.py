"""What is settled about a run before it begins: by the site and the settings, and by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.effects import Effect
from engine.findings import Diagnosis
from engine.hosts.reads import Read
from engine.journal.events import Event
from engine.knowledge import Context
from engine.locks.interface import OneAtATime, Unlocked
from engine.run.context import RunContext
from engine.run.overrides import Overrides
from engine.run.second_person import Approvals


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How runs are made on a site, each of them.

    Attributes:
        who: the person behind them, for the journal.
        sources: where each thing that `who` says was read.
        at_once: how many items of a loop may be done at the same time; an embedded site does one after the other.
        syslog: the socket of this machine's syslog, which gets the anchors too; None to leave it out.
        survey: says what is wrong with the site, for the record of before and after; None to leave that out.
        locks: what keeps other runs away from this one; a rehearsal needs none.
        second_person: steps from this effect on need a second person, whatever the runbook says of itself.
        approvals: how a second person is asked, where one is needed; a rehearsal goes on without.
        on_manual: told when the person says that a manual step is done; a rehearsal acts on it.
        probes: reads of programs that may hang, made before a host is changed.
    """

    mode: Literal["real", "rehearsal"]
    who: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    at_once: int = 1
    syslog: Path | None = None
    survey: Callable[[Context], Diagnosis] | None = None
    locks: Callable[[RunContext], OneAtATime] = lambda _run: Unlocked()
    second_person: Effect | None = None
    approvals: Approvals | None = None
    on_manual: Callable[[str], None] = lambda _step: None
    probes: tuple[Read, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was said about one run before it began.

    Attributes:
        reason: why it is made, in words; ticket: what a ticket system calls that.
        yes_up_to: steps up to this effect are approved without asking; never destructive ones.
        undoes: the run that this one takes back; before: the hash of the last line of its journal.
        told: what was answered, and heard from hosts, for the record.
    """

    forced: Overrides = field(default_factory=Overrides)
    reason: str = ""
    ticket: str = ""
    yes_up_to: Effect = Effect.SAFE
    undoes: str = ""
    before: str = ""
    told: Sequence[Event] = ()
