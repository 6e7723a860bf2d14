"""Journals to report on: made by the writer, line by line, at times of the test's choosing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.journal.events import (
    Answered,
    Checked,
    Event,
    FollowUpLeft,
    Intent,
    Outcome,
    PreconditionSeen,
    RunEnded,
    RunStarted,
    StepBegun,
    StepEnded,
    Surveyed,
    Waiting,
)
from engine.journal.line import FIRST, digest, encode

RUN = "20260101-000000-toy-0000"
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
START = RunStarted(RUN, "toy", "sha256:d", "0.1.0", "real", "home", {"where": "hall"}, {"login": "alice"}, "it is dark")
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script><img src=x onerror=alert(2)>\n"
    "```\n# not a heading\n</pre></details>\n\u202egnirts\u2066 \ufffd\x00\n" + "A" * 1_000_000 + "\n" + "line\n" * 5000
)

DIFF = "--- a\n+++ b\n@@ -1 +1 @@\n-off\n+on"

TOLD: tuple[tuple[float, Event], ...] = (
    (0, START),
    (1, Surveyed("before", ({"code": "dark", "title": "It is dark.", "evidence": ["/lamp: off"]},), seconds=1.0)),
    (2, PreconditionSeen("has-lamp", holds=True, summary="There is a lamp.", evidence=("hall: /lamp",))),
    (3, PreconditionSeen("has-power", None, "The meter does not answer.", (), "I have seen it")),
    (3, StepEnded("look", "not-needed", "it was looked at", "Look")),
    (4, StepBegun("switch", "Switch it on", {"lamp": {"on": False}})),
    (4, Waiting("switch", "operator", "Switch it on: go on?")),
    (64, Answered("switch", "Switch it on: go on?", "go", "yes", "digest")),
    (64, Intent("switch#1", "switch", "hall.example", "disruptive", {"argv": ["lamp", "on", "a b"]}, "digest")),
    (84, Outcome("switch#1", "done", 0, 20.0, "lamp is on\n")),
    (84, Waiting("switch", "condition", "The lamp warms up: 10 %")),
    (94, Waiting("switch", "condition", "The lamp warms up: 90 %")),
    (124, Checked("switch", holds=True, summary="The lamp is on.", evidence=("hall: /lamp",))),
    (124, StepEnded("switch", "done", "The lamp is on.", "Switch it on")),
    (124, StepBegun("edit[attic]", "Edit", {})),
    (124, Intent("edit[attic]#2", "edit[attic]", "attic.example", "reversible",
                 {"file": "/etc/lamp", "backup": "/etc/lamp.old", "diff": DIFF}, "d")),
    (125, Outcome("edit[attic]#2", "done", 0, 1.0)),
    (125, StepEnded("edit[attic]", "done", "the file is changed", "Edit")),
    (125, FollowUpLeft("switch-off", "home", "It burns.", {"where": "hall"})),
    (126, Checked("postcondition", holds=True, summary="It is bright.")),
    (127, Surveyed("after", (), ({"question": "Is the attic dark?", "why": "no answer"},), ("hall",), ("attic",))),
    (128, RunEnded(0, "done", "2 changes were made")),
)  # fmt: skip


def lines(told: Sequence[tuple[float, Event]]) -> list[bytes]:
    found: list[bytes] = []
    previous = FIRST
    for number, (seconds, event) in enumerate(told, start=1):
        time = (BEGUN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
        found.append(encode(number, time, previous, event))
        previous = digest(found[-1])
    return found


def write(folder: Path, told: Sequence[tuple[float, Event]] = TOLD, more: bytes = b"", run: str = RUN) -> Path:
    path = folder / f"{run}.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines(told)) + more)
    return path


def hostile(folder: Path) -> Path:
    """A run whose commands print the worst, on both streams, and whose every text is hostile."""
    bad = HOSTILE[:200]
    return write(
        folder,
        (
            (0, RunStarted(RUN, "toy", bad, bad, "real", bad, {bad: bad}, {bad: bad}, bad)),
            (0, Surveyed("before", ({"title": bad, "evidence": [bad], "next": bad, "command": bad},))),
            (1, StepBegun("switch", bad, {bad: bad})),
            (2, Answered("switch", bad, bad, bad, "", bad)),
            (3, Intent("switch#1", "switch", bad, "destructive", {"argv": ["lamp", bad]}, "d")),
            (4, Outcome("switch#1", "failed", 1, 1.0, HOSTILE, HOSTILE)),
            (5, Intent("switch#2", "switch", "hall", "reversible", {"file": bad, "diff": HOSTILE}, "d")),
            (6, Outcome("switch#2", "unknown", why=bad)),
            (7, Checked("switch", holds=False, summary=bad, evidence=(bad, HOSTILE))),
            (8, StepEnded("switch", "failed", bad, bad)),
            (9, RunEnded(4, "outcome-unknown", bad)),
        ),
    )
