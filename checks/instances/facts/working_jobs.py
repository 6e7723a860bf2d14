"""The jobs that work on an instance, or wait to."""

from __future__ import annotations

from checks.cluster.facts.copies import newest_config
from checks.instances.facts.instances import find
from checks.jobs.facts.jobs import Jobs, unfinished
from engine.knowledge import Context, fact, remembered


@fact("jobs.working_on")
@remembered
def working_on(context: Context, *, instance: str) -> Jobs:
    """The unfinished jobs that name this instance or hold its lock, in the order of their numbers.

    Raises:
        FactError: code `instance-unknown` or `config-unreadable`.
        HostError: the master does not answer.
    """
    _copy, config = newest_config(context)
    name = find(config, instance).name
    return Jobs(sorted((job for job in unfinished(context) if name in job.instances), key=lambda job: job.id))
