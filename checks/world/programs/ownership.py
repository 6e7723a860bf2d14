"""chown, chmod and ln, as far as runbooks use them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from checks.world.node.filesystem import normal
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

USERS = frozenset({"root", "gnt-masterd", "gnt-confd", "gnt-rapi", "nobody", "www-data"})
OPERANDS = 2


@program("chown")
def chown(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-R"}, (), {"--recursive": "-R"})
    if len(options.rest) < OPERANDS:
        call.fail("chown: missing operand", "Try 'chown --help' for more information.")
    whom, *paths = options.rest
    owner, _colon, group = whom.partition(":")
    if owner and owner not in USERS:
        call.fail(f"chown: invalid user: '{whom}'")
    files = call.machine.files
    code = 0
    for path in paths:
        entry = files.get(path)
        if entry is None:
            call.complain(f"chown: cannot access '{path}': No such file or directory")
            code = 1
            continue
        for name, one in list(files.below(path)) if "-R" in options.flags else [(path, entry)]:
            files.put(name, replace(one, owner=owner or one.owner, group=group or one.group))
    return code


@program("chmod")
def chmod(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, ())
    if len(options.rest) < OPERANDS:
        call.fail("chmod: missing operand", "Try 'chmod --help' for more information.")
    mode, *paths = options.rest
    if not re.fullmatch("[0-7]{3,4}", mode):
        call.fail(f"chmod: invalid mode: '{mode}'", "Try 'chmod --help' for more information.")
    code = 0
    for path in paths:
        entry = call.machine.files.get(path)
        if entry is None:
            call.complain(f"chmod: cannot access '{path}': No such file or directory")
            code = 1
        else:
            call.machine.files.put(path, replace(entry, mode=int(mode, 8)))
    return code


@program("ln")
def ln(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-s"}, (), {"--symbolic": "-s"})
    if len(options.rest) != OPERANDS or "-s" not in options.flags:
        call.fail("ln: only `ln -s TARGET LINK_NAME` is known here")
    target, path = options.rest
    files = call.machine.files
    if files.get(path) is not None or files.is_link(path):
        call.fail(f"ln: failed to create symbolic link '{path}': File exists")
    if not files.is_dir(posixpath.dirname(normal(path))):
        call.fail(f"ln: failed to create symbolic link '{path}': No such file or directory")
    files.link(path, target)
    return 0
