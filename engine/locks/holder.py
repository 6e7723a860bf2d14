"""Who holds a lock, as its one line of JSON says it; and whether that process is surely gone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.clock import Clock
from engine.identity import name_of
from engine.redaction.redactor import REDACTOR

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class LockProcess:
    """A process, told apart from any other that has or had its number.

    Attributes:
        kernel: boot of the kernel and namespace that the number belongs to: a container has numbers of its own.
        began: when it was started, in the kernel's ticks since that boot.
    """

    kernel: str
    pid: int
    began: str

    @property
    def gone(self) -> bool:
        """Whether it has surely ended; False wherever that cannot be told from here."""
        if not self.kernel or self.kernel != kernel():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):  # somebody else's lives, too
            pass
        began = began_at(self.pid)
        return bool(began and self.began) and began != self.began


def this() -> LockProcess:
    """The process that asks."""
    return LockProcess(kernel(), os.getpid(), began_at(os.getpid()))


def kernel() -> str:
    """The boot and the namespace of process numbers; nothing where the system does not tell."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    except (OSError, ValueError):
        return ""


def began_at(pid: int) -> str:
    """When a process was started; nothing if that cannot be seen."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    # The second field is its name, in parentheses, and may hold anything; the start is field 22 (proc(5)).
    fields = text.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""  # noqa: PLR2004 - as above


class Holder(BaseModel):
    """A run that holds a lock. What a later version adds to the line is passed over.

    Attributes:
        token: what the lock is known by; drawn anew for each run, so that no run is taken for another.
        run: its name; runbook: what it runs.
        by: the person; login, account: what the kernel and the system say of them; origin: where they logged in from.
        machine, pid, kernel, began: the process, see `engine.locks.holder.LockProcess`.
        since: when it took the lock, by its own clock (ISO 8601, UTC).
        step: the step it is at; empty before the first one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    token: str = Field(pattern="^[0-9a-f]{32}$")
    run: str
    runbook: str
    by: str = ""
    login: str = ""
    account: str = ""
    origin: str = ""
    machine: str = ""
    pid: int = 0
    kernel: str = ""
    began: str = ""
    since: str = ""
    step: str = ""

    @classmethod
    def of(cls, run: str, runbook: str, known: Mapping[str, str], clock: Clock) -> Self:
        """This process, which makes a run; `known` is what is known of the person (`engine.identity`)."""
        process = this()
        return cls(
            token=secrets.token_hex(16),
            run=run,
            runbook=runbook,
            by=_text(name_of(known)),
            login=_text(known.get("login", "")),
            account=_text(known.get("account", "")),
            origin=_text(known.get("from", "")),
            machine=_text(known.get("machine", "")),
            pid=process.pid,
            kernel=process.kernel,
            began=process.began,
            since=clock.now().isoformat(timespec="seconds"),
        )

    def at(self, step: str) -> Self:
        """The same, at a step."""
        return self.model_copy(update={"step": _text(REDACTOR.text(step))})

    @property
    def line(self) -> str:
        """One line of JSON; whatever is in it, it holds no newline."""
        return self.model_dump_json()

    @classmethod
    def from_line(cls, text: str) -> Self | None:
        """Whoever wrote a line; None where it is none that can be understood."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None

    @property
    def process(self) -> LockProcess:
        return LockProcess(self.kernel, self.pid, self.began)


def _text(value: str) -> str:
    """What UTF-8 can hold of it: a name of the system may be any bytes."""
    return value.encode(errors="replace").decode()
