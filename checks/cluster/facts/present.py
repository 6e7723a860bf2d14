"""Which nodes answer in a diagnosis, and the configuration that is in force."""

from __future__ import annotations

import contextlib

from checks.cluster.facts.copies import newest_config
from checks.cluster.facts.masters import claims
from checks.cluster.facts.own_files import config
from checks.cluster.facts.probes import error_of
from checks.cluster.parse.config import Config
from checks.look.nodes import host, hosts
from engine.errors import FactError, HostError, HostUnreachableError
from engine.hosts.host import Host
from engine.knowledge import Context, remembered


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


@remembered
def mirroring(context: Context) -> tuple[Host, ...]:
    """The nodes that answer and have mirrored disks by the configuration."""
    _where, config = current_config(context)
    return tuple(one for one in answering(context) if one.name in config.minors_on)
