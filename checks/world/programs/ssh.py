"""ssh, as far as it says what it would use for a host: `ssh -G HOST`, from root's configuration alone."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from checks.releases import SSH_SAYS_SETTINGS
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

CONFIG = "/root/.ssh/config"
DEFAULTS = {"user": "root", "port": "22"}
FAILED = 255


@program("ssh")
def ssh(call: ProgramCall, args: list[str]) -> int:
    if not SSH_SAYS_SETTINGS.on(call.cluster.version):
        call.fail(
            "unknown option -- G", "usage: ssh [-1246AaCfgKkMNnqsTtVvXxYy] [user@]hostname [command]", code=FAILED
        )
    options = parse_unix(call, args, {"-G"}, code=FAILED)
    if "-G" not in options.flags or len(options.rest) != 1:
        call.fail("ssh: only `ssh -G HOST` is known here", code=FAILED)
    host = options.rest[0]
    found = {"host": host, "hostname": host} | DEFAULTS | _first(call.machine.files.read(CONFIG) or "", host)
    call.say(*(f"{key} {value}" for key, value in found.items()))
    return 0


def _first(text: str, host: str) -> dict[str, str]:
    """For each keyword the first value in a section that is about this host."""
    found: dict[str, str] = {}
    counts = True
    for line in text.splitlines():
        match = re.match(r"\s*(\w+)(?:\s*=\s*|\s+)(\S.*)", line)
        if match is None or line.lstrip().startswith("#"):
            continue
        key, value = match[1].lower(), match[2].strip()
        if key == "host":
            patterns = value.split()
            hit = any(fnmatchcase(host, one) for one in patterns if not one.startswith("!"))
            counts = hit and not any(fnmatchcase(host, one[1:]) for one in patterns if one.startswith("!"))
        elif counts:
            found.setdefault(key, value)
    return found
