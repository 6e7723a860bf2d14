"""Rehearsals with the names of a site of one's own: nothing depends on ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checks.look.commands import SSCONF
from checks.world.scenario_model import Scenario
from checks.world.scenarios import SCENARIOS, cluster_of, load_site, scenarios_on
from checks.world.site_model import renamed
from engine.errors import UsageError
from engine.hosts.reader import Reader
from engine.knowledge import Context
from engine.operator.scripted import Given
from tests.engine.cli.program import Program
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import SHOP, Rehearsal

SITE = """
cluster: gnt.example.net
nodes: [alpha.example.net, beta.example.net]
instances: [auth.client.example.org, backup.example.com, chat.example.com, db.example.com]
group: rack7
volume_group: xenvg
networks: [192.168.8.0/24, 172.16.5.0/24]
ssh_port: 2022
"""
OURS = ("hwhost-", "lab.example", "inst1", "vg0", "10.77.", "10.78.", "2222")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def theirs(site: Path, data: Any) -> Any:
    return renamed(data, load_site(site).layout(2))


@pytest.mark.parametrize("scenario", sorted(name for name in ANSWERS if "." not in name))
def test_a_runbook_takes_the_same_course_with_other_names(tmp_path: Path, site: Path, scenario: str) -> None:
    ours = Rehearsal(tmp_path / "ours", scenario, ANSWERS[scenario]).go()
    given: dict[str, Given] = theirs(site, dict(ANSWERS[scenario]))
    world = scenarios_on(site)[scenario]()
    other = Rehearsal(tmp_path / "theirs", scenario, given, world=world).go()
    assert other.error is None, f"{other.error}\n{other.operator.text}"
    assert other.course == theirs(site, ours.course)


def test_at_the_usual_port_a_node_is_known_by_its_bare_name(tmp_path: Path, site: Path) -> None:
    site.write_text(SITE.replace("2022", "22"))
    world = scenarios_on(site)["node-reinstall"]()
    done = Rehearsal(tmp_path, "node-reinstall", theirs(site, dict(ANSWERS["node-reinstall"])), world=world).go()
    assert done.error is None, f"{done.error}\n{done.operator.text}"


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_nothing_is_called_as_ours_is(site: Path, scenario: str) -> None:
    world = scenarios_on(site)[scenario]()
    told = [world.description, world.entry.name, *world.parameters.values()]
    told += [Reader(world.links).read(world.entry, SSCONF).stdout]
    assert [word for word in OURS for text in told if word in text.replace("hvparams", "")] == []


def test_a_large_cluster_is_well(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    nodes = ", ".join(f"n{number}.example.net" for number in range(1, 13))
    instances = ", ".join(f"vm{number}.example.net" for number in range(1, 31))
    path.write_text(f"nodes: [{nodes}]\ninstances: [{instances}]\n")
    cluster = cluster_of(Scenario(description="all well", site=load_site(path), nodes=12))
    assert len(cluster.machines) == 12
    assert {len(machine.domains) for machine in cluster.machines.values()} <= set(range(1, 6))
    world = scenarios_on(path)["watcher-continue"]()
    reader = Reader(world.links)
    look = SHOP.discoverer.diagnose
    assert look is not None
    found = look(Context(reader, SHOP.discover(reader, [world.entry]), world.clock))
    assert [one.code for one in found.findings] == ["watcher-paused"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nodes: [alpha.example.net]\n", "at least two"),
        ("nodes: [alpha.example.net, -beta.example.net]\n", "nodes.1"),
        ("nodes: [alpha.example.net, alpha.example.org]\n", "begin with alpha"),
        ("nodes: [alpha, beta]\n", "nodes.0"),
        ("networks: [10.0.0.0/24, 10.0.0.128/25]\n", "do not overlap"),
        ("networks: [10.0.0.0/30, 10.1.0.0/24]\n", "room"),
        ("volume_group: -f\n", "volume_group"),
        ("ssh_port: 0\n", "ssh_port"),
        ("instances: [x.example.net, y.example.net\n", "while parsing"),
        ("- nodes\n", "no mapping"),
    ],
)
def test_a_wrong_site_file_says_where_it_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        scenarios_on(path)
    assert caught.value.code == "scenario-invalid"
    assert expected in caught.value.why


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_it_is_an_option_of_rehearse(program: Program, site: Path) -> None:
    program("rehearse", "stuck-job", "--site", str(site), "--from", str(site)).refused("usage", 2)
    program("rehearse", "stuck-job", "--site", "nowhere.yaml").refused("scenario-invalid", 2, "No such file")


def test_the_example_of_the_docs_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "rehearsals.md").read_text()
    path = tmp_path / "site.yaml"
    path.write_text(text.partition("<!-- site -->\n```yaml\n")[2].partition("```")[0])
    assert load_site(path).layout(2).node_names[2] == "gamma.example.net"
