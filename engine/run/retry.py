"""A change and its end, over as many connections as that takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from engine.clock import Clock
from engine.english import duration
from engine.errors import HostError, HostUnreachableError, LinkLostError, RunbookError
from engine.hosts.host import Host, Link, Links
from engine.log import tell as tell_log
from engine.operator.interface import Line, Operator, Style

T = TypeVar("T")

PATIENCE = 1800.0
"""Seconds for which a host is tried again after its link was lost."""
UNSENT_PATIENCE = 120.0
"""Seconds for which a host that answered a moment ago is tried before the next change was sent at all."""
LONGEST_WAIT = 10.0
"""Seconds between two attempts at most."""
TELL_EVERY = 60.0
"""Seconds between two words of "still not"."""

MAY_COME_BACK = frozenset({"host-unreachable", "host-silent"})
"""What an error says of a host that is away, not of one that answers and does not want to."""
SURELY_NOT_BEGUN = frozenset({"host-no-record", "change-taken"})
"""What a host says that was asked for the change itself: it counts whatever was sent before."""


class _Away(Exception):  # noqa: N818 - no error of anybody's: the reason for one more attempt
    """The link is lost, or the host does not answer yet."""


class RetryingLink:
    """Speaks of one change to its host, and again each time the link was lost. The host begins it once only.

    Args:
        links: the way to its host.
        clock: paces the attempts.
        operator: told what is waited for.
        waits: told the same, for the record.
        give_up: whether somebody wants the run to end: a host that is away is not waited for then.
    """

    def __init__(
        self,
        links: Links,
        clock: Clock,
        operator: Operator,
        waits: Callable[[str], None],
        give_up: Callable[[], bool],
    ) -> None:
        self._links = links
        self._clock = clock
        self._operator = operator
        self._waits = waits
        self._give_up = give_up
        self._lost: LinkLostError | None = None
        self._unsent: HostError | None = None
        self._unless: Callable[[], bool] | None = None
        self._since = 0.0
        self._told = 0.0

    def send(
        self,
        host: Host,
        word: Callable[[Link], T],
        tick: Callable[[], None],
        unless: Callable[[], bool] | None = None,
    ) -> T:
        """Send a word about the change until it is answered.

        Args:
            host: where.
            word: what is done with a link; it is safe to be done again.
            tick: called now and then once it was sent; what it raises ends the waiting.
            unless: whether somebody wants the run to end before it was sent; None where a host that is away then is
                not waited for.

        Raises:
            HostError: it was surely not begun.
            LinkLostError: it was sent, and its end was not seen.
        """

        def sleep(seconds: float) -> None:
            end = self._clock.monotonic() + seconds
            while (left := end - self._clock.monotonic()) > 0 and not self._called_off():
                if self._lost is not None:
                    tick()
                self._clock.sleep(min(1.0, left))

        retrying = Retrying(
            sleep=sleep,
            wait=wait_exponential(multiplier=0.5, max=LONGEST_WAIT),
            stop=lambda _state: self._called_off() or self._clock.monotonic() - self._since > self._patience,
            retry=retry_if_exception_type(_Away),
            before_sleep=lambda state: self._tell(host, state),
            reraise=True,
        )
        self._unless = unless
        try:
            answer: T = retrying(self._attempt, host, word)
        except _Away as away:
            why = self._lost or self._unsent
            assert why is not None  # noqa: S101 - without it there was nothing to be away from
            raise why from away
        return answer

    @property
    def waited(self) -> bool:
        """Whether its host was away before the change was sent."""
        return self._unsent is not None

    def _called_off(self) -> bool:
        return self._give_up() or (self._lost is None and self._unless is not None and self._unless())

    @property
    def _patience(self) -> float:
        return UNSENT_PATIENCE if self._lost is None else PATIENCE

    def _attempt(self, host: Host, word: Callable[[Link], T]) -> T:
        try:
            link = self._links.to(host)
            if self._lost is not None:
                self._say(Style.GOOD, f"{host} answers again; the end of the change is waited for.")
            elif self._unsent is not None:
                self._say(Style.GOOD, f"{host} answers again.")
            return word(link)
        except LinkLostError as error:
            if error.code != "link-lost":
                raise
            self._lost, self._since = error, self._clock.monotonic()
            raise _Away from error
        except HostError as error:
            if error.code in SURELY_NOT_BEGUN:
                raise
            if self._lost is None:
                self._wait_to_send(error)
                raise _Away from error
            if isinstance(error, HostUnreachableError):
                raise _Away from error
            # It answers, but not as the host it was: nobody there is asked what became of the change.
            self._lost.why = f"{self._lost.why} {error}".strip()
            raise self._lost from error

    def _wait_to_send(self, error: HostError) -> None:
        """Wait for a host to which the change was not sent yet, if it may come back soon."""
        if self._unless is None or error.code not in MAY_COME_BACK:
            raise error
        if self._unsent is None:
            self._since = self._clock.monotonic()
        self._unsent = error

    def _tell(self, host: Host, state: RetryCallState) -> None:
        assert state.outcome is not None  # noqa: S101 - tenacity calls this after an attempt only
        away = state.outcome.exception()
        cause = away.__cause__ if away is not None else None
        why = cause.what if isinstance(cause, RunbookError) else str(cause)
        tell_log("retry", host=host.name, attempt=state.attempt_number, why=why)
        if isinstance(cause, LinkLostError):
            self._told = self._clock.monotonic()
            words = (
                f"The link to {host} is lost: {' '.join(filter(None, (cause.what, cause.why)))} The change goes on "
                f"there and is not begun again. {host} is tried for up to {duration(PATIENCE)}; there is nothing to do."
            )
            self._say(Style.WARNING, words)
        elif self._lost is None and state.attempt_number == 1:
            self._told = self._clock.monotonic()
            words = (
                f"{host} does not answer any more: {why} The next change was not begun. The run goes on as soon as "
                f"{host} answers, for up to {duration(UNSENT_PATIENCE)}; there is nothing to do."
            )
            self._say(Style.WARNING, words)
        elif self._clock.monotonic() - self._told >= TELL_EVERY:
            self._told = self._clock.monotonic()
            self._say(Style.FAINT, f"{host} still does not answer. {why}")

    def _say(self, style: Style, words: str) -> None:
        self._waits(words)
        # Nobody may be left to show it to; the change is what counts.
        with contextlib.suppress(RunbookError):
            self._operator.show(Line(style, words))
