"""/etc/ganeti on a node, compared with the master's: what a site put there, and Ganeti does not copy."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.masters import master
from checks.hosts.parse.checksums import parse_checksums, parse_links
from checks.look.commands import CONF_FILES, CONF_LINKS
from checks.look.nodes import host, look
from checks.paths import GANETI_CONF
from engine.hosts.host import Host
from engine.knowledge import Context, fact, remembered

HOOKS = f"{GANETI_CONF}/hooks/"


@dataclass(frozen=True, slots=True)
class ConfFiles:
    """The folder on one node.

    Attributes:
        lacking: paths that the master has and this node has not, or with another content or goal.
        links: how many of the master's are symbolic links.
        hooks: the master's hooks: programs of the site, which need what they need on every node.
    """

    node: str
    lacking: tuple[str, ...]
    links: int
    hooks: tuple[str, ...]


@fact("conf.files")
@remembered
def conf_files(context: Context, *, node: str) -> ConfFiles:
    """What of the master's /etc/ganeti is not the same on this node; files that only the node has do not count.

    Raises:
        HostError: the node or the master does not answer.
        FactError: sha256sum or find say what they should not.
    """
    where, origin = host(context, node), host(context, master(context).name)
    look(context, (where, origin), CONF_FILES, CONF_LINKS)
    own, masters = _all(context, where), _all(context, origin)
    return ConfFiles(
        node=where.name,
        lacking=tuple(path for path, content in masters.items() if own.get(path) != content),
        links=len(context.remember(parse_links, context.reader.read(origin, CONF_LINKS).stdout)),
        hooks=tuple(path for path in masters if path.startswith(HOOKS)),
    )


def _all(context: Context, where: Host) -> dict[str, str]:
    # Where the folder is not there, find says so and prints nothing.
    files = context.remember(parse_checksums, context.reader.read(where, CONF_FILES).stdout)
    links = context.remember(parse_links, context.reader.read(where, CONF_LINKS).stdout)
    return dict(sorted({**files, **{path: f"leads to {goal}" for path, goal in links.items()}}.items()))
