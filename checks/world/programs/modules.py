"""modprobe, and awk as far as it writes one word to one file of the kernel."""

from __future__ import annotations

import re

from checks.world import kernel
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

_WRITES = re.compile(r'BEGIN \{ printf "%s", (\w+) > "([^"]+)" \}')


@program("modprobe")
def modprobe(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-r", "-v"}, (), {"--remove": "-r", "--verbose": "-v"})
    if len(options.rest) != 1:
        call.fail("modprobe: ERROR: missing parameters. See -h.")
    name = options.rest[0]
    if name != "drbd":
        call.fail(f"modprobe: FATAL: Module {name} not found in directory /lib/modules/6.1.0")
    if "-r" not in options.flags:
        kernel.load(call.machine)
    elif call.machine.drbd:
        call.fail("modprobe: FATAL: Module drbd is in use.")
    else:
        kernel.unload(call.machine)
    return 0


@program("awk")
def awk(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, (), {"-v"}, code=2)
    match = _WRITES.fullmatch(options.rest[0]) if len(options.rest) == 1 else None
    if match is None:
        call.fail("awk: only a program that writes one word to one file is known here", code=2)
    variables = dict(word.partition("=")[::2] for word in options.values.get("-v", []))
    path, text = match[2], variables.get(match[1], "")
    if path.startswith("/sys/"):
        if call.machine.files.get(path) is None:
            call.fail(f'awk: cannot open "{path}" (Permission denied)', code=2)
        # The kernel takes what is written as it is, and shows it with a newline.
        text += "\n"
    call.machine.files.write(path, text, mtime=call.cluster.now)
    return 0
