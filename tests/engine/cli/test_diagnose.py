"""`gnt-runbook diagnose` as it is typed: in words, for machines, and its exit codes."""

import json
import re
from pathlib import Path

from tests.engine.cli.program import Program

PAGE = Path(__file__).resolve().parents[3] / "docs" / "diagnose.md"
ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"


def test_a_healthy_cluster_and_only_that_is_well(program: Program) -> None:
    ended = program("diagnose", "--scenario", "healthy")
    assert ended.code == 0
    assert "Nothing wrong found: every host answered" in ended.out
    assert "Never looked at here: free space" in ended.out
    assert program.journals == []


def test_an_incident_in_words(program: Program) -> None:
    ended = program("diagnose", "--scenario", "stuck-job")
    assert ended.code == 0
    assert (
        "and so: Job 41, INSTANCE_MIGRATE(inst1.lab.example), seems to hang: nothing new for 3 h 11 min; 1 job waits"
        " behind it." in " ".join(ended.out.split())
    )
    assert "    $ gnt-runbook run split-brain-stuck instance=inst1.lab.example\n" in ended.out
    assert f"    | {ONE}: /var/lib/ganeti/queue/job-41: running; nothing new" in ended.out
    assert "and so: Job 42" in ended.out
    assert "Then diagnose again" in ended.out
    assert "Nothing wrong" not in ended.out
    assert "\x1b" not in ended.out


def test_a_node_that_was_not_seen_is_told(program: Program) -> None:
    ended = program("diagnose", "--scenario", "master-failover")
    assert ended.code == 0
    assert f"not looked at: {ONE}" in ended.out
    assert "What could not be found out" in ended.out


def test_a_node_that_was_declared_dead_is_not_looked_at(program: Program) -> None:
    ended = program("diagnose", "--scenario", "healthy", "--dead", "hwhost-2")
    told = " ".join(ended.out.split())
    assert ended.code == 0
    assert f"looked at {ONE}" in told
    assert f"not looked at: {TWO}" in told
    assert f"{TWO} was declared dead, and was not tried." in told
    assert f"{TWO} does not answer to ssh, but it is not off." in told
    program("diagnose", "--scenario", "healthy", "--dead", "hwhots-2").refused("dead-unknown", 2, TWO)


def test_what_machines_may_rely_on(program: Program) -> None:
    ended = program("diagnose", "--json", "--scenario", "master-failover")
    found = json.loads(ended.out)
    assert ended.code == 0
    assert set(found) == {
        *("format", "site", "all_well", "answered", "silent", "findings", "suggestions", "unknown", "beyond"),
    }
    assert (found["format"], found["all_well"]) == (1, False)
    assert (found["answered"], found["silent"]) == ([TWO], [ONE])
    assert set(found["findings"][0]) == {
        *("code", "key", "title", "about", "evidence", "weight", "explained_by", "suggestion", "next"),
    }
    assert found["findings"][0]["about"] == [{"kind": "node", "name": ONE}]
    assert found["findings"][1]["explained_by"] == found["findings"][0]["key"]
    (suggestion,) = found["suggestions"]
    assert suggestion["command"] == f"gnt-runbook run master-failover new_master={TWO}"
    assert set(suggestion) == {"runbook", "parameters", "command", "note"}
    assert all(set(one) == {"question", "why"} for one in found["unknown"])
    told = set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8")))
    assert {*found, *found["findings"][0], *suggestion, "question", "why", "kind", "name"} <= told


def test_no_node_can_be_read(program: Program) -> None:
    program("diagnose", "--host", "nowhere.invalid").refused("host-unresolved", 3, "nowhere.invalid")


def test_an_unknown_scenario_is_refused(program: Program) -> None:
    program("diagnose", "--scenario", "x").refused("scenario-unknown", 2, "stuck-job.orphan")


def test_a_scenario_has_no_hosts(program: Program) -> None:
    program("diagnose", "--scenario", "healthy", "--host", "a").refused("usage", 2, "--host")


def test_there_is_no_cluster_here(program: Program) -> None:
    program("diagnose").refused("no-host", 2, "--host NODE")
