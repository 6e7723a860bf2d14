"""What a scenario file may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Node = Literal["hwhost-1", "hwhost-2", "hwhost-3"]

Action = Annotated[
    str,
    StringConstraints(
        pattern=r"^(power-off|power-on|cut-network|heal-network|cut-ssh|misses-a-change|keep-voting-off|"
        r"forgets-a-key|has-rsa-key|has-no-packages|has-used-disk|wipe) hwhost-[123]$"
        r"|^run hwhost-[123] .+$"
    ),
]
"""Something that happens to a node: `power-off hwhost-1`, or a command that was run there.

- `cut-network`, `heal-network`: Ganeti's network on that node; ssh and the secondary network stay.
- `cut-ssh`: nobody gets in from outside any more; what the nodes say to each other stays.
- `misses-a-change`: the configuration changes while this node does not hear of it.
- `forgets-a-key`: the last line of its file of public keys is gone.
- `has-rsa-key`: root's key there is of the type RSA now, and let in everywhere; that of the type DSA is gone.
- `has-no-packages`: nothing that belongs to Ganeti is installed there.
- `has-used-disk`: its empty disk holds an old file system.
- `wipe`: it is installed anew, on empty disks, with Ganeti's packages and nothing of the cluster's.
- `keep-voting-off`: the flags for wconfd and luxid stand in /etc/default/ganeti.
"""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StuckJob(Part):
    """A job that runs or waits when the rehearsal begins.

    Attributes:
        op: its OP_ID and further fields, as in the job file.
        age: seconds since it started.
        holds: locks it has; waits_for: locks it wants. `node/hwhost-1` stands for the lock of that node.
        then: what it does once it has its locks; without it a job that holds locks never ends.
    """

    id: int = Field(gt=0)
    op: dict[str, Any]
    age: float = Field(default=600.0, ge=0)
    holds: dict[str, Literal["shared", "exclusive"]] = Field(default_factory=dict)
    waits_for: dict[str, Literal["shared", "exclusive"]] = Field(default_factory=dict)
    log: tuple[str, ...] = ()
    then: Literal["nothing", "activate-disks"] = "nothing"


class Device(Part):
    """How a DRBD device stands, from its primary's side; the other side is given in the same way."""

    minor: int = Field(ge=0)
    primary: tuple[str, str]
    secondary: tuple[str, str]


class Scenario(Part):
    """A start state.

    Attributes:
        past_jobs: how many jobs the queue has seen before.
        jobs: what is going on in the queue of the master.
        devices: DRBD devices that are not as in a healthy cluster: connection state and local disk, by side.
        luxid_hangs_on: jobs at whose files luxid hangs.
        before: what happened, in order, until the person sits down.
        manual: what a manual step does, by the step's id.
    """

    description: str
    parameters: dict[str, str] = Field(default_factory=dict)
    version: Literal["2.12", "2.15", "3.0"] = "3.0"
    nodes: Literal[2, 3] = 2
    entry: Node = "hwhost-1"
    past_jobs: int = Field(default=18, ge=0, le=500)
    jobs: tuple[StuckJob, ...] = ()
    devices: tuple[Device, ...] = ()
    luxid_hangs_on: tuple[int, ...] = ()
    before: tuple[Action, ...] = ()
    manual: dict[str, tuple[Action, ...]] = Field(default_factory=dict)
