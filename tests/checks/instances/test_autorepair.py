"""Ganeti's own repair tool is to keep its hands off while somebody else repairs."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from checks.instances.checks import leaves_alone, leaves_node_alone
from checks.instances.facts.autorepair import policy
from checks.instances.parse import PREFIX
from checks.paths import CONFIG_DATA
from tests.checks.imitation import NOW, ONE, THREE, TWO, UUIDS, Imitation, configuration

Tags = dict[str, list[str]]
LATER, EARLIER = f"suspend:{NOW + 60}", f"suspend:{NOW - 60}"
RUNS = "pending:fix-storage:b6a9:1400000000:41+42"
FAILED = "result:fix-storage:b6a9:1400000000:failure:41"
INSTANCE = "inst1.lab.example"


def tagged(cluster: Imitation, tags: Tags) -> None:
    """inst1 is in the group of its primary node."""
    config: dict[str, Any] = configuration(41)
    config["nodegroups"] = {"73c962b5": {"name": "default", "tags": written(tags, "group")}}
    config["nodes"][UUIDS[ONE]]["group"] = "73c962b5"
    config["cluster"]["tags"] = written(tags, "cluster")
    instance = next(one for one in config["instances"].values() if one.get("name") == INSTANCE)
    instance["tags"] = written(tags, "instance")
    for node in (ONE, TWO):
        cluster.files[node][CONFIG_DATA] = json.dumps(config)


def written(tags: Tags, level: str) -> list[str]:
    return ["colour:blue", *(PREFIX + tag for tag in tags.get(level, []))]


@pytest.mark.parametrize(
    ("tags", "says", "by"),
    [
        ({"cluster": ["failover"]}, "up to failover", "cluster cluster.lab.example"),
        ({"cluster": ["failover"], "group": ["fix-storage"]}, "up to fix-storage", "group default"),
        ({"group": ["suspend"], "instance": ["reinstall"]}, "up to reinstall", f"instance {INSTANCE}"),
        ({"cluster": ["failover"], "group": [EARLIER]}, "up to failover", "cluster cluster.lab.example"),
        ({"instance": ["suspend", RUNS]}, "is repairing inst1.lab.example now: job 41, 42", f"instance {INSTANCE}"),
    ],
)
def test_it_may_act(cluster: Imitation, tags: Tags, says: str, by: str) -> None:
    tagged(cluster, tags)
    found = leaves_alone(cluster.context(), instance="inst1")
    assert found.holds is False
    assert says in found.summary
    assert "colour" not in " ".join(found.evidence)
    assert policy(cluster.context(), instance="inst1").said_by == by
    assert leaves_node_alone(cluster.context(), node=TWO).holds is False


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"cluster": ["failover"], "instance": ["suspend"]},
        {"cluster": ["failover"], "group": [LATER]},
        {"cluster": ["failover", "suspend:"]},
        {"cluster": ["failover"], "instance": [FAILED]},
        {"instance": ["anything"]},
    ],
    ids=str,
)
def test_it_may_not(cluster: Imitation, tags: Tags) -> None:
    tagged(cluster, tags)
    assert leaves_alone(cluster.context(), instance="inst1").holds is True


def test_a_node_without_disks_concerns_nobody(cluster: Imitation) -> None:
    tagged(cluster, {"instance": ["failover"]})
    assert leaves_node_alone(cluster.context(), node=THREE).holds is True


@pytest.mark.parametrize("check", [lambda one: leaves_alone(one.context(), instance="inst1"),
                                   lambda one: leaves_node_alone(one.context(), node=TWO)])  # fmt: skip
def test_without_a_configuration_it_cannot_be_known(cluster: Imitation, check: Callable[[Imitation], Any]) -> None:
    cluster.silence(ONE, TWO)
    assert check(cluster).holds is None
