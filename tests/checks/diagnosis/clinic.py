"""A cluster of a scenario, made ill in some further way, and what the diagnosis says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checks.diagnosis.diagnose import diagnose
from checks.site import discover
from checks.world.cluster import SimulatedCluster
from checks.world.events import happen
from checks.world.links import WorldLinks
from checks.world.scenarios import FOLDER, cluster_of, load
from engine.findings import Diagnosis, Finding
from engine.hosts.host import Host, Links
from engine.hosts.reader import Reader
from engine.knowledge import Context

ONE, TWO, THREE = (f"hwhost-{number}.lab.example" for number in (1, 2, 3))
QUEUE = "/var/lib/ganeti/queue"


@dataclass
class Patient:
    """A simulated cluster.

    Attributes:
        entry: the node that is asked first.
    """

    cluster: SimulatedCluster
    entry: str

    def happens(self, *actions: str) -> Patient:
        for action in actions:
            happen(self.cluster, action)
        return self

    def waits(self, seconds: float) -> Patient:
        self.cluster.clock.sleep(seconds)
        return self

    def writes(self, node: str, path: str, text: str) -> Patient:
        self.cluster.machines[node].files.write(path, text)
        return self

    def changes(self, node: str, path: str, old: str, new: str) -> Patient:
        text = self.cluster.machines[node].files.read(path) or ""
        assert old in text
        return self.writes(node, path, text.replace(old, new))

    def disk(self, node: str, minor: int, **state: str) -> Patient:
        side = self.cluster.machines[node].drbd[minor]
        for name, value in state.items():
            setattr(side, name, type(getattr(side, name))(value))
        return self

    def context(self, wrap: Callable[[Links], Links] = lambda links: links) -> Context:
        links = WorldLinks(self.cluster)
        machine = self.cluster.machines[self.entry]
        site = discover(Reader(links), [Host(machine.name, (machine.primary_ip,), 2222)])
        self.cluster.record.clear()
        return Context(Reader(wrap(links)), site, self.cluster.clock)

    def diagnosed(self, wrap: Callable[[Links], Links] = lambda links: links) -> Diagnosis:
        return diagnose(self.context(wrap))

    def diagnosed_in(self, context: Context) -> Diagnosis:
        """The diagnosis where the cluster was found before it became ill."""
        return diagnose(context)


def patient(scenario: str) -> Patient:
    known = load(FOLDER.joinpath(f"{scenario}.yaml"))
    return Patient(cluster_of(known), known.first_asked)


def only(found: Diagnosis, code: str) -> Finding:
    """The one finding of this code."""
    (one,) = [each for each in found.findings if each.code == code]
    return one


def roots(found: Diagnosis) -> list[str]:
    """The codes of what is explained by nothing else, in order."""
    return [one.code for one in found.findings if not one.explained_by]
