"""Making many reads on one host: as few commands as it takes, and an answer or an error for each of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, cast, get_args, runtime_checkable

from engine.errors import HostError, LinkLostError
from engine.hosts import batch
from engine.hosts.batch import Batch, Piece
from engine.hosts.budget import Budget, silent, too_much
from engine.hosts.host import Host, Result
from engine.hosts.limits import Over
from engine.hosts.reads import Read

Answer = Result | HostError


class RunsAlone(Protocol):
    """`Link.run`."""

    def __call__(self, argv: Sequence[str], *, timeout: float) -> Result: ...


Look = Callable[[Batch], Result]
"""`HostLink.look`."""


@runtime_checkable
class ManyReads(Protocol):
    """A link that makes many reads by one command; each gets an answer or an error, in their order."""

    @property
    def alive(self) -> bool:
        """Whether it can be used again."""
        ...

    def make_reads(self, reads: Sequence[Read], budget: Budget) -> Sequence[Answer]: ...


def made_one_by_one(host: Host, run: RunsAlone, reads: Sequence[Read], budget: Budget | None = None) -> list[Answer]:
    """The answers, by a command each, for links that can do no more than that.

    A host that takes no command is not asked again.
    """
    budget = budget or Budget()
    answers: list[Answer] = []
    gone: HostError | None = None
    for one in reads:
        answer = gone or budget.refused(host, one) or _made(host, run, one, budget)
        if isinstance(answer, HostError) and answer.code not in _OF_ONE_READ:
            gone = answer
        answers.append(answer)
    return answers


_OF_ONE_READ = frozenset({"host-silent", "printed-too-much"})


def _made(host: Host, run: RunsAlone, read: Read, budget: Budget) -> Answer:
    seconds = budget.seconds(read)
    try:
        result = run(read.argv, timeout=seconds)
    except HostError as error:
        return error
    except LinkLostError as error:
        budget.spend(seconds, 0, failed=True)
        if error.code in _OVER:
            return budget.not_ended(host, read, cast("Over", error.code))
        budget.not_ended(host, read, "timed-out")
        return silent(host, error.what, error.hint)
    size = len(result.stdout) + len(result.stderr)
    budget.spend(result.seconds, size, failed=False)
    if size > read.limit:
        return budget.not_ended(host, read, "printed-too-much")
    budget.ended(read)
    return result


_OVER = frozenset(get_args(Over))


def made_together(host: Host, look: Look, reads: Sequence[Read], budget: Budget | None = None) -> list[Answer]:
    """The answers in the order of the reads: what each would have said alone.

    A read that does not end costs its own time and its own answer; when its program does not end a second time, it is
    not started again. A host that uses up its budget is asked nothing more.

    Args:
        host: for what is said.
        look: makes many of them at once.
        reads: what to read.
        budget: what the host may still cost.
    """
    budget = budget or Budget()
    answers: dict[Read, Answer] = {}
    left = list(dict.fromkeys(reads))
    while left:
        answers |= {one: error for one in left if (error := budget.refused(host, one)) is not None}
        # What did not end before comes last, so that the others are heard first.
        left = sorted((one for one in left if one not in answers), key=budget.suspects)
        if group := next(batch.chunks(left), None):
            answers |= _attempt(host, look, group, budget)
        left = [one for one in left if one not in answers]
    return [answers[one] for one in reads]


def _attempt(host: Host, look: Look, reads: Sequence[Read], budget: Budget) -> dict[Read, Answer]:
    """One command; it answers one read at least."""
    composed = batch.composed(reads, budget.seconds)
    sent = replace(composed, timeout=min(composed.timeout, budget.left))
    begun = time.monotonic()
    over: Over | None = None
    try:
        result = look(sent)
    except LinkLostError as error:
        printed = batch.pieces(sent, error.stdout, error.stderr)
        size = len(error.stdout) + len(error.stderr)
        seconds = time.monotonic() - begun
        if error.code not in _OVER or not printed:
            budget.spend(seconds, size, failed=True)
            kind = too_much if error.code == "printed-too-much" else silent
            nothing: Answer = kind(host, error.what, error.hint)
            return dict.fromkeys(reads, nothing) | _seen(host, sent, printed, seconds, budget, cut=True)
        over, culprit = cast("Over", error.code), batch.at_work(sent, error.stdout)
    except HostError as error:
        return dict.fromkeys(reads, error)
    else:
        printed = batch.pieces(sent, result.stdout, result.stderr)
        size, seconds, culprit = len(result.stdout) + len(result.stderr), result.seconds, None
    found = _seen(host, sent, printed, seconds, budget, cut=over is not None)
    if over is not None and (culprit is not None or not found):
        blamed = culprit or reads[0]
        found[blamed] = budget.not_ended(host, blamed, over)
    elif not found:
        found[reads[0]] = silent(host, "What came was no answer.", f"Log in to {host} and look at its shell.")
    budget.spend(seconds, size, failed=any(isinstance(one, HostError) for one in found.values()))
    return found


def _seen(
    host: Host, sent: Batch, printed: dict[Read, Piece], seconds: float, budget: Budget, *, cut: bool
) -> dict[Read, Answer]:
    """The reads of which the end is known, those among them that the host itself ended, or did not begin."""
    found: dict[Read, Answer] = {}
    for one in sent.reads:
        piece = printed.get(one)
        if piece is None or (cut and piece.last and piece.exit_code is None):
            continue
        if piece.skipped:
            found[one] = silent(
                host,
                f"{one.argv[0]} on {host} had just been seen not to end, and was not started again.",
                f"Log in to {host} and look what {one.argv[0]} waits for.",
            )
        elif piece.exit_code is None:
            found[one] = budget.not_ended(host, one, "timed-out")
        elif max(len(piece.stdout), len(piece.stderr)) > one.limit:
            found[one] = budget.not_ended(host, one, "printed-too-much")
        else:
            budget.ended(one)
            found[one] = Result(one.argv, piece.stdout, piece.stderr, piece.exit_code, seconds)
    return found
