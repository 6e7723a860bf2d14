"""Looking again and again until something holds, by tenacity, on a clock that can be imitated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tenacity import RetryCallState, Retrying, retry_if_not_result

from engine.clock import Clock
from engine.errors import HostError
from engine.knowledge import Verdict
from engine.log import tell as tell_log
from engine.model.parts import CheckCall
from engine.steps.scope import Scope, judging

TELL_EVERY = 30.0
"""Seconds between two words of progress."""


class Looking(Protocol):
    """A run, or a step of it."""

    def scope(self) -> Scope: ...

    def scope_anew(self) -> Scope: ...


def looks(who: Looking) -> Callable[[], Scope]:
    """What is known in this moment at first, and then a new moment each time."""
    first = iter((who.scope,))

    def look() -> Scope:
        return next(first, who.scope_anew)()

    return look


def poll(
    call: CheckCall,
    fresh: Callable[[], Scope],
    clock: Clock,
    tell: Callable[[Verdict], None] = lambda _verdict: None,
    waits: Callable[[str], None] = lambda _words: None,
) -> Verdict:
    """Make a check until it holds or its `within` is over; the last verdict. Once, if it has no `within`.

    What is found meanwhile is told now and then, where it differs from what was told last; `waits` is called with it
    as well, and with what was found when the waiting begins.

    A host that cannot be used makes a verdict of "cannot be known": while a node restarts that is what is waited for.
    What cannot be known because a host was declared dead is not waited for, nor what a check says to be hopeless.
    """
    deadline = clock.monotonic() + (call.within or 0.0)
    told_at, told, waiting, hopeless = clock.monotonic(), "", False, False

    def look() -> Verdict:
        nonlocal hopeless
        scope = fresh()
        scope.look_ahead(judging(call))
        try:
            found = scope.judge(call)
            if found.holds is not True and call.hopeless is not None:
                found = replace(found, hopeless=found.hopeless or bool(scope.evaluate(call.hopeless)))
            hopeless = found.hopeless or (found.holds is None and scope.reader.hopeless)
            return found  # noqa: TRY300 - the error is of what stands above
        except HostError as error:
            hopeless = scope.reader.hopeless
            return Verdict(None, error.what, evidence=(error.why,) if error.why else (), hint=error.hint)

    def before_sleep(state: RetryCallState) -> None:
        nonlocal told_at, told, waiting
        found = last(state)
        tell_log("retry", attempt=state.attempt_number, found=found.summary, again_in=call.every)
        if not waiting:
            waiting = True
            waits(found.summary)
        if clock.monotonic() - told_at >= TELL_EVERY and found.summary != told:
            told_at, told = clock.monotonic(), found.summary
            tell(found)
            waits(found.summary)

    def over(_state: RetryCallState) -> bool:
        return hopeless or clock.monotonic() >= deadline

    def last(state: RetryCallState) -> Verdict:
        assert state.outcome is not None  # noqa: S101 - tenacity calls this after an attempt only
        verdict: Verdict = state.outcome.result()
        return verdict

    retrying = Retrying(
        sleep=clock.sleep,
        stop=over,
        wait=lambda _state: call.every,
        retry=retry_if_not_result(lambda verdict: verdict.holds is True),
        retry_error_callback=last,
        before_sleep=before_sleep,
    )
    verdict: Verdict = retrying(look)
    return verdict
