"""Many reads of one host in one command: one login, one round trip, and each read still ends by itself.

The shell gets a fixed script and the words of each read, quoted one by one as `command.line` quotes them; it never
reads anything else. What the reads print is told apart by a mark that is drawn anew for each batch. The script gets
it in two halves, so that not even a list of all processes can print it.
"""

from __future__ import annotations

import math
import re
import secrets
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.transport import command
from engine.transport.output import LEFT_OUT
from engine.transport.reads import Read

LONGEST = 96 * 1024
"""Bytes of one script, quoted; a host takes somewhat more in one word (`command.LONGEST`)."""
GRACE = 30.0
"""Seconds for all of a batch beyond what its slowest read may take."""

# Executes one read and says how it ended. `timeout` ends only its own child, and a command that waits for a disk
# does not end at all; so the child is a shell that can stop waiting, and says nothing then.
_ONE = r"""
trap 'kill -9 "$p" 2>/dev/null; exit 1' TERM
x=$1 y=$2; shift 2
env "$@" </dev/null & p=$!
wait "$p"
printf '%s%s>%s;' "$x" "$y" "$?"
"""

# A program that hung once is not started again: it would hang again, and cost its time again.
_ALL = r"""
x=$1 y=$2 one=$3 n=0 hung=' '
[ "${bounded_by-}" = "$$" ] || { bounded_by=$$ bound=timeout; timeout 9 true 2>/dev/null || bound=; }
r() {
    limit=$1; shift
    printf '%s%s<%s;' "$x" "$y" "$n"
    printf '%s%s<%s;' "$x" "$y" "$n" >&2
    n=$((n + 1))
    case $hung in *" $1 "*) printf '%s%s-;' "$x" "$y"; return ;; esac
    ${bound:+timeout "$limit"} sh -c "$one" read "$x" "$y" "$@" || hung="$hung$1 "
}
q() {
    printf '%s%s<%s;' "$x" "$y" "$n"
    printf '%s%s<%s;' "$x" "$y" "$n" >&2
    n=$((n + 1))
    env "$@" </dev/null
    printf '%s%s>%s;' "$x" "$y" "$?"
}
"""
QUICK = frozenset({"cat", "date", "grep", "ip", "ls", "stat"})
"""Programs that only read files, without a limit of their own: three more processes a read are many on a slow host.

Should one hang all the same, the batch is given up where it stands, and what is left of it is asked for anew.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some reads, composed into one command.

    Attributes:
        argv: what to execute.
        timeout: seconds until it is given up; the reads have their own limits where the host has `timeout`.
        mark: what stands before each beginning and each end of what a read prints.
    """

    reads: tuple[Read, ...]
    argv: tuple[str, ...]
    timeout: float
    mark: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read of a batch printed.

    Attributes:
        exit_code: None for one that did not end within its time.
        skipped: it was not begun, because its program had not ended before.
        last: nothing came behind it: where the batch was given up, it may just have been at work.
    """

    stdout: str
    stderr: str
    exit_code: int | None
    skipped: bool
    last: bool


def composed(reads: Sequence[Read]) -> Batch:
    """One command for all these reads.

    Raises:
        UnusableCommandError: no host could be given one of these reads.
    """
    halves = secrets.token_hex(8), secrets.token_hex(8)
    argv = ("sh", "-c", _script(reads), "batch", *halves, _ONE)
    return Batch(tuple(reads), argv, _patience(reads), "".join(halves))


def typed(sent: Batch) -> str:
    """The same for a shell that makes one batch after the other."""
    _sh, _c, script, _name, *words = sent.argv
    return f"set -- {shlex.join(words)}\n{script}"


def chunks(reads: Iterable[Read]) -> Iterator[tuple[Read, ...]]:
    """The reads in as few groups as a host takes in one command, in their order."""
    group: list[Read] = []
    for one in reads:
        if group and len(shlex.quote(_script([*group, one])).encode()) > LONGEST:
            yield tuple(group)
            group = []
        group.append(one)
    if group:
        yield tuple(group)


def pieces(batch: Batch, stdout: str, stderr: str) -> dict[Read, Piece]:
    """What each read printed, as far as that is certain: one that is missing has to be made by itself."""
    out = _told_apart(batch.mark, stdout)
    err = _told_apart(batch.mark, stderr)
    found: dict[Read, Piece] = {}
    for number, one in enumerate(batch.reads):
        own, said = out.get(number), err.get(number)
        # A batch that printed too much has lost something between its beginning and its end, frames too.
        if own is None or said is None or LEFT_OUT.search(own.text) or LEFT_OUT.search(said.text):
            continue
        found[one] = Piece(own.text, said.text, own.code, own.skipped, number + 1 not in out)
    return found


@dataclass(slots=True)
class _Frame:
    text: str
    code: int | None = None
    skipped: bool = False


def _told_apart(mark: str, text: str) -> dict[int, _Frame]:
    frames: dict[int, _Frame] = {}
    at: _Frame | None = None
    # What comes before the first mark is a login shell's own chatter.
    for part in text.split(mark)[1:]:
        if begun := re.match(r"<(\d+);", part):
            at = frames[int(begun[1])] = _Frame(part[begun.end() :])
        elif (ended := re.match(r">(\d+);", part)) and at is not None:
            at.code = int(ended[1])
        elif part.startswith("-;") and at is not None:
            at.skipped = True
    return frames


def _script(reads: Sequence[Read]) -> str:
    for one in reads:
        # The same refusals as for a single command: `env` starts it here as there.
        command.words(one.argv, search_path=(), sudo=False)
        if one.argv[0].startswith("-"):
            raise command.UnusableCommandError(f"{one.argv[0]!r} cannot be the name of a program.")
    return _ALL + "".join(f"{_begin(one)} {shlex.join(one.argv)}\n" for one in reads)


def _begin(one: Read) -> str:
    return "q" if one.argv[0] in QUICK else f"r {max(1, math.ceil(one.timeout))}"


def _patience(reads: Sequence[Read]) -> float:
    """Each program may hang once, but not all of them one after another."""
    by_program: dict[str, float] = {}
    for one in reads:
        by_program[one.argv[0]] = max(one.timeout, by_program.get(one.argv[0], 0.0))
    return min(sum(by_program.values()), max(by_program.values()) + GRACE) + 5.0
