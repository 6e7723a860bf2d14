"""What all checks share: a check that cannot look says that it does not know, and never that all is well."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from checks.look.nodes import UnknownNameError
from engine.errors import FactError, HostError
from engine.knowledge import Verdict

Arguments = ParamSpec("Arguments")


def unknown_if_unreadable(check: Callable[Arguments, Verdict]) -> Callable[Arguments, Verdict]:
    """Turn a host that does not answer, or an unreadable file, into the verdict that it cannot be known.

    A name that does not exist stays an error: the check was asked about nothing.
    """

    @wraps(check)
    def checked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Verdict:
        try:
            return check(*args, **kwargs)
        except UnknownNameError:
            raise
        except (FactError, HostError) as error:
            return Verdict(
                holds=None,
                summary=f"It cannot be known: {error.what}",
                evidence=tuple(line for line in (str(error),) if line),
                hint=error.hint,
                opposite_hint=error.hint,
            )

    return checked


def verdict(
    *,
    holds: bool | None,
    true: str,
    false: str,
    unknown: str = "",
    evidence: tuple[str, ...],
    hint: str = "",
    opposite_hint: str = "",
) -> Verdict:
    """A verdict whose sentence fits what was found; each hint is given only where it can be of use."""
    summary = {True: true, False: false, None: unknown}[holds]
    return Verdict(
        holds,
        summary,
        evidence,
        hint="" if holds is True else hint,
        opposite_hint="" if holds is False else opposite_hint,
    )
