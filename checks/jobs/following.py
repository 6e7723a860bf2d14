"""Following a job by its file in the queue: that needs no daemon, and tells more than a client does."""

from __future__ import annotations

from checks.cluster.facts.masters import master
from checks.jobs.facts import queue
from checks.jobs.parse.job import JobFile
from engine.errors import FactError, HostError
from engine.log import tell
from engine.operator.interface import Line, Style
from engine.steps.kind import StepTools

EVERY = 2.0
"""Seconds between two looks."""


class JobFollower:
    """One job while it runs; shows what it logs, once."""

    def __init__(self, room: StepTools, job: int) -> None:
        self._room = room
        self._job = job
        self._shown = 0
        self._silent = False

    def follow(self, seconds: float) -> JobFile | None:
        """The job at its end, or after so many seconds; None if its file is gone.

        Raises:
            StoppedError: the run was interrupted; the job goes on.
        """
        clock = self._room.clock
        deadline = clock.monotonic() + seconds
        gone = looks = 0
        last: JobFile | None = None
        while True:
            try:
                seen = self._look()
            except (FactError, HostError) as error:
                self._not_seen(str(error))
            else:
                self._silent = False
                # Ganeti moves files by renaming; one look that misses it proves nothing.
                gone = gone + 1 if seen is None else 0
                last = seen or last
                if gone > 1 or (seen is not None and not seen.unfinished):
                    return seen
            if clock.monotonic() >= deadline:
                return last
            looks += 1
            tell("retry", job=self._job, attempt=looks, found=last.status if last else "", again_in=EVERY)
            clock.sleep(EVERY)

    def _look(self) -> JobFile | None:
        context = self._room.fresh().context
        job = queue.file_on(context, master(context), self._job) or queue.archived(context, self._job)
        if job is not None:
            for _when, text in job.log[self._shown :]:
                self._room.operator.show(Line(Style.OUTPUT, text))
            self._shown = len(job.log)
        return job

    def _not_seen(self, why: str) -> None:
        if not self._silent:
            words = f"The job {self._job} cannot be looked at now ({why}); it goes on, and is looked at again."
            self._room.operator.show(Line(Style.UNSURE, words))
        self._silent = True
