"""Masters that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster.lab.incidents.registry import incident

if TYPE_CHECKING:
    from tests.cluster.lab.lab import Lab


@incident("master-lost")
def master_lost(lab: Lab) -> dict[str, str]:
    """The master loses its power and does not come back by itself."""
    master = lab.nodes[0]
    lab.power_cut(master)
    return {"node": master}
