"""Who was waited for, and when: computed from the times of the lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from engine.report.model import Span, TimelineRow

Role = Literal["operator", "approver", "host", "worker", "condition", "engine"]

NAMES = {"operator": "the operator", "approver": "a second person", "condition": "something to become true"}
ENGINE = "gnt-runbook: reading, planning, recording"
ORDER: tuple[Role, ...] = ("operator", "approver", "host", "worker", "condition", "engine")


class Timeline:
    """Collects spans while a journal is gone through; all times are seconds since the run began."""

    def __init__(self) -> None:
        self._spans: dict[tuple[Role, str], list[Span]] = {}
        self._open: dict[str, tuple[Role, str, Span]] = {}

    def begin(self, key: str, role: Role, who: str, at: float, what: str) -> None:
        """Somebody is waited for; `key` tells the wait from others. The same wait again only says something newer."""
        waiting = self._open.get(key)
        if waiting is not None and waiting[:2] == (role, who):
            waiting[2].what = what
            return
        self.end(key, at)
        self._open[key] = (role, who, Span(at, 0.0, what))

    def end(self, key: str, at: float) -> bool:
        """The wait is over; whether there was one."""
        waiting = self._open.pop(key, None)
        if waiting is None:
            return False
        role, who, span = waiting
        span.seconds = max(0.0, at - span.at)
        self._spans.setdefault((role, who), []).append(span)
        return True

    def add(self, role: Role, who: str, since: float, until: float, what: str) -> None:
        self._spans.setdefault((role, who), []).append(Span(since, max(0.0, until - since), what))

    def rows(self, total: float) -> list[TimelineRow]:
        """One row a party, and one for the engine itself: the time in which nobody else was waited for."""
        for key, (_role, _who, span) in list(self._open.items()):
            span.open = True
            self.end(key, total)
        rows = [
            TimelineRow(NAMES.get(role, who), role, _covered(spans), sorted(spans, key=lambda one: one.at))
            for (role, who), spans in self._spans.items()
        ]
        rest = list(_gaps((one for row in rows for one in row.spans), total))
        rows.append(TimelineRow(ENGINE, "engine", _covered(rest), rest))
        return sorted(rows, key=lambda row: ORDER.index(row.role))


def _gaps(spans: Iterable[Span], total: float) -> Iterable[Span]:
    at = 0.0
    for one in sorted(spans, key=lambda one: one.at):
        if one.at > at:
            yield Span(at, one.at - at, "")
        at = max(at, one.at + one.seconds)
    if total > at:
        yield Span(at, total - at, "")


def _covered(spans: Iterable[Span]) -> float:
    found, at = 0.0, 0.0
    for one in sorted(spans, key=lambda one: one.at):
        found += max(0.0, one.at + one.seconds - max(at, one.at))
        at = max(at, one.at + one.seconds)
    return round(found, 3)
