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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.hosts import command
from engine.hosts.budget import BYTES
from engine.hosts.limits import Output, Over, Patience, Streams
from engine.hosts.reads import Read

LONGEST = 96 * 1024
"""Bytes of one script, quoted; a host takes somewhat more in one word (`command.LONGEST`)."""
GRACE = 30.0
"""Seconds for all of a batch beyond what its slowest read may take."""
SLACK = 3.0
"""Seconds we wait for a read longer than it may take, where `timeout` ends it there: until we have heard of that."""

# What makes the reads, one process each: on a slow host each further one costs more than what it is for.
#
# A read is a child that the shell waits for. Where one may hang, something ticks each second meanwhile, so that the
# shell wakes up and counts; a program that has had its time is killed, and not waited for any longer: one that waits
# for a disk does not even end then. It is not started again: it would hang again, and cost its time again. `wait` says
# more than 128 where it was woken up, and as well where the program was killed; whether there still is somebody to wait
# for tells which. A quick one that goes on printing to nobody, when we have hung up, is ended by the kernel:
# `ulimit -t` counts seconds of a processor.
READING = r"""
began() {
    printf '%s%s<%s;' "$x" "$y" "$n"
    printf '%s%s<%s;' "$x" "$y" "$n" >&2
    n=$((n + 1))
}
followed() {
    ticks=0
    while :; do
        wait "$p" 2>/dev/null; code=$?
        [ "$code" -gt 128 ] || break
        if kill -0 "$p" 2>/dev/null; then
            [ "$ticks" -gt "$limit" ] || continue
            kill -9 "$p" 2>/dev/null; wait "$p" 2>/dev/null
            return 1
        fi
        wait "$p" 2>/dev/null; again=$?
        [ "$again" -eq 127 ] || code=$again
        break
    done
}
r() {
    limit=$1 program=$2; shift
    began
    case $hung in *" $program "*) printf '%s%s-;' "$x" "$y"; return ;; esac
    command -v "$program" >/dev/null 2>&1 || set -- env "$@"
    (exec "$@" </dev/null) & p=$!
    followed || { hung="$hung$program "; return; }
    printf '%s%s>%s;' "$x" "$y" "$code"
}
q() {
    limit=0 program=$1
    began
    if [ "$program" = test ]; then
        "$@" </dev/null; code=$?
    else
        command -v "$program" >/dev/null 2>&1 || set -- env "$@"
        (ulimit -t 60 2>/dev/null; exec "$@" </dev/null)
        code=$?
    fi
    printf '%s%s>%s;' "$x" "$y" "$code"
}
watched() {
    trap 'ticks=$((ticks + 1))' ALRM
    (while sleep 1; do kill -ALRM "$$" || exit; done) </dev/null >/dev/null 2>&1 & ticker=$!
}
unwatched() {
    trap '' ALRM
    kill "$ticker" 2>/dev/null; wait "$ticker" 2>/dev/null
}
"""
QUICK = frozenset({"cat", "date", "grep", "ip", "ls", "stat", "test"})
"""Programs that only read files, without a limit of their own; the shell itself can `test`.

Should one hang all the same, the batch is given up where it stands when that one's time is over, and what is left of it
is asked for anew.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some reads, composed into one command.

    Attributes:
        argv: what to execute.
        seconds: how long each of them may take.
        timeout: seconds until all of it is given up.
        mark: what stands before each beginning and each end of what a read prints.
    """

    reads: tuple[Read, ...]
    seconds: tuple[float, ...]
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


class BatchStreams(Streams):
    """What a batch prints: over as soon as one read has had its time, or has printed more than it may.

    Args:
        sent: the batch.
        end: what is printed behind it, if anything is.
    """

    def __init__(self, sent: Batch, *, end: bytes = b"") -> None:
        super().__init__()
        self._sent = sent
        most = sum(one.limit for one in sent.reads)
        self._frames = [_Frames(sent.mark, most, end) for _ in range(2)]
        self.out, self.err = self._frames
        self._at = -1
        self._patience = Patience(sent.timeout)

    @property
    def over(self) -> Over | None:
        at = self._frames[0].at
        if at > self._at and at < len(self._sent.reads):
            slack = 0.0 if self._sent.reads[at].argv[0] in QUICK else SLACK
            self._at, self._patience = at, Patience(self._sent.seconds[at] + slack)
        for one in self._frames:
            limit = self._sent.reads[max(min(one.at, len(self._sent.reads) - 1), 0)].limit
            if one.since > limit or one.size > BYTES:
                return "printed-too-much"
        return "timed-out" if self._patience.left() <= 0 else None


class _Frames(Output):
    """One stream of a batch: which read it is at, and how much that one has printed."""

    def __init__(self, mark: str, most: int, end: bytes) -> None:
        # Whole: more of one read than it may print is never kept, and so not more of all of them.
        super().__init__(2 * most, end=end)
        self._begins = re.compile(re.escape(mark.encode()) + rb"<([0-9]{1,6});")
        self._longest = len(mark) + 8
        self._rest = b""
        self.at = -1
        self._before = 0

    @property
    def since(self) -> int:
        """Bytes since it is at this read, those that tell its beginning among them."""
        return self.size - self._before

    def add(self, data: bytes) -> None:
        super().add(data)
        seen = self._rest + data
        # Only forward: what a host says again is no new read, and has no new time and no new room.
        for begun in self._begins.finditer(seen):
            if int(begun[1]) > self.at:
                self.at, self._before = int(begun[1]), self.size - len(seen) + begun.end()
        self._rest = seen[-self._longest :]


def composed(reads: Sequence[Read], seconds: Callable[[Read], float] | None = None) -> Batch:
    """One command for all these reads.

    Args:
        reads: what to read.
        seconds: how long each may take, where that is not its own timeout.

    Raises:
        UnusableCommandError: no host could be given one of these reads.
    """
    halves = secrets.token_hex(8), secrets.token_hex(8)
    times = [seconds(one) if seconds else one.timeout for one in reads]
    argv = ("sh", "-c", READING + _script(reads, times), "batch", *halves)
    return Batch(tuple(reads), tuple(times), argv, _patience(reads, times), "".join(halves))


def typed(sent: Batch) -> str:
    """The same for a shell that makes one batch after the other, and knows `READING` already."""
    _sh, _c, script, _name, *words = sent.argv
    return f"set -- {shlex.join(words)}\n{script.removeprefix(READING)}"


def chunks(reads: Iterable[Read]) -> Iterator[tuple[Read, ...]]:
    """The reads in as few groups as a host takes in one command, in their order."""
    group: list[Read] = []
    for one in reads:
        if (
            group
            and len(shlex.quote(READING + _script([*group, one], [one.timeout for one in (*group, one)])).encode())
            > LONGEST
        ):
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
        if own is None or said is None:
            continue
        found[one] = Piece(own.text, said.text, own.code, own.skipped, number + 1 not in out)
    return found


def at_work(batch: Batch, stdout: str) -> Read | None:
    """The read that had been begun and had not ended, where this was the last that was heard."""
    out = _told_apart(batch.mark, stdout)
    last = max(out, default=-1)
    return batch.reads[last] if 0 <= last < len(batch.reads) and out[last].code is None else None


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


def _script(reads: Sequence[Read], seconds: Sequence[float]) -> str:
    for one in reads:
        # The same refusals as for a single command: `env` starts it here as there.
        command.words(one.argv, search_path=(), sudo=False)
        if one.argv[0].startswith("-"):
            raise command.UnusableCommandError(f"{one.argv[0]!r} cannot be the name of a program.")
    each = [f"{_begin(one, limit)} {shlex.join(one.argv)}" for one, limit in zip(reads, seconds, strict=True)]
    if any(one.argv[0] not in QUICK for one in reads):
        each = ["watched", *each, "unwatched"]
    return "\n".join(("x=$1 y=$2 n=0 hung=' '", *each, ""))


def _begin(one: Read, seconds: float) -> str:
    return "q" if one.argv[0] in QUICK else f"r {max(1, math.ceil(seconds))}"


def _patience(reads: Sequence[Read], seconds: Sequence[float]) -> float:
    """Each program may hang once, but not all of them one after another."""
    by_program: dict[str, float] = {}
    for one, limit in zip(reads, seconds, strict=True):
        by_program[one.argv[0]] = max(limit, by_program.get(one.argv[0], 0.0))
    return min(sum(by_program.values()), max(by_program.values()) + GRACE) + 5.0
