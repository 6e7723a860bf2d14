"""How well a runbook is practised, in the version it has now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from engine.drills.record import Drill, Where

Stale = Literal["", "never", "other-version", "old"]

REASONS: dict[Stale, str] = {
    "": "",
    "never": "never rehearsed",
    "other-version": "not rehearsed in this version",
    "old": "not rehearsed for a long time",
}


@dataclass(frozen=True, slots=True)
class DrillStatus:
    """The exercises of one runbook, seen from the version it has now.

    Attributes:
        rehearsed: the last one of this version that reached a good end, wherever it was.
        real: the last one of this version on a real cluster that did.
        earlier: the last good one of another version; earlier_real: likewise, on a real cluster.
        failed: the last one of this version, where it reached no good end.
        stale: why it should be rehearsed; empty if it need not.
    """

    rehearsed: Drill | None
    real: Drill | None
    earlier: Drill | None
    earlier_real: Drill | None
    failed: Drill | None
    stale: Stale

    @property
    def words(self) -> str:
        """One paragraph."""
        parts = [_place("Rehearsed", "Never rehearsed", self.rehearsed, self.earlier)]
        parts.append(_place("On a real cluster", "Never on a real cluster", self.real, self.earlier_real))
        if self.failed is not None:
            parts.append(f"The last rehearsal, on {self.failed.day}, did not reach a good end ({self.failed.code}).")
        return " ".join(parts)

    @property
    def as_data(self) -> dict[str, Any]:
        """For machines."""
        names = ("rehearsed", "real", "earlier", "earlier_real", "failed")
        drills = {name: getattr(self, name) for name in names}
        return {"stale": self.stale or None, **{name: one and asdict(one) for name, one in drills.items()}}


def standing(digest: str, drills: Sequence[Drill], now: datetime, days: int) -> DrillStatus:
    """Where a runbook stands.

    Args:
        digest: of the version it has now.
        drills: all exercises of this runbook, the oldest first.
        now: the time.
        days: after so many it should be rehearsed again.
    """
    this = [one for one in drills if one.digest == digest]
    others = [one for one in drills if one.digest != digest]
    rehearsed, earlier = _last(this), _last(others)
    stale: Stale = ""
    if rehearsed is None:
        stale = "other-version" if earlier is not None else "never"
    elif _time(rehearsed) < now - timedelta(days=days):
        stale = "old"
    return DrillStatus(
        rehearsed=rehearsed,
        real=_last(this, "real"),
        earlier=earlier,
        earlier_real=_last(others, "real"),
        failed=this[-1] if this and not this[-1].good else None,
        stale=stale,
    )


def _last(drills: Sequence[Drill], where: Where | None = None) -> Drill | None:
    return next((one for one in reversed(drills) if one.good and where in {None, one.where}), None)


def _time(drill: Drill) -> datetime:
    try:
        time = datetime.fromisoformat(drill.time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _place(done: str, never: str, this: Drill | None, earlier: Drill | None) -> str:
    if this is not None:
        return f"{done} in this version on {this.day} ({this.scenario}, by {this.by})."
    if earlier is not None:
        return f"{never} in this version; an earlier version was on {earlier.day}."
    return f"{never}."
