"""The copies of /var/lib/ganeti that runs have made on a node, before they had it become the master."""

from __future__ import annotations

from checks.facts.commands import read_kept
from checks.facts.look import MISSING, host
from checks.paths import KEPT_PREFIX
from engine.errors import FactError
from engine.knowledge import Context


def copies(context: Context, *, node: str) -> tuple[str, ...]:
    """The folders with a copy of /var/lib/ganeti on a node, whichever run made them, the oldest first.

    Raises:
        HostError: the node does not answer.
        FactError: its folder for backups cannot be read.
    """
    where = host(context, node)
    result = context.reader.read(where, read_kept())
    if not result.ok and MISSING not in result.stderr:
        raise FactError(f"The backups on {where} cannot be listed.", why=result.stderr.strip())
    folder, _, prefix = KEPT_PREFIX.rpartition("/")
    # The names hold the time at which the run began.
    return tuple(f"{folder}/{name}" for name in sorted(result.lines) if name.startswith(prefix))
