"""Folders with records of exercises: lines of JSON, only ever added to; what is damaged hides nothing else."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from engine import ownership
from engine.drills.record import Drill, from_line, to_line

FILE = "drills.jsonl"
SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Drills:
    """What is known of exercises.

    Attributes:
        all: every record that can be read, the oldest first.
        damaged: what cannot be read, in words.
    """

    all: tuple[Drill, ...]
    damaged: tuple[str, ...]

    def of(self, runbook: str) -> tuple[Drill, ...]:
        return tuple(one for one in self.all if one.runbook == runbook)


def add(folder: Path, drill: Drill) -> None:
    """Add a record, and wait until the disk has it.

    Raises:
        OSError: it is not on the disk.
    """
    ownership.make_folder(folder)
    file = os.open(folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT | ownership.NOT_FOLLOWED, 0o600)
    try:
        if why := ownership.stranger(os.fstat(file)):
            raise ownership.StrangerError(folder / FILE, why)
        fcntl.flock(file, fcntl.LOCK_EX)
        end = os.fstat(file).st_size
        # What a crash has left without its end must not take the next record with it.
        torn = end > 0 and os.pread(file, 1, end - 1) != b"\n"
        line = (b"\n" if torn else b"") + to_line(drill)
        if os.write(file, line) != len(line):
            os.ftruncate(file, end)
            raise OSError(0, "it could only be written in part")
        os.fsync(file)
    finally:
        os.close(file)


def read_all(folders: Iterable[Path], shipped: Iterable[Traversable] = ()) -> Drills:
    """Read all records in these folders; one that is not there holds none. Raises nothing.

    Args:
        folders: those of this machine and of the site; what others may have written there is not counted.
        shipped: those that came with the packs: who can write there can write the program.
    """
    known: dict[tuple[str, str], Drill] = {}
    damaged: list[str] = []
    relied_on = [(folder, True) for folder in folders] + [(folder, False) for folder in shipped]
    for folder, checked in relied_on:
        try:
            files = _files(folder, checked=checked)
        except FileNotFoundError:
            continue
        except OSError as error:
            damaged.append(f"{folder}: {error.strerror or error}")
            continue
        for file in files:
            try:
                lines = _content(file, checked=checked).split(b"\n")
            except OSError as error:
                damaged.append(f"{file}: {error.strerror or error}")
                continue
            bad = 0
            for line in filter(None, lines):
                try:
                    drill = from_line(line)
                except ValueError:
                    bad += 1
                else:
                    known.setdefault((drill.run, drill.where), drill)
            if bad:
                damaged.append(f"{file}: {bad} of {len(list(filter(None, lines)))} lines cannot be read")
    return Drills(tuple(sorted(known.values(), key=lambda one: one.time)), tuple(damaged))


def _files(folder: Path | Traversable, *, checked: bool) -> list[Path | Traversable]:
    if checked and isinstance(folder, Path):
        ownership.check(folder)
    return sorted((one for one in folder.iterdir() if one.name.endswith(SUFFIX)), key=lambda one: one.name)


def _content(file: Path | Traversable, *, checked: bool) -> bytes:
    return ownership.read_own(file) if checked and isinstance(file, Path) else file.read_bytes()
