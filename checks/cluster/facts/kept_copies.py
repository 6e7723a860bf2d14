"""The copies of /var/lib/ganeti that runs have made on a node, before they had it become the master."""

from __future__ import annotations

from checks.look.commands import KEPT_COPIES
from checks.look.grammar import ABSOLUTE
from checks.look.nodes import MISSING, host
from checks.paths import KEPT
from engine.errors import FactError
from engine.knowledge import Context, remembered


@remembered
def copies(context: Context, *, node: str) -> tuple[str, ...]:
    """The copies of /var/lib/ganeti on a node, whichever run made them, the oldest first.

    Raises:
        HostError: the node does not answer.
        FactError: they cannot be listed.
    """
    where = host(context, node)
    result = context.reader.read(where, KEPT_COPIES)
    if not result.ok and MISSING not in result.stderr:
        raise FactError(f"{KEPT} on {where} cannot be listed.", why=result.stderr.strip())
    # They are called like the runs, whose names begin with the time.
    paths = (f"{KEPT}/{name}" for name in sorted(result.lines)) if result.ok else ()
    return tuple(path for path in paths if ABSOLUTE.fits(path))
