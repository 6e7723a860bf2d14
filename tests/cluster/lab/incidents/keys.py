"""Ganeti's file of the nodes' public keys, and who is let in by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.incidents.registry import incident

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab

FILE = "/var/lib/ganeti/ganeti_pub_keys"


@incident("keys-file-removed")
def file_removed(lab: Lab) -> dict[str, str]:
    """The file of public keys is gone from the master."""
    node = lab.nodes[0]
    lab.must(node, ["rm", FILE])
    return {"node": node}


@incident("keys-incomplete")
def incomplete(lab: Lab) -> dict[str, str]:
    """On the second node a line is missing in it; on the first everybody may read it, and it is not root's."""
    first, second = lab.nodes[:2]
    lab.must(second, ["sed", "-i", "$d", FILE])
    lab.must(first, f"chmod 0644 {FILE} && chown www-data {FILE}")
    return {"node": second, "open_on": first}


@incident("keys-not-let-in")
def not_let_in(lab: Lab) -> dict[str, str]:
    """The master has lost the file, and no longer lets in the second node."""
    first, second = lab.nodes[:2]
    lab.must(first, ["rm", FILE])
    lab.must(first, f"sed -i '/root@{second}/d' /root/.ssh/authorized_keys")
    return {"node": first, "shut_out": second}
