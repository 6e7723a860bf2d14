"""Job files and locks."""

import json
from typing import Any

import pytest

from checks.jobs.parse.job import JobFile, parse_job, parse_queue
from checks.jobs.parse.locks import Lock, Locks, parse_locks
from checks.look.output import ParseError
from tests.checks.imitation import delay_job


def job(*statuses: str, **fields: Any) -> JobFile:
    ops = [{"input": {"OP_ID": "OP_NODE_ADD"} | fields, "status": status} for status in statuses]
    return parse_job(json.dumps({"id": 7, "ops": ops}))


# By Ganeti's own rule: an error, a cancellation or its request decides; else the last opcode that is under way.
@pytest.mark.parametrize(
    ("opcodes", "status"),
    [
        (["queued"], "queued"),
        (["success", "queued"], "queued"),
        (["waiting", "queued"], "waiting"),
        (["success", "running", "queued"], "running"),
        (["running", "waiting"], "waiting"),
        (["success", "success"], "success"),
        (["success", "error", "running"], "error"),
        (["running", "canceling"], "canceling"),
        (["canceled", "error"], "canceled"),
    ],
)
def test_status_from_the_opcodes(opcodes: list[str], status: str) -> None:
    assert job(*opcodes).status == status


def test_which_statuses_are_not_over() -> None:
    over = {status: not job(status).unfinished for status in ("queued", "waiting", "canceling", "running")}
    assert over == dict.fromkeys(over, False)
    assert not any(job(status).unfinished for status in ("success", "error", "canceled"))


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({"OP_ID": "OP_INSTANCE_MIGRATE", "instance_name": "inst1.lab.example"}, "INSTANCE_MIGRATE(inst1.lab.example)"),
        ({"OP_ID": "OP_TEST_DELAY", "duration": 3600}, "TEST_DELAY(3600.0)"),
        ({"OP_ID": "OP_NODE_ADD", "node_name": "hwhost-2"}, "NODE_ADD(hwhost-2)"),
        ({"OP_ID": "OP_CLUSTER_VERIFY_GROUP", "group_name": "73c9"}, "CLUSTER_VERIFY_GROUP(73c9)"),
        ({"OP_ID": "OP_CLUSTER_VERIFY"}, "CLUSTER_VERIFY"),
        ({"OP_ID": "OP_INSTANCE_QUERY_DATA", "instances": ["inst1"]}, "INSTANCE_QUERY_DATA"),
    ],
)
def test_summary_as_the_job_list_words_it(fields: dict[str, Any], summary: str) -> None:
    assert job("running", **fields).summary == summary


def test_several_opcodes_in_one_summary() -> None:
    assert job("success", "queued", node_name="a").summary == "NODE_ADD(a),NODE_ADD(a)"


def test_the_last_line_logged() -> None:
    assert parse_job(json.dumps(delay_job())).last_log == "for a long time"


def test_names_from_the_input() -> None:
    found = job("running", instance_name="i1", instances=["i1", "i2", 3], on_nodes=["n1"], remote_node="n2", nodes=None)
    assert (found.instances, found.nodes) == (("i1", "i2"), ("n1", "n2"))


@pytest.mark.parametrize(
    "text",
    ["{}", '{"id": 0, "ops": []}', '{"id": 1, "ops": []}', '{"id": 1, "ops": [{"input": {}, "status": "odd"}]}', "[1"],
)
def test_what_is_no_job(text: str) -> None:
    with pytest.raises(ParseError):
        parse_job(text)


def test_one_broken_file_does_not_hide_the_others() -> None:
    prefix = "/var/lib/ganeti/queue/job-"
    text = f"{prefix}14:{json.dumps(delay_job())}\n{prefix}15:{{\n{prefix}15:broken\n{prefix}x:1\n"
    jobs = parse_queue(text)
    assert jobs[14].status == "running"
    assert isinstance(jobs[15], ParseError)
    assert "job-15" in jobs[15].what
    assert set(jobs) == {14, 15}


def test_jobs_written_over_several_lines() -> None:
    lines = json.dumps(delay_job(), indent=1).splitlines()
    assert parse_queue("".join(f"/var/lib/ganeti/queue/job-14:{line}\n" for line in lines))[14].id == 14


HELD = [
    [[14, "/l/job_14", 1199], [["cluster/BGL", "shared"], ["node/a", "exclusive"]]],
    [["gnt:luxid", "/l/luxid", 80], [["cluster/config", "exclusive"]]],
]


def pending(*locks: list[str], owner: int | str = 16) -> Locks:
    return parse_locks(json.dumps([HELD, [[0, [owner, "/l/job", 1475], list(locks)]]]))


def test_no_locks() -> None:
    assert parse_locks("[[],[]]").of_job(14) == ()


def test_what_a_job_holds() -> None:
    assert parse_locks(json.dumps([HELD, []])).of_job(14) == (
        Lock("cluster/BGL", "shared"),
        Lock("node/a", "exclusive"),
    )


@pytest.mark.parametrize(
    ("wanted", "blocked"),
    [
        (["node/a", "shared"], True),
        (["node/b", "exclusive"], False),
        (["node/[lockset]", "shared"], True),
        (["cluster/BGL", "shared"], False),
        (["cluster/BGL", "exclusive"], True),
        (["node-res/a", "exclusive"], False),
        (["node/a", "release"], False),
        (["cluster/config", "exclusive"], False),
    ],
)
def test_who_waits_behind_a_job(wanted: list[str], *, blocked: bool) -> None:
    assert pending(wanted).waiting_behind(14) == ((16,) if blocked else ())


def test_a_task_that_is_no_job_is_not_listed() -> None:
    assert pending(["node/a", "exclusive"], owner="gnt:luxid").waiting_behind(14) == ()


@pytest.mark.parametrize("text", ["[]", "[[]]", "{}", '[[[[true,"",1],[]]],[]]', '[[[[1,"",1],[["a","odd"]]]],[]]'])
def test_what_are_no_locks(text: str) -> None:
    with pytest.raises(ParseError):
        parse_locks(text)
