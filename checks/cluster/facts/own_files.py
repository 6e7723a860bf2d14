"""What one node itself has of the cluster: its ssconf files, and its copy of the configuration."""

from __future__ import annotations

from checks.cluster.parse.config import Config, parse_config
from checks.cluster.parse.ssconf import Ssconf, parse_ssconf
from checks.look.commands import SSCONF
from checks.look.nodes import content
from checks.paths import CONFIG_DATA
from engine.errors import FactError
from engine.hosts.host import Host
from engine.knowledge import Context, remembered


@remembered
def ssconf(context: Context, where: Host) -> Ssconf:
    """What this node knows of the cluster.

    Raises:
        HostError: the host does not answer.
        FactError: code `not-a-node` when it has no ssconf files, for example after a new installation.
    """
    text = context.reader.read(where, SSCONF).stdout
    if not text.strip():
        raise FactError(
            f"{where} has no ssconf files: it is no node of a cluster, or was installed anew.",
            code="not-a-node",
        )
    return context.remember(parse_ssconf, text)


@remembered
def config(context: Context, where: Host) -> Config | None:
    """The copy of the configuration on this node, or None where there is none.

    Raises:
        HostError, FactError: it cannot be read.
    """
    text = content(context, where, CONFIG_DATA)
    return None if text is None else context.remember(parse_config, text)
