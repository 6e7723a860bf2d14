"""Files as the reads of a capture show them: whole, line by line, or only that they are not there; and packages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatch

from checks.look.commands import BOOT_MODULES, CONF_FILES, CONF_LINKS, LVM_SETTINGS, MODULE_OPTIONS, PACKAGES
from checks.look.nodes import MISSING
from checks.look.output import split_files
from checks.paths import LVM_CONF
from checks.world.from_capture.captured import CapturedAnswers
from checks.world.kernel import AT_BOOT
from checks.world.node import packages
from checks.world.node.filesystem import FileSystem
from checks.world.node.machine import Machine
from engine.capture.model import question
from engine.hosts.host import Result

MADE_UP = ("/proc/", "/sys/")
"""Where the kernel makes up what is read."""
STAT = ("stat", "-c")
_KEYS = {"%U": "owner", "%G": "group", "%a": "mode"}
_PACKAGE_FIELDS = 3
_TREE = ("grep", "-r", "-H", "-s", "")


def overlay(files: FileSystem, told: CapturedAnswers, node: str) -> None:
    """Bring the files of a node in line with what was read there; what was not read stays as a node usually has it."""
    results = list(told.all(node))
    for result in results:
        if question(result.argv)[: len(_TREE)] == _TREE:
            _tree(files, result)
    _modules(files, told, node)
    settings = told.text(node, LVM_SETTINGS)
    if settings is not None:
        files.write(LVM_CONF, settings)
    for result in results:
        match result.argv:
            case ("cat", path) if not path.startswith(MADE_UP):
                _whole(files, path, result)
            case ("test", "-d" | "-e" | "-f", path) if not result.ok:
                files.remove(path)
            case _:
                continue
    for result in results:
        if result.argv[:2] == STAT:
            _owners(files, result)


def _whole(files: FileSystem, path: str, result: Result) -> None:
    if result.ok:
        files.write(path, result.stdout)
    elif MISSING in result.stderr:
        files.remove(path)


def _tree(files: FileSystem, result: Result) -> None:
    """All files of some names below a folder, as grep prints them: those it does not name are not there."""
    folders = [word for word in question(result.argv)[len(_TREE) :] if word.startswith("/")]
    names = [word.removeprefix("--include=") for word in result.argv if word.startswith("--include=")]
    left_out = [word.removeprefix("--exclude-dir=") for word in result.argv if word.startswith("--exclude-dir=")]
    for folder in folders:
        for path in [path for path, _file in files.below(folder)]:
            apart = {posixpath.join(folder, name) for name in left_out}
            if any(fnmatch(posixpath.basename(path), name) for name in names) and not any(
                path.startswith(f"{one}/") for one in apart
            ):
                files.remove(path)
    for path, text in split_files(result.stdout, "/").items():
        # An empty file has no line that grep could print; nobody can tell it from none.
        files.write(f"/{path}", f"{text}\n")


def _modules(files: FileSystem, told: CapturedAnswers, node: str) -> None:
    options, boot = told.result(node, MODULE_OPTIONS), told.result(node, BOOT_MODULES)
    if options is not None:
        for path in [path for path, _file in files.below("/etc/modprobe.d") if path.endswith(".conf")]:
            files.remove(path)
        for path, text in split_files(options.stdout, "/").items():
            files.write(f"/{path}", f"{text}\n")
    if boot is not None and not boot.stdout.strip():
        for top in AT_BOOT:
            for path, file in list(files.below(top)):
                if file.text is not None:
                    kept = [line for line in file.text.splitlines() if line.strip() != "drbd"]
                    files.write(path, "".join(f"{line}\n" for line in kept))


def _owners(files: FileSystem, result: Result) -> None:
    """Owners and modes from `stat -c FORM PATH…`, as far as the form tells them."""
    form, paths = result.argv[2], result.argv[3:]
    words = re.escape(form).replace("%n", r"(?P<path>.+)").replace("%F", r"(?P<kind>.+?)")
    for key, name in _KEYS.items():
        words = words.replace(key, rf"(?P<{name}>\S+)")
    pattern = re.compile(re.sub(r"%[a-zA-Z]", r"\\S+", words))
    seen = dict(_seen(pattern, result, paths))
    for path in paths:
        file, found = files.get(path), seen.get(path)
        if found is None:
            if MISSING in result.stderr and f"'{path}'" in result.stderr:
                files.remove(path)
            continue
        if file is None:
            files.make_dir(path) if found.get("kind") == "directory" else files.write(path, "")
            file = files.get(path)
        if file is not None:
            file.owner, file.group = found.get("owner", file.owner), found.get("group", file.group)
            file.mode = int(found.get("mode", f"{file.mode:o}"), 8)


def _seen(pattern: re.Pattern[str], result: Result, paths: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    for number, line in enumerate(result.lines):
        if match := pattern.fullmatch(line):
            found = match.groupdict()
            yield found.get("path") or (paths[number] if number < len(paths) else ""), found


def install(machine: Machine, told: CapturedAnswers, now: float) -> None:
    """Take away what is not installed, or not in /etc/ganeti; of files that are there only the names are known."""
    listed = told.result(machine.name, PACKAGES)
    if listed is not None:
        there = {
            words[0]
            for line in listed.lines
            if len(words := line.split()) == _PACKAGE_FIELDS and words[2] == "installed"
        }
        packages.remove(machine, packages.installed(machine).keys() - there, now)
    names, links = told.result(machine.name, CONF_FILES), told.result(machine.name, CONF_LINKS)
    if names is None or links is None:
        return
    kept = _paths(names, "  ", 1) | _paths(links, "\t", 0)
    for path, file in list(machine.files.below(packages.CONF)):
        if file.text is not None and path not in kept:
            machine.files.remove(path)
    if not kept and not (names.ok and links.ok):
        machine.files.remove(packages.CONF)


def _paths(result: Result, between: str, place: int) -> set[str]:
    """The paths that a line of find tells, on one side of what stands between."""
    return {parts[place] for line in result.lines if len(parts := line.split(between, 1)) == 2}  # noqa: PLR2004 - a pair
