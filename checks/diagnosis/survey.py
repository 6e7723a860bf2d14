"""The reads that every diagnosis begins with: all nodes at once, each in one go, what is quick first."""

from __future__ import annotations

import contextlib

from checks.facts import keys, lvm, module
from checks.facts.commands import ADDRESSES, DATE, FAKE_INSTANCES, PROCESSES, SSCONF, TAGGED, cat, resolve
from checks.facts.config import newest_config
from checks.facts.look import config, host, hosts
from checks.facts.masters import claims
from checks.judge.probes import error_of
from checks.parse.config import Config
from checks.paths import CONFIG_DATA, DEFAULTS, LOCKS_DATA, QUEUE_DRAINED, WATCHER_PAUSE
from engine.errors import FactError, HostError, HostUnreachableError
from engine.hosts.host import Host
from engine.hosts.reads import Read
from engine.knowledge import Context, remembered

READS = (
    DATE,
    SSCONF,
    PROCESSES,
    ADDRESSES,
    cat(DEFAULTS),
    cat(WATCHER_PAUSE),
    cat(QUEUE_DRAINED),
    cat(LOCKS_DATA),
    *keys.READS,
    cat(CONFIG_DATA),
    *module.READS,
    *lvm.READS,
    TAGGED,
    FAKE_INSTANCES,
)


def reads_of(where: Host) -> tuple[Read, ...]:
    # Resolving a name can hang where a name server does not answer, so it comes last.
    return (*READS, resolve(where.name))


def survey(context: Context) -> None:
    """Make all these reads. A node that does not answer costs one attempt; it is asked nothing else."""
    context.reader.read_all((one, what) for one in hosts(context) for what in reads_of(one))


@remembered
def answering(context: Context) -> tuple[Host, ...]:
    return tuple(one for one in hosts(context) if error_of(context, one) is None)


@remembered
def silent(context: Context) -> dict[str, HostError]:
    """The nodes where nothing answers. A node that does not let us in is there, and not among them."""
    errors = {one.name: error_of(context, one) for one in hosts(context)}
    return {name: error for name, error in errors.items() if isinstance(error, HostUnreachableError)}


@remembered
def current_config(context: Context) -> tuple[str, Config]:
    """The configuration that is in force: the acting master's, else the newest; and the node it was read on.

    A former master that came back has one of its own, which may even count as newer.

    Raises:
        FactError: none can be read.
    """
    acting = claims(context).acting
    if acting is not None:
        with contextlib.suppress(FactError, HostError):
            own = config(context, host(context, acting))
            if own is not None:
                return acting, own
    return newest_config(context)
