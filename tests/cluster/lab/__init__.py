"""A real two-node Ganeti cluster on one machine, for tests: build it, break it, put it back.

Run it with ``python3 -m tests.cluster.lab``, or from Python::

    from tests.cluster.lab import Lab

    with Lab() as lab:
        lab.up()
        print(lab.run("hwhost-1", ["gnt-node", "list"]).stdout)
"""

from tests.cluster.lab.errors import LabError
from tests.cluster.lab.lab import Lab
from tests.cluster.lab.shell import CompletedRun

__all__ = ["CompletedRun", "Lab", "LabError"]
