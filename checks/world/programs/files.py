"""The plain tools that read and move files."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable
from datetime import UTC, datetime

from checks.world import kernel
from checks.world.node.filesystem import File, FileSystem, normal
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

BLOCK = 4096
FREE = (262144, 150000)
"""Free blocks and inodes of a file system that is not full."""
INODES = 196608


def mode_letters(entry: File) -> str:
    letters = "".join(letter if entry.mode & (1 << (8 - index)) else "-" for index, letter in enumerate("rwxrwxrwx"))
    return ("d" if entry.text is None else "-") + letters


@program("cat")
def cat(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, ())
    kernel.refresh(call.machine, call.cluster.now)
    code = 0
    for path in options.rest:
        entry = call.machine.files.get(path)
        if entry is None:
            call.complain(f"cat: {path}: No such file or directory")
            code = 1
        elif entry.text is None:
            call.complain(f"cat: {path}: Is a directory")
            code = 1
        else:
            call.out.append(entry.text)
    return code


@program("head", "tail")
def head_or_tail(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, (), {"-n"}, {"--lines": "-n"})
    kernel.refresh(call.machine, call.cluster.now)
    count = options.value("-n", "10").lstrip("-+")
    if not count.isdecimal():
        call.fail(f"{call.program}: invalid number of lines: '{options.value('-n')}'")
    code = 0
    for path in options.rest:
        text = call.machine.files.read(path)
        if text is None:
            call.complain(f"{call.program}: cannot open '{path}' for reading: No such file or directory")
            code = 1
            continue
        lines = text.splitlines(keepends=True)
        number = int(count)
        call.out += lines[:number] if call.program == "head" else lines[max(0, len(lines) - number) :]
    return code


@program("ls")
def ls(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-1", "-a", "-A", "-l", "-d", "-n"})
    kernel.refresh(call.machine, call.cluster.now)
    files = call.machine.files
    code = 0
    for path in options.rest or ["/root"]:
        entry = files.get(path)
        if entry is None:
            call.complain(f"ls: cannot access '{path}': No such file or directory")
            code = 2
            continue
        if entry.text is None and "-d" not in options.flags:
            shown = [(name, files.get(posixpath.join(path, name))) for name in files.names_in(path)]
            if "-l" in options.flags:
                call.say("total 0")
        else:
            shown = [(path, entry)]
        for name, item in shown:
            if name.startswith(".") and not options.flags & {"-a", "-A"}:
                continue
            call.say(_long(name, item) if "-l" in options.flags and item is not None else name)
    return code


def _long(name: str, entry: File) -> str:
    when = datetime.fromtimestamp(entry.mtime, UTC)
    size = 4096 if entry.text is None else len(entry.text.encode())
    return f"{mode_letters(entry)} 1 {entry.owner} {entry.group} {size:5d} {when:%b %e %H:%M} {name}"


@program("stat")
def stat(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-L", "-f"}, {"-c", "--printf"}, {"--format": "-c", "--dereference": "-L"})
    if "-f" in options.flags:
        return _stat_file_system(call, options.value("-c", ""))
    kernel.refresh(call.machine, call.cluster.now)
    code = 0
    for path in options.rest:
        entry = call.machine.files.get(path)
        if entry is None:
            call.complain(f"stat: cannot statx '{path}': No such file or directory")
            code = 1
            continue
        form = options.value("-c", "  File: %n\n  Size: %s\t%F\nAccess: (%04a/%A)  Uid: %U   Gid: %G\nModify: %Y")
        size = 4096 if entry.text is None else len(entry.text.encode())
        fields = {
            "%n": path,
            "%s": str(size),
            "%04a": f"{entry.mode:04o}",
            "%a": f"{entry.mode:o}",
            "%A": mode_letters(entry),
            "%U": entry.owner,
            "%G": entry.group,
            "%u": "0" if entry.owner == "root" else "104",
            "%g": "0" if entry.group == "root" else "109",
            "%Y": str(int(entry.mtime)),
            "%F": "directory" if entry.text is None else ("regular file" if size else "regular empty file"),
        }
        for key, value in fields.items():
            form = form.replace(key, value)
        call.say(form)
    if not options.rest:
        call.fail("stat: missing operand", "Try 'stat --help' for more information.")
    return code


def _stat_file_system(call: ProgramCall, form: str) -> int:
    blocks, inodes = (0, FREE[1]) if call.machine.full else FREE
    for key, value in {"%a": blocks, "%S": BLOCK, "%c": INODES, "%d": inodes}.items():
        form = form.replace(key, str(value))
    call.say(form)
    return 0


@program("test")
def test(call: ProgramCall, args: list[str]) -> int:
    kernel.refresh(call.machine, call.cluster.now)
    negated = args[:1] == ["!"]
    words = args[1:] if negated else args
    match words:
        case []:
            answer = False
        case [text]:
            answer = bool(text)
        case [operator, operand] if operator in _TESTS:
            answer = _TESTS[operator](call.machine.files, operand)
        case [left, "=" | "!=" as operator, right]:
            answer = (left == right) == (operator == "=")
        case _:
            call.fail(f"test: {words[0]}: unexpected operator", code=2)
    return int(answer == negated)


_TESTS: dict[str, Callable[[FileSystem, str], bool]] = {
    "-d": lambda files, path: files.is_dir(path),
    "-e": lambda files, path: files.get(path) is not None,
    "-f": lambda files, path: files.read(path) is not None,
    "-n": lambda _, text: bool(text),
    "-r": lambda files, path: files.get(path) is not None,
    "-s": lambda files, path: bool(files.read(path)),
    "-w": lambda files, path: files.get(path) is not None,
    "-z": lambda _, text: not text,
}


@program("sha256sum")
def sha256sum(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-b"}, (), {"--binary": "-b"})
    kernel.refresh(call.machine, call.cluster.now)
    code = 0
    for path in options.rest:
        entry = call.machine.files.get(path)
        if entry is None or entry.text is None:
            why = "No such file or directory" if entry is None else "Is a directory"
            call.complain(f"sha256sum: {path}: {why}")
            code = 1
        else:
            call.say(f"{hashlib.sha256(entry.text.encode()).hexdigest()}  {path}")
    return code


@program("mkdir")
def mkdir(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-p"}, {"-m"}, {"--parents": "-p", "--mode": "-m"})
    if not options.rest:
        call.fail("mkdir: missing operand", "Try 'mkdir --help' for more information.")
    files = call.machine.files
    code = 0
    for path in options.rest:
        entry = files.get(path)
        if entry is not None and (entry.text is not None or "-p" not in options.flags):
            call.complain(f"mkdir: cannot create directory '{path}': File exists")
            code = 1
        elif "-p" not in options.flags and not files.is_dir(posixpath.dirname(normal(path))):
            call.complain(f"mkdir: cannot create directory '{path}': No such file or directory")
            code = 1
        else:
            wanted = options.value("-m", "755")
            mode = int(wanted, 8) if set(wanted) <= set("01234567") else 0o755
            files.make_dir(path, mode=mode)
    return code


@program("rm")
def rm(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-f", "-r", "-v"}, (), {"--force": "-f", "--recursive": "-r", "-R": "-r"})
    files = call.machine.files
    if not options.rest and "-f" not in options.flags:
        call.fail("rm: missing operand", "Try 'rm --help' for more information.")
    code = 0
    for path in options.rest:
        entry = files.get(path)
        if entry is None:
            if "-f" not in options.flags:
                call.complain(f"rm: cannot remove '{path}': No such file or directory")
                code = 1
        elif entry.text is None and "-r" not in options.flags:
            call.complain(f"rm: cannot remove '{path}': Is a directory")
            code = 1
        elif normal(path) == "/":
            call.complain("rm: it is dangerous to operate recursively on '/'")
            code = 1
        else:
            files.remove(path)
    return code


@program("cp", "mv")
def move_or_copy(call: ProgramCall, args: list[str]) -> int:
    """Do mv and cp: into a directory or to a name; `-n` leaves what is there and says nothing."""
    flags = {"-n", "-f", "-v", "-T"} | ({"-a", "-p", "-r"} if call.program == "cp" else set())
    aliases = {"--no-clobber": "-n", "--archive": "-a", "--recursive": "-r", "--force": "-f"}
    options = parse_unix(call, args, flags, (), aliases)
    files = call.machine.files
    name = call.program
    if not options.rest[1:]:
        what = f"missing destination file operand after '{options.rest[0]}'" if options.rest else "missing file operand"
        call.fail(f"{name}: {what}", f"Try '{name} --help' for more information.")
    *sources, target = options.rest
    code = 0
    for source in sources:
        entry = files.get(source)
        goal = normal(target)
        if files.is_dir(goal) and "-T" not in options.flags:
            goal = normal(posixpath.join(goal, posixpath.basename(normal(source))))
        problem = _problem(
            call, source, goal, len(sources), recursive=name == "mv" or bool(options.flags & {"-a", "-r"})
        )
        if problem:
            call.complain(f"{name}: {problem}")
            code = 1
        elif entry is not None and not ("-n" in options.flags and files.get(goal) is not None):
            keep = name == "mv" or bool(options.flags & {"-a", "-p"})
            _place(call, normal(source), goal, keep=keep)
            if name == "mv":
                files.remove(source)
    return code


def _problem(call: ProgramCall, source: str, goal: str, count: int, *, recursive: bool) -> str:
    """Why this cannot be moved or copied there; nothing if it can."""
    files = call.machine.files
    entry, there = files.get(source), files.get(goal)
    parent = posixpath.dirname(goal)
    if entry is None:
        return f"cannot stat '{source}': No such file or directory"
    is_dir = entry.text is None
    problems = {
        f"-r not specified; omitting directory '{source}'": is_dir and not recursive,
        f"target '{parent}': No such file or directory": count > 1 and not files.is_dir(parent),
        f"cannot create regular file '{goal}': No such file or directory": not files.is_dir(parent),
        f"'{source}' and '{goal}' are the same file": goal == normal(source),
        f"cannot copy a directory, '{source}', into itself, '{goal}'": is_dir
        and goal.startswith(normal(source).rstrip("/") + "/"),
        f"cannot overwrite '{goal}' with '{source}'": there is not None and (there.text is None) != is_dir,
    }
    return next((words for words, applies in problems.items() if applies), "")


def _place(call: ProgramCall, source: str, goal: str, *, keep: bool) -> None:
    files = call.machine.files
    for path, entry in list(files.below(source)):
        to = goal + path[len(source) :]
        if keep:
            files.put(to, entry)
        elif entry.text is None:
            files.make_dir(to)
        else:
            files.write(to, entry.text, mtime=call.cluster.now)
