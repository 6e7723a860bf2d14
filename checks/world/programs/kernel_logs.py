"""What the kernel said: journalctl and dmesg; older nodes keep it in /var/log/kern.log as well."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from checks.releases import JOURNAL_NEWEST_FIRST, JOURNAL_SEARCH
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

BOOTED = 900.0
"""Seconds that the nodes have been up when the clock starts, as dmesg counts them."""


@program("journalctl")
def journalctl(call: ProgramCall, args: list[str]) -> int:
    values = {"--output", "--lines", *(("--grep",) if JOURNAL_SEARCH.on(call.cluster.version) else ())}
    options = parse_unix(
        call, args, {"--quiet", "--no-pager", "-k", "--reverse"}, values,
        {"-o": "--output", "-n": "--lines", "-q": "--quiet", "-r": "--reverse"},
    )  # fmt: skip
    wanted = re.compile(options.value("--grep"))
    host = call.machine.name.split(".", 1)[0]
    lines = [
        f"{datetime.fromtimestamp(when, UTC):%Y-%m-%dT%H:%M:%S%z} {host} kernel: {text}"
        for when, text in call.machine.kernel_log
        if wanted.search(text)
    ]
    shown = lines[-int(options.value("--lines", "100000")) :]
    implied = JOURNAL_NEWEST_FIRST.on(call.cluster.version) and {"--grep", "--lines"} <= options.values.keys()
    call.say(*(reversed(shown) if "--reverse" in options.flags or implied else shown))
    if not lines and "--quiet" not in options.flags:
        call.say("-- No entries --")
    return int(not lines and "--grep" in options.values)


@program("dmesg")
def dmesg(call: ProgramCall, args: list[str]) -> int:
    parse_unix(call, args, ())
    start = call.cluster.clock.epoch() - call.cluster.clock.monotonic() - BOOTED
    call.say(*(f"[{when - start:12.6f}] {text}" for when, text in call.machine.kernel_log))
    return 0
