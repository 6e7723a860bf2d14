"""A job is over only when its file, its process and its locks all say so."""

import json

import pytest

from checks.jobs.checks import jobs, progress
from checks.look.nodes import UnknownNameError
from checks.paths import JOB_FILE_PREFIX
from tests.checks.imitation import JOB_COMMAND, NOW, ONE, THREE, TWO, Imitation, delay_job


def end_process(cluster: Imitation, number: int) -> None:
    cluster.commands[ONE] = [
        one for one in cluster.commands[ONE] if not one.endswith(f"3.0/ganeti/jqueue/exec.py {number}")
    ]


def test_a_running_job_is_not_over(stuck: Imitation) -> None:
    found = jobs.is_over(stuck.context(), job=14)
    assert found.holds is False
    assert found.summary == (
        "Job 14 is not over: the queue has it as unfinished, and its process is left, and it holds locks."
    )
    assert f"{ONE}: /var/lib/ganeti/queue/job-14: status running, TEST_DELAY(3600.0)" in found.evidence
    assert any("exec.py 14" in line for line in found.evidence)
    assert any("job 16 waits behind job 14" in line for line in found.evidence)


def test_deleting_the_file_ends_nothing(stuck: Imitation) -> None:
    del stuck.files[ONE][f"{JOB_FILE_PREFIX}14"]
    found = jobs.is_over(stuck.context(), job=14)
    assert found.holds is False
    assert "its process is left" in found.summary


def test_locks_outlive_the_process(stuck: Imitation) -> None:
    stuck.file_job(delay_job(14, "error"))
    end_process(stuck, 14)
    assert jobs.process_is_gone(stuck.context(), job=14).holds
    assert jobs.holds_no_lock(stuck.context(), job=14).holds is False
    assert jobs.is_over(stuck.context(), job=14).holds is False
    stuck.hold([])
    found = jobs.is_over(stuck.context(), job=14)
    assert found.holds
    assert f"{ONE}: /var/lib/ganeti/locks.data: nothing of job 14" in found.evidence


def test_a_process_on_another_node_counts(stuck: Imitation) -> None:
    end_process(stuck, 14)
    stuck.commands[THREE].append("/usr/bin/python3 /usr/share/ganeti/3.0/ganeti/jqueue/exec.py 14")
    found = jobs.process_is_gone(stuck.context(), job=14)
    assert found.holds is False
    assert found.evidence[0].startswith(f"{THREE}: process ")


def test_a_silent_node_that_is_not_the_master_is_only_reported(stuck: Imitation) -> None:
    end_process(stuck, 14)
    stuck.silence(THREE)
    found = jobs.process_is_gone(stuck.context(), job=14)
    assert found.holds
    assert f"{THREE}: does not answer, not looked at" in found.evidence


def test_a_silent_master_leaves_all_unknown(stuck: Imitation) -> None:
    stuck.silence(ONE)
    for check in (jobs.is_over, jobs.process_is_gone, jobs.holds_no_lock):
        found = check(stuck.context(), job=14)
        assert found.holds is None
        assert ONE in found.summary


@pytest.mark.parametrize("node", [TWO, "hwhost-2"])
def test_the_file_on_each_node(stuck: Imitation, node: str) -> None:
    assert jobs.file_is_back(stuck.context(), job=14, node=node).holds is True
    del stuck.files[TWO][f"{JOB_FILE_PREFIX}14"]
    found = jobs.file_is_back(stuck.context(), job=14, node=node)
    assert (found.holds, found.evidence) == (False, (f"{TWO}: {JOB_FILE_PREFIX}14: no such file",))


def test_a_name_that_does_not_exist_is_an_error_and_no_verdict(stuck: Imitation) -> None:
    with pytest.raises(UnknownNameError):
        jobs.file_is_back(stuck.context(), job=14, node="hwhost-9")


def test_a_damaged_file_is_no_verdict_either(stuck: Imitation) -> None:
    stuck.files[ONE][f"{JOB_FILE_PREFIX}14"] = "{"
    assert jobs.is_over(stuck.context(), job=14).holds is None


def test_something_is_left_of_a_job(stuck: Imitation) -> None:
    assert progress.is_not_over(stuck.context(), job=14).holds is True
    assert progress.is_not_over(stuck.context(), job=13).holds is False
    stuck.silence(ONE)
    assert progress.is_not_over(stuck.context(), job=14).holds is None


def test_what_an_interrupted_end_left_behind_is_something(stuck: Imitation) -> None:
    stuck.files[TWO][f"{JOB_FILE_PREFIX}9"] = json.dumps(delay_job())
    found = progress.is_not_over(stuck.context(), job=9)
    assert (found.holds, f"its file is left on {TWO}" in found.summary) == (True, True)
    assert progress.is_not_over(stuck.context(), job=10).holds is False
    stuck.commands[ONE] = [one for one in stuck.commands[ONE] if "luxid" not in one]
    found = progress.is_not_over(stuck.context(), job=13)
    assert (found.holds, "daemons do not run" in found.summary) == (True, True)


@pytest.mark.parametrize(
    ("log", "quiet"),
    [
        ([(5, "a")], False),
        ([(500, "a")], True),
        ([(90, "progress: 0.0%"), (5, "progress: 0.0%")], True),
        ([(9, "progress: 0.0%"), (5, "progress: 0.0%")], False),
        ([(9, "progress: 0.0%"), (5, "progress: 0.1%")], False),
    ],
)
def test_a_job_that_says_nothing_new(cluster: Imitation, log: list[tuple[int, str]], *, quiet: bool) -> None:
    job = delay_job()
    job["ops"][0]["log"] = [[at, [NOW - ago, 0], "message", said] for at, (ago, said) in enumerate(log)]
    cluster.file_job(job)
    assert progress.is_quiet(cluster.context(), job=14).holds is quiet


@pytest.mark.parametrize(("age", "quiet"), [(0, False), (2, False), (29, False), (31, True), (7200, True)])
def test_a_job_that_has_said_nothing_is_as_quiet_as_it_is_old(cluster: Imitation, age: int, *, quiet: bool) -> None:
    job = delay_job()
    job["ops"][0]["log"] = []
    job["received_timestamp"], job["start_timestamp"] = [NOW - age - 9000, 0], [NOW - age, 0]
    cluster.file_job(job)
    found = progress.is_quiet(cluster.context(), job=14)
    assert (found.holds, "began" in found.summary) == (quiet, True)
    job["start_timestamp"], job["received_timestamp"] = None, [NOW - age, 0]
    cluster.file_job(job)
    assert progress.is_quiet(cluster.context(), job=14).holds is quiet


def test_a_job_without_a_file_is_as_old_as_its_process(cluster: Imitation) -> None:
    cluster.commands[ONE].append(f"{JOB_COMMAND} 14")
    assert progress.is_quiet(cluster.context(), job=14).holds is True
    assert "1 min 39 s ago" in progress.is_quiet(cluster.context(), job=14).summary
    assert "Nothing of job 15 is at work" in progress.is_quiet(cluster.context(), job=15).summary
