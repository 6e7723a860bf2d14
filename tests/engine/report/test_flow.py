"""The flow of a runbook, drawn."""

import re
from dataclasses import replace

import pytest

from engine.model.step import Ask, CallRunbook
from engine.report.flow import Flow, as_html, as_mermaid, flow_of
from tests.rehearsals.rehearsal import SHOP, load

NODE = re.compile(r"^  (\w+)(?:\(\[|\[\[|\[/|\{\{|\[|\{)\"[^\"]*\"", re.MULTILINE)
EDGE = re.compile(r"^  (\w+) (?:-->|-\.->)(?:\|(?:\"[^\"]*\"|yes|no)\|)? (\w+)$", re.MULTILINE)


def flow(name: str) -> Flow:
    return flow_of(load(name), load)


@pytest.mark.parametrize("name", SHOP.library.ids())
def test_every_line_of_a_chart_is_a_node_or_an_edge_between_nodes_and_all_are_reached(name: str) -> None:
    chart = as_mermaid(flow(name))
    nodes, edges = set(NODE.findall(chart)), EDGE.findall(chart)
    drawn = [one for one in chart.splitlines()[1:] if not one.startswith(("  classDef ", "  class "))]
    assert len(drawn) == len(NODE.findall(chart)) + len(edges)
    assert {one for edge in edges for one in edge} == nodes
    assert nodes - {one for _from, one in edges} == {"begin"}


def test_what_a_step_rests_on_is_drawn() -> None:
    chart, whole = as_mermaid(flow("master-failover")), as_html(flow("master-failover"))
    places = {one.id: one.number for one in flow("master-failover").stops}
    for step in ("failover", "failover-instances"):
        edge = f's{places["fence-old-master"]} -.->|"left out, it is not done"| s{places[step]}'
        assert edge in chart
    assert "Rests on: Make sure that the old master is off, and stays off" in whole


def test_conditions_choices_calls_loops_and_what_is_destroyed_are_drawn() -> None:
    found = flow("node-reinstall")
    chart, page = as_mermaid(found), as_html(found)
    steps = load("node-reinstall").runbook.steps
    assert chart.count("-->|yes|") == sum(bool(one.when) for one in steps)
    called = [one.call for one in steps if isinstance(one, CallRunbook)]
    assert called
    for one in called:
        assert f"the runbook {one}" in chart
        assert f"The runbook {one}, as a part of this run" in page
    assert "(DESTRUCTIVE)" in chart
    assert "DESTRUCTIVE" in page
    assert re.search(r"class [s\d,]+ destructive", chart)
    assert "for each of here.movable_instances, several at once" in chart


def test_each_answer_of_a_decision_is_an_edge() -> None:
    name, step = next(
        (name, step) for name in SHOP.library.ids() for step in load(name).runbook.steps if isinstance(step, Ask)
    )
    chart = as_mermaid(flow(name))
    for key in step.choices:
        assert f'-->|"{key}: ' in chart


def test_a_page_holds_nothing_of_a_runbook_but_text() -> None:
    loaded = load("stuck-job")
    hostile = loaded.runbook.model_copy(update={"title": "<script>alert(1)</script>", "dangers": ("</p>",)})
    page = as_html(flow_of(replace(loaded, runbook=hostile), load))
    assert "<script" not in page
    assert "&lt;/p&gt;" in page
