"""The kernel of a node: its log about DRBD, and how the module was loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checks.look.commands import KERNEL_FILE, KERNEL_JOURNAL, cat
from checks.paths import MINOR_COUNT, PROC_DRBD, USERMODE_HELPER
from checks.world.from_capture.captured import CapturedAnswers
from checks.world.node.machine import Machine

_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:?\d\d|Z)) \S+ kernel: (?:\[ *[\d.]+\] )?(.*)")
_CLASSIC = re.compile(r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S+ kernel: (?:\[ *[\d.]+\] )?(.*)")


def boot(machine: Machine, told: CapturedAnswers, taken: datetime) -> None:
    """Load the module as it was loaded, and let the kernel have said what it said."""
    if not told.answers(machine.name):
        return
    machine.files.remove("/sys/module/drbd")
    machine.files.remove(PROC_DRBD)
    machine.drbd_loaded = told.text(machine.name, cat(PROC_DRBD)) is not None
    if machine.drbd_loaded:
        for path in (USERMODE_HELPER, MINOR_COUNT):
            text = told.text(machine.name, cat(path))
            if text is not None:
                machine.files.write(path, text)
    file, journal = told.text(machine.name, KERNEL_FILE), told.text(machine.name, KERNEL_JOURNAL)
    machine.syslog = file is not None
    # The journal is read with its newest line first.
    machine.kernel_log = list(_lines(file, taken)) if file else list(_lines(journal or "", taken))[::-1]


def _lines(text: str, taken: datetime) -> Iterator[tuple[float, str]]:
    for line in text.splitlines():
        if match := _ISO.fullmatch(line):
            yield datetime.fromisoformat(match[1]).timestamp(), match[2]
        elif match := _CLASSIC.fullmatch(line):
            # Such a log tells no year: it is the last one in which that day was not yet to come.
            when = datetime.strptime(f"{taken.year} {match[1]}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
            if when > taken + timedelta(days=1):
                when = when.replace(year=taken.year - 1)
            yield when.timestamp(), match[2]
