"""What a step will leave on hosts, filled in while it is planned: what is true now is recorded with its change."""

from __future__ import annotations

from engine.hosts.host import Host
from engine.journal.leftovers import Leftover
from engine.journal.undo_record import RecordedCheck
from engine.model.parts import CheckCall, LeavesBehind
from engine.model.step import StepBase
from engine.steps.kind import host_for, prose
from engine.steps.scope import Scope, plain


def left_by(step: StepBase, scope: Scope, host: Host) -> tuple[Leftover, ...]:
    """What is there once the command of a step was done on its host.

    Raises:
        FactError: the site has no such host, or a fact that is named cannot be read.
        HostError: a host that has to be read cannot be used.
    """
    return tuple(_left(one, scope, host) for one in step.leaves_behind)


def _left(one: LeavesBehind, scope: Scope, host: Host) -> Leftover:
    return Leftover(
        one.kind,
        scope.render(one.name).strip(),
        (host if one.on is None else host_for(one.on, scope)).name,
        why=prose(scope.render(one.why)),
        size=prose(scope.render(one.size)),
        remove=scope.words(one.remove),
        there=_check(one.there, scope),
    )


def _check(call: CheckCall | None, scope: Scope) -> RecordedCheck | None:
    if call is None or call.check is None:
        return None
    return RecordedCheck(call.check, {name: plain(scope.resolve(value)) for name, value in call.with_.items()})
