"""What a scenario file may say."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from checks.releases import IMITATED, USUAL
from checks.world.layout import Layout
from checks.world.site_model import MAX_NODES, Part, Site

NODE = r"[a-z0-9][a-z0-9.-]*"
Node = Annotated[str, StringConstraints(pattern=rf"^{NODE}$")]
DISK = r"[a-z0-9.-]+/\d+"

Action = Annotated[
    str,
    StringConstraints(
        pattern=rf"^(power-off|power-on|reboot|cut-network|heal-network|cut-ssh) {NODE}$"
        rf"|^(misses-a-change|keep-voting-off|forgets-a-key|has-rsa-key) {NODE}$"
        rf"|^(has-no-packages|has-used-disk|wipe) {NODE}$"
        rf"|^(read-only|writable|var-full|var-free) {NODE}$"
        rf"|^clock-off {NODE} -?\d+$"
        rf"|^(hangs|answers) {NODE} [a-z0-9-]+$"
        rf"|^(cut-replication|heal-replication)( {NODE})?$"
        rf"|^(write|force-write) {NODE} {DISK}( \d+)?$"
        rf"|^(disconnect|detach|lose-disk|invalidate|freeze-metadata|thaw-metadata) {NODE} {DISK}$"
        r"|^(wait|sync-speed) \d+$"
        rf"|^run {NODE} .+$"
    ),
]
"""Something that happens to a node: `power-off hwhost-1`, or a command that was run there.

- `reboot`: its power fails and comes back.
- `cut-network`, `heal-network`: Ganeti's network on that node; ssh and the secondary network stay.
- `cut-replication`, `heal-replication`: the secondary network, over which DRBD replicates; of one node or of all.
- `cut-ssh`: nobody gets in from outside any more; what the nodes say to each other stays.
- `misses-a-change`: the configuration changes while this node does not hear of it.
- `forgets-a-key`: the last line of its file of public keys is gone.
- `has-rsa-key`: root's key there is of the type RSA now, and let in everywhere; that of the type DSA is gone.
- `has-no-packages`: nothing that belongs to Ganeti is installed there.
- `has-used-disk`: its empty disk holds an old file system.
- `clock-off`: its clock is ahead by so many seconds (negative: behind).
- `read-only`, `writable`: its file systems take nothing; and do again. `var-full`, `var-free`: /var has no room.
- `hangs`, `answers`: a program such as lvs does not end any more there; and does again.
- `wipe`: it is installed anew, on empty disks, with Ganeti's packages and nothing of the cluster's.
- `keep-voting-off`: the flags for wconfd and luxid stand in /etc/default/ganeti.
- `write NODE INSTANCE/DISK [KIB]`: the instance writes 4 KiB, or so many. `force-write`: somebody makes the disk
  Primary by force there, writes, and makes it Secondary again, as an instance that was started twice would do.
- `disconnect`, `detach`, `invalidate`: drbdsetup does so to the disk on that node.
- `lose-disk`: the volume below gives an error, and DRBD detaches it.
- `freeze-metadata`, `thaw-metadata`: the volume with DRBD's metadata does not answer, until it does again.
- `wait`: so many seconds pass. `sync-speed`: resyncs copy so many KiB a second.
"""


def _imitated(version: str) -> str:
    if version not in IMITATED:
        raise ValueError(f"not a release that is imitated, which are {', '.join(IMITATED)}")
    return version


Imitated = Annotated[str, AfterValidator(_imitated)]
"""A release of Ganeti that the embedded cluster knows the words and options of."""

_OF_A_NODE = re.compile(rf"(?!wait|sync-speed)[a-z-]+ ({NODE})")


class JobScript(Part):
    """A script that a job has started on a node and that does not end.

    Attributes:
        command: its command line; child: that of what it has started in turn.
    """

    node: Node
    command: str
    child: str = ""


class StuckJob(Part):
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


class Scenario(Part):
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
    site: Site = Site()
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
        named = {self.entry or names[0], *(node[1] for node in map(_OF_A_NODE.match, actions) if node)}
        if named - known:
            raise ValueError(f"no node of this cluster: {', '.join(sorted(named - known))}; it has {', '.join(names)}")
        return self
