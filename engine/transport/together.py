"""Making many reads on one host: as few commands as it takes, and an answer or an error for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from engine.errors import HostError, HostUnreachableError, LinkLostError
from engine.transport import batch
from engine.transport.batch import Batch, Piece
from engine.transport.interface import Host, Result
from engine.transport.reads import Read

Answer = Result | HostError


class Run(Protocol):
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

    def make_reads(self, reads: Sequence[Read]) -> Sequence[Answer]: ...


def silent(host: Host, why: str, hint: str = "") -> HostUnreachableError:
    """The error of a read whose end was not seen. Nothing can be half done by a read: the host did not answer."""
    return HostUnreachableError(f"{host} did not answer.", why=why, hint=hint, code="host-silent")


def made(host: Host, run: Run, read: Read) -> Answer:
    """The answer to one read, by a command of its own."""
    try:
        return run(read.argv, timeout=read.timeout)
    except HostError as error:
        return error
    except LinkLostError as error:
        return silent(host, error.what, error.hint)


def made_one_by_one(host: Host, run: Run, reads: Sequence[Read]) -> list[Answer]:
    """The answers, by a command each, for links that can do no more than that.

    A host that takes no command is not asked again; a program that did not end is not started again.
    """
    answers: list[Answer] = []
    hung: dict[str, HostError] = {}
    gone: HostError | None = None
    for one in reads:
        answer = gone or hung.get(one.argv[0]) or made(host, run, one)
        if isinstance(answer, HostError):
            if answer.code == "host-silent":
                hung[one.argv[0]] = answer
            else:
                gone = answer
        answers.append(answer)
    return answers


def made_together(host: Host, run: Run, reads: Sequence[Read], look: Look | None = None) -> list[Answer]:
    """The answers in the order of the reads: what each would have said alone.

    `look` makes many of them at once, by a command like any other where it is not given; `run` makes the few that
    cannot be made together.

    One read that does not end costs its own time and only its own answer, and those of the same program, which would
    not end either.
    """
    look = look or (lambda sent: run(sent.argv, timeout=sent.timeout))
    answers: dict[Read, Answer] = {}
    for group in batch.chunks(dict.fromkeys(reads)):
        left = list(group)
        while left:
            answers |= _attempt(host, look, run, left)
            left = [one for one in left if one not in answers]
    return [answers[one] for one in reads]


def _attempt(host: Host, look: Look, run: Run, reads: Sequence[Read]) -> dict[Read, Answer]:
    """One command; it answers one read at least."""
    sent = batch.composed(reads)
    try:
        result = look(sent)
    except LinkLostError as error:
        printed = batch.pieces(sent, error.stdout, error.stderr)
        if not printed or error.code != "timed-out":
            nothing: Answer = silent(host, error.what, error.hint)
            return dict.fromkeys(reads, nothing) | _seen(host, sent, printed, sent.timeout, cut=True)
        seen = _seen(host, sent, printed, sent.timeout, cut=True)
        return seen or {reads[0]: _not_ended(host, reads[0])}
    except HostError as error:
        return dict.fromkeys(reads, error)
    printed = batch.pieces(sent, result.stdout, result.stderr)
    seen = _seen(host, sent, printed, result.seconds, cut=False)
    # Too much was printed, or a shell did what no shell should: these are asked for one by one.
    return seen | {one: made(host, run, one) for one in reads if one not in seen}


def _seen(host: Host, sent: Batch, printed: dict[Read, Piece], seconds: float, *, cut: bool) -> dict[Read, Answer]:
    found: dict[Read, Answer] = {}
    for one in sent.reads:
        piece = printed.get(one)
        if piece is None or (cut and piece.last and piece.exit_code is None):
            continue
        if piece.exit_code is None:
            found[one] = _not_ended(host, one, begun=not piece.skipped)
        else:
            found[one] = Result(one.argv, piece.stdout, piece.stderr, piece.exit_code, seconds)
    return found


def _not_ended(host: Host, read: Read, *, begun: bool = True) -> HostUnreachableError:
    program = read.argv[0]
    return silent(
        host,
        f"{program} on {host} did not end within {read.timeout:g} s."
        if begun
        else f"{program} on {host} had just been seen not to end, and was not started again.",
        f"Log in to {host} and look what {program} waits for.",
    )
