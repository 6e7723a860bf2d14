"""Nodes that are not what they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab import names
from tests.cluster.lab.incidents.registry import incident

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab

SITE = """
mkdir -p /etc/ganeti/hooks/node-add-post.d /etc/ganeti/site
printf '#!/bin/sh\\nexit 0\\n' >/etc/ganeti/hooks/node-add-post.d/50site
chmod 755 /etc/ganeti/hooks/node-add-post.d/50site
echo CONFDIR=/etc/ganeti/vms >/etc/ganeti/site/common-vars
ln -sf site/common-vars /etc/ganeti/common-vars
"""
"""What a site has in /etc/ganeti: a hook, a folder of its own, and a symbolic link."""


@incident("node-wiped")
def node_wiped(lab: Lab) -> dict[str, str]:
    """The second node loses its disks and is installed anew; it had parameters of its own, and the site has hooks."""
    master, node = lab.nodes[:2]
    lab.must(master, SITE)
    lab.must(master, ["gnt-node", "modify", "--node-parameters", f"ssh_port={names.SSH_PORT}", node])
    lab.wipe(node)
    return {"node": node}
