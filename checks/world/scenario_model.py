"""What a scenario file may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from checks.releases import IMITATED, USUAL
from checks.world.events import NODE, node_in, read
from checks.world.layout import Layout
from checks.world.site_model import MAX_NODES, ScenarioPart, ScenarioSite

Node = Annotated[str, StringConstraints(pattern=rf"^{NODE}$")]


def _imitated(version: str) -> str:
    if version not in IMITATED:
        raise ValueError(f"not a release that is imitated, which are {', '.join(IMITATED)}")
    return version


Imitated = Annotated[str, AfterValidator(_imitated)]
"""A release of Ganeti that the embedded cluster knows the words and options of."""


def _known(action: str) -> str:
    read(action)
    return action


Action = Annotated[str, AfterValidator(_known)]
"""Something that happens, as `checks.world.events` has it: `power-off hwhost-1`."""


class JobScript(ScenarioPart):
    """A script that a job has started on a node and that does not end.

    Attributes:
        command: its command line; child: that of what it has started in turn.
    """

    node: Node
    command: str
    child: str = ""


class StuckJob(ScenarioPart):
    """A job that runs or waits when the rehearsal begins.

    Attributes:
        op: its OP_ID and further fields, as in the job file.
        age: seconds since it started.
        holds: locks it has; waits_for: locks it wants. `node/hwhost-1` stands for the lock of that node.
        then: what it does once it has its locks; without it a job that holds locks never ends.
        stopped: its process was stopped; when it is told to go on, the job comes to its end.
        script: what it waits for.
    """

    id: int = Field(gt=0)
    op: dict[str, Any]
    age: float = Field(default=600.0, ge=0)
    holds: dict[str, Literal["shared", "exclusive"]] = Field(default_factory=dict)
    waits_for: dict[str, Literal["shared", "exclusive"]] = Field(default_factory=dict)
    log: tuple[str, ...] = ()
    then: Literal["nothing", "activate-disks"] = "nothing"
    stopped: bool = False
    script: JobScript | None = None


class Scenario(ScenarioPart):
    """A start state.

    Attributes:
        site: the names and addresses of the cluster; hwhost-1 and so on, if it is not given.
        nodes: how many there are, where the site does not name more.
        past_jobs: how many jobs the queue has seen before.
        jobs: what is going on in the queue of the master.
        entry: the node where discovery starts; the first one, if it is not given.
        earlier: what happened, in order, before those jobs.
        luxid_hangs_on: jobs at whose files luxid hangs.
        before: what happened after that, in order, until the person sits down.
        manual: what a manual step does, by the step's id.
    """

    description: str
    parameters: dict[str, str] = Field(default_factory=dict)
    version: Imitated = USUAL
    site: ScenarioSite = ScenarioSite()
    nodes: int = Field(default=2, ge=2, le=MAX_NODES)
    entry: Node | None = None
    past_jobs: int = Field(default=18, ge=0, le=500)
    jobs: tuple[StuckJob, ...] = ()
    earlier: tuple[Action, ...] = ()
    luxid_hangs_on: tuple[int, ...] = ()
    before: tuple[Action, ...] = ()
    manual: dict[str, tuple[Action, ...]] = Field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        return self.site.layout(self.nodes)

    @property
    def first_asked(self) -> str:
        """The full name of the node where discovery starts."""
        names = self.layout.node_names
        return next((name for name in names if self.entry in {name, name.partition(".")[0]}), names[0])

    @model_validator(mode="after")
    def _knows_its_nodes(self) -> Self:
        names = self.layout.node_names
        known = {*names, *(name.partition(".")[0] for name in names)}
        actions = [*self.earlier, *self.before, *(one for some in self.manual.values() for one in some)]
        named = {self.entry or names[0], *(node for node in map(node_in, actions) if node is not None)}
        if named - known:
            raise ValueError(f"no node of this cluster: {', '.join(sorted(named - known))}; it has {', '.join(names)}")
        return self
