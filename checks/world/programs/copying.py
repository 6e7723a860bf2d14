"""rsync from one node to another over ssh, and find in the forms in which folders are compared."""

from __future__ import annotations

import hashlib
import posixpath
import shlex
from fnmatch import fnmatchcase

from checks.world.ganeti import host_keys
from checks.world.node.filesystem import normal
from checks.world.node.machine import Machine
from checks.world.node.packages import installed
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

SSH_FAILED = 255
NOT_FOUND_THERE = 12


@program("rsync")
def rsync(call: ProgramCall, args: list[str]) -> int:
    """Only `--archive --rsh=… SOURCE… root@NODE:FOLDER/`."""
    options = parse_unix(call, args, {"-a"}, {"-e"}, {"--archive": "-a", "--rsh": "-e"})
    *sources, goal = options.rest or [""]
    user, colon, folder = goal.partition(":")
    target = call.cluster.machine(user.removeprefix("root@"))
    if not (colon and sources and target is not None and "-a" in options.flags):
        call.fail("rsync error: syntax or usage error (code 1) at main.c(1795) [client=3.2.7]")
    words = shlex.split(options.value("-e"))
    alias = next((word.partition("=")[2] for word in words if word.startswith("-oHostKeyAlias=")), "")
    call.spend(2.0)
    problem = host_keys.gets_in(call.machine, target, alias=alias)
    if problem:
        call.fail(
            problem,
            "rsync: connection unexpectedly closed (0 bytes received so far) [sender]",
            f"rsync error: unexplained error (code {SSH_FAILED}) at io.c(228) [sender=3.2.7]",
            code=SSH_FAILED,
        )
    if "rsync" not in installed(target):
        call.fail("bash: line 1: rsync: command not found", code=NOT_FOUND_THERE)
    for source in sources:
        _copy(call, source, target, folder)
    return 0


def _copy(call: ProgramCall, source: str, target: Machine, folder: str) -> None:
    top = normal(source)
    if call.machine.files.get(source) is None:
        call.fail(f'rsync: [sender] link_stat "{source}" failed: No such file or directory (2)', code=23)
    base = top if source.endswith("/") else posixpath.dirname(top)
    for path, entry in list(call.machine.files.below(top)):
        to = normal(folder + path[len(base) :])
        if entry.text is None:
            target.files.make_dir(to, mode=entry.mode)
        else:
            target.files.make_dir(posixpath.dirname(to))
            target.files.put(to, entry)


@program("find")
def find(call: ProgramCall, args: list[str]) -> int:
    top, *rest = args or ["."]
    files = call.machine.files
    if "-maxdepth" in rest:
        return _named(call, args)
    if rest == ["-type", "f", "-exec", "sha256sum", "{}", "+"]:
        found = [
            f"{hashlib.sha256((entry.text or '').encode()).hexdigest()}  {path}"
            for path, entry in files.below(top)
            if entry.text is not None and not entry.target
        ]
    elif rest == ["-type", "l", "-printf", r"%p\t%l\n"]:
        found = [f"{path}\t{entry.target}" for path, entry in files.below(top) if entry.target]
    else:
        call.fail(f"find: unknown predicate `{rest[0] if rest else ''}'")
    if files.get(top) is None:
        call.fail(f"find: '{top}': No such file or directory")
    call.say(*found)
    return 0


def _named(call: ProgramCall, args: list[str]) -> int:
    """The regular files of some folders whose names match, each with its size, in the form in which that is asked."""
    match args[args.index("-maxdepth") :]:
        case ["-maxdepth", "1", "-type", "f", "-name", pattern, "-printf", r"%s\t%p\n"]:
            folders = args[: args.index("-maxdepth")]
        case _:
            call.fail("find: this form is not imitated")
    files, missing = call.machine.files, 0
    for top in folders:
        if not files.is_dir(top):
            call.complain(f"find: '{top}': No such file or directory")
            missing = 1
            continue
        for name in files.names_in(top):
            entry = files.get(posixpath.join(top, name))
            if entry is not None and entry.text is not None and not entry.target and fnmatchcase(name, pattern):
                call.say(f"{len(entry.text.encode())}\t{posixpath.join(top, name)}")
    return missing


@program("env")
def env(call: ProgramCall, args: list[str]) -> int:
    """A command with some variables set; none of the programs here looks at any."""
    words = list(args)
    while words and "=" in words[0]:
        words.pop(0)
    named = call.programs.get(words[0]) if words else None
    if named is None:
        call.fail(f"env: '{words[0] if words else ''}': No such file or directory", code=127)
    return named(call, words[1:])
