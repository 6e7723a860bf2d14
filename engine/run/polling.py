"""Looking again and again until something holds, by tenacity, on a clock that can be imitated."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_not_result

from engine.clock import Clock
from engine.errors import HostError
from engine.knowledge import Verdict
from engine.model.parts import CheckCall
from engine.run.scope import Scope


def poll(call: CheckCall, fresh: Callable[[], Scope], clock: Clock) -> Verdict:
    """Make a check until it holds or its `within` is over; the last verdict. Once, if it has no `within`.

    A host that cannot be used makes a verdict of "cannot be known": while a node restarts that is what is waited for.
    """
    deadline = clock.monotonic() + (call.within or 0.0)

    def look() -> Verdict:
        try:
            return fresh().judge(call)
        except HostError as error:
            return Verdict(None, error.what, evidence=(error.why,) if error.why else (), hint=error.hint)

    def over(_state: RetryCallState) -> bool:
        return clock.monotonic() >= deadline

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
    )
    verdict: Verdict = retrying(look)
    return verdict
