"""The links to the real hosts, made of the settings. Only what reaches them imports the ssh library."""

from __future__ import annotations

from engine.hosts.declared_dead import WithoutTheDead
from engine.hosts.host import Host
from engine.hosts.pool import ConnectedLinks
from engine.hosts.ssh_settings import ANSWER_TIMEOUT, TransportSettings
from engine.settings import Settings


def links_to_hosts(
    settings: Settings, local: Host | None, *, soon: bool = False, dead: list[str] | None = None
) -> WithoutTheDead:
    """Links to real hosts but for the dead ones; to be closed when the command ends.

    With `soon`, a host that takes no connection within some seconds counts as unreachable: somebody waits for an
    answer about all the others.
    """
    how = TransportSettings(
        user=settings.user,
        port=settings.port,
        ssh_config=settings.ssh_config,
        known_hosts=settings.known_hosts,
        connect_timeout=settings.connect_timeout,
        answer_timeout=ANSWER_TIMEOUT if soon else None,
    )
    return WithoutTheDead(ConnectedLinks(how, local), dead or ())
