"""Where the file of a job lies: the master and the master candidates each keep one."""

from __future__ import annotations

from checks.facts import queue
from engine.knowledge import Context, fact, remembered


@fact("jobs.copies")
@remembered
def copies(context: Context, *, job: int) -> tuple[str, ...]:
    """The nodes that answer and whose queue has a file of this job (src/Ganeti/JQueue.hs, writeAndReplicateJob).

    Raises:
        HostError, FactError: no node can say which nodes these are.
    """
    return tuple(queue.copies(context, job))
