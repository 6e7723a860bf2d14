"""A second look some seconds after the first one: at what moves, is being written, or ends just now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from checks.cluster.facts.present import answering
from engine.knowledge import Context
from engine.log import tell


@dataclass(slots=True)
class Looks:
    """When the survey ended, and the second look if it was made, which all rules share.

    A diagnosis has a time in which it has to answer, so that nothing is waited for twice.
    """

    first: float
    second: Context | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit(Context):
    """The context of one diagnosis."""

    looks: Looks = field(default_factory=lambda: Looks(0.0))


def visit(context: Context) -> Visit:
    """The context of a diagnosis whose survey has just been made."""
    return Visit(context.reader, context.site, context.clock, Looks(context.clock.monotonic()))


def later(context: Context, seconds: float) -> Context:
    """A context that reads anew, at least so many seconds after the survey. It has only the nodes that answered."""
    looks = context.looks if isinstance(context, Visit) else Looks(context.clock.monotonic())
    now = context.clock.monotonic()
    if looks.second is not None and looks.at >= looks.first + seconds:
        return looks.second
    wait = max(0.0, looks.first + seconds - now)
    tell("retry", found="what moves has to be looked at twice", again_in=round(wait, 3))
    context.clock.sleep(wait)
    there = {one.name: one for one in answering(context)}
    looks.second = Context(context.reader.moment(), replace(context.site, hosts=there), context.clock)
    looks.at = context.clock.monotonic()
    return looks.second
