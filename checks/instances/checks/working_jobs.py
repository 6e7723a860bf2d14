"""Checks of what else is being done to an instance."""

from __future__ import annotations

from checks.instances.facts.working_jobs import working_on
from checks.look.known import unknown_if_unreadable, verdict
from engine.commands import to_type
from engine.english import listed
from engine.knowledge import Context, Verdict, check


@check("jobs.none_works_on")
@unknown_if_unreadable
def none_works_on(context: Context, *, instance: str) -> Verdict:
    """No job of Ganeti works on this instance or waits to."""
    found = working_on(context, instance=instance)
    return verdict(
        holds=not found,
        true=f"No job works on {instance}.",
        false=f"At work on {instance}, or waiting to be: job {listed(str(job.id) for job in found)}.",
        evidence=tuple(f"job {job.id}: {job.status} {job.summary}; its last word: {job.last_log or 'none'}"
                       for job in found),
        hint=f"Wait for its end. If it does not move: {to_type('diagnose')} says how to end it.",
    )  # fmt: skip
