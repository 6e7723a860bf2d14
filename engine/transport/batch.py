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

from engine.transport import command
from engine.transport.budget import BYTES
from engine.transport.output import Output, Over, Streams
from engine.transport.patience import Patience
from engine.transport.reads import Read

LONGEST = 96 * 1024
"""Bytes of one script, quoted; a host takes somewhat more in one word (`command.LONGEST`)."""
GRACE = 30.0
"""Seconds for all of a batch beyond what its slowest read may take."""
SLACK = 3.0
"""Seconds we wait for a read longer than it may take, where `timeout` ends it there: until we have heard of that."""

# Executes one read and says how it ended. `timeout` ends only its own child, and a command that waits for a disk
# does not end at all; so the child is a shell that can stop waiting, and says nothing then.
_ONE = r"""
trap 'kill -9 "$p" 2>/dev/null; exit 1' TERM
x=$1 y=$2; shift 2
env "$@" </dev/null & p=$!
wait "$p"
printf '%s%s>%s;' "$x" "$y" "$?"
"""

# A program that hung once is not started again: it would hang again, and cost its time again. A quick one that goes on
# printing to nobody, when we have hung up, is ended by the kernel: `ulimit -t` counts seconds of a processor.
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
    (ulimit -t 60 2>/dev/null; exec env "$@" </dev/null)
    printf '%s%s>%s;' "$x" "$y" "$?"
}
"""
QUICK = frozenset({"cat", "date", "grep", "ip", "ls", "stat"})
"""Programs that only read files, without a limit of their own: three more processes a read are many on a slow host.

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
    argv = ("sh", "-c", _script(reads, times), "batch", *halves, _ONE)
    return Batch(tuple(reads), tuple(times), argv, _patience(reads, times), "".join(halves))


def typed(sent: Batch) -> str:
    """The same for a shell that makes one batch after the other."""
    _sh, _c, script, _name, *words = sent.argv
    return f"set -- {shlex.join(words)}\n{script}"


def chunks(reads: Iterable[Read]) -> Iterator[tuple[Read, ...]]:
    """The reads in as few groups as a host takes in one command, in their order."""
    group: list[Read] = []
    for one in reads:
        if (
            group
            and len(shlex.quote(_script([*group, one], [one.timeout for one in (*group, one)])).encode()) > LONGEST
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
    return _ALL + "".join(
        f"{_begin(one, limit)} {shlex.join(one.argv)}\n" for one, limit in zip(reads, seconds, strict=True)
    )


def _begin(one: Read, seconds: float) -> str:
    return "q" if one.argv[0] in QUICK else f"r {max(1, math.ceil(seconds))}"


def _patience(reads: Sequence[Read], seconds: Sequence[float]) -> float:
    """Each program may hang once, but not all of them one after another."""
    by_program: dict[str, float] = {}
    for one, limit in zip(reads, seconds, strict=True):
        by_program[one.argv[0]] = max(limit, by_program.get(one.argv[0], 0.0))
    return min(sum(by_program.values()), max(by_program.values()) + GRACE) + 5.0
