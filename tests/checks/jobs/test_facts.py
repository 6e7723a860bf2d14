"""Jobs, from the queue, the locks and the processes of the acting master."""

import json
from collections.abc import Callable

import pytest

from checks.jobs.facts import jobs
from checks.jobs.facts import jobs as facts_jobs
from checks.paths import CONFIG_DATA, JOB_FILE_PREFIX, LOCKS_DATA
from engine.errors import FactError, HostUnreachableError
from tests.checks.imitation import JOB_COMMAND, ONE, THREE, TWO, UUIDS, Imitation, delay_job


def test_a_stuck_job_with_all_that_is_known_of_it(stuck: Imitation) -> None:
    job = jobs.job(stuck.context(), job=14)
    assert (job.id, job.status, job.summary, job.opcode) == (14, "running", "TEST_DELAY(3600.0)", "TEST_DELAY")
    assert job.nodes == (TWO, ONE)
    assert job.process is not None
    assert (job.process.node, job.process.command) == (ONE, f"{JOB_COMMAND} 14")
    assert job.locks == ("cluster/BGL (shared)", f"node/{ONE} (exclusive)", f"node/{TWO} (exclusive)")
    assert job.blocks == (16,)
    assert job.started == "2026-11-22 12:32:23 UTC"
    assert job.age == 56.5
    assert job.last_log == "for a long time"
    assert job.filed_on == (ONE, TWO)
    assert job.unfinished


def test_an_approval_does_not_depend_on_what_changes_by_itself(stuck: Imitation) -> None:
    before = jobs.job(stuck.context(), job=14)
    older = delay_job()
    older["ops"][0]["log"].append([2, [1, 1], "message", "still waiting"])
    older["start_timestamp"][1] = 700000
    stuck.file_job(older)
    after = jobs.job(stuck.context(), job=14)
    assert after.last_log != before.last_log
    assert after.age != before.age
    assert after == before


def test_instances_from_the_input_and_the_locks(cluster: Imitation) -> None:
    job = delay_job(41)
    job["ops"][0]["input"] = {"OP_ID": "OP_INSTANCE_MIGRATE", "instance_name": "inst1.lab.example"}
    cluster.file_job(job)
    names = ["instance/inst1.lab.example", "instance/inst2.lab.example", "instance/[lockset]"]
    cluster.hold([[[41, "", 5], [[name, "exclusive"] for name in names]]])
    found = jobs.job(cluster.context(), job=41)
    assert found.summary == "INSTANCE_MIGRATE(inst1.lab.example)"
    assert found.instances == ("inst1.lab.example", "inst2.lab.example")


def test_without_the_configuration_nodes_in_locks_stay_uuids(stuck: Imitation) -> None:
    del stuck.files[ONE][CONFIG_DATA]
    assert f"node/{UUIDS[TWO]} (exclusive)" in jobs.job(stuck.context(), job=14).locks


def test_an_unknown_job_names_those_there_are(stuck: Imitation) -> None:
    with pytest.raises(FactError) as caught:
        jobs.job(stuck.context(), job=99)
    assert caught.value.code == "job-unknown"
    assert "14 (running TEST_DELAY(3600.0)), 16 (waiting" in caught.value.hint


def test_a_job_without_its_file_is_lost_as_long_as_it_lives(stuck: Imitation) -> None:
    del stuck.files[ONE][f"{JOB_FILE_PREFIX}14"]
    job = jobs.job(stuck.context(), job=14)
    assert (job.status, job.unfinished, job.filed_on) == ("lost", True, (TWO,))
    assert job.process
    assert job.locks


def test_a_file_on_another_candidate_alone_is_a_lost_job_that_is_over(stuck: Imitation) -> None:
    del stuck.files[ONE][f"{JOB_FILE_PREFIX}13"]
    job = jobs.job(stuck.context(), job=13)
    assert (job.status, job.unfinished, job.filed_on) == ("lost", False, (TWO,))
    assert job.summary == "TEST_DELAY(3600.0)"


def test_copies_of_a_job_that_may_not_exist(stuck: Imitation) -> None:
    assert facts_jobs.copies(stuck.context(), job=13) == (ONE, TWO)
    del stuck.files[ONE][f"{JOB_FILE_PREFIX}13"]
    assert facts_jobs.copies(stuck.context(), job=13) == (TWO,)
    assert facts_jobs.copies(stuck.context(), job=99) == ()


def test_a_lost_job_of_which_no_file_is_left(stuck: Imitation) -> None:
    for node in (ONE, TWO):
        del stuck.files[node][f"{JOB_FILE_PREFIX}14"]
    job = jobs.job(stuck.context(), job=14)
    assert (job.status, job.unfinished, job.filed_on, job.opcode) == ("lost", True, (), "")
    assert "14" in job.summary


def test_unfinished_jobs_in_order(stuck: Imitation) -> None:
    assert [(job.id, job.status) for job in jobs.unfinished(stuck.context())] == [(14, "running"), (16, "waiting")]


def test_no_jobs(cluster: Imitation) -> None:
    assert jobs.unfinished(cluster.context()) == ()
    assert jobs.orphans(cluster.context()) == ()


def test_a_damaged_job_file_is_shown_as_such(stuck: Imitation) -> None:
    stuck.files[ONE][f"{JOB_FILE_PREFIX}16"] = "{\n"
    assert [(job.id, job.status) for job in jobs.unfinished(stuck.context())] == [(14, "running"), (16, "damaged")]
    job = jobs.job(stuck.context(), job=16)
    assert (job.status, job.unfinished, job.filed_on) == ("damaged", True, (ONE, TWO))
    assert job.summary == "TEST_DELAY(3600.0)"
    assert [orphan.job for orphan in jobs.orphans(stuck.context())] == []


def test_a_queue_is_read_on_the_acting_master(stuck: Imitation) -> None:
    for node in (ONE, TWO, THREE):
        stuck.ssconf(node, "master_node", f"{TWO}\n")
    stuck.file_job(delay_job(20), TWO)
    assert [job.id for job in jobs.unfinished(stuck.context())] == [14, 16]
    stuck.commands[ONE] = []
    assert 20 in [job.id for job in jobs.unfinished(stuck.context())]


def test_the_master_does_not_answer(stuck: Imitation) -> None:
    stuck.silence(ONE)
    with pytest.raises(HostUnreachableError):
        jobs.job(stuck.context(), job=14)


def test_a_silent_candidate_does_not_hide_the_job(stuck: Imitation) -> None:
    stuck.silence(TWO)
    assert jobs.job(stuck.context(), job=14).filed_on == (ONE,)


def test_orphans_after_the_file_was_deleted(stuck: Imitation) -> None:
    del stuck.files[ONE][f"{JOB_FILE_PREFIX}14"]
    (orphan,) = jobs.orphans(stuck.context())
    assert (orphan.job, orphan.node) == (14, ONE)
    assert orphan.process
    assert len(orphan.locks) == 3


def test_orphans_of_a_job_that_the_queue_has_as_over(stuck: Imitation) -> None:
    stuck.file_job(delay_job(14, "error"))
    stuck.commands[ONE] = [command for command in stuck.commands[ONE] if not command.endswith("exec.py 14")]
    (orphan,) = jobs.orphans(stuck.context())
    assert (orphan.job, orphan.process, orphan.node) == (14, None, "")


def test_a_process_left_on_a_former_master(stuck: Imitation) -> None:
    stuck.commands[THREE].append(f"{JOB_COMMAND} 7")
    (orphan,) = jobs.orphans(stuck.context())
    assert (orphan.job, orphan.node, orphan.locks) == (7, THREE, ())


def test_locks_that_were_never_saved(stuck: Imitation) -> None:
    del stuck.files[ONE][LOCKS_DATA]
    assert jobs.job(stuck.context(), job=14).locks == ()


def test_a_job_that_was_never_started(cluster: Imitation) -> None:
    job = delay_job(21, "queued")
    del job["start_timestamp"]
    cluster.file_job(json.loads(json.dumps(job)))
    found = jobs.job(cluster.context(), job=21)
    assert (found.status, found.started, found.age, found.process) == ("queued", "", 60.0, None)


def _removed(stuck: Imitation) -> None:
    del stuck.files[ONE][f"{JOB_FILE_PREFIX}14"]


def _damaged(stuck: Imitation) -> None:
    stuck.files[ONE][f"{JOB_FILE_PREFIX}14"] = "{"


def _over_with_its_locks(stuck: Imitation) -> None:
    stuck.file_job(delay_job(14, "error"))
    stuck.commands[ONE] = [command for command in stuck.commands[ONE] if not command.endswith("exec.py 14")]


def _over_without_locks(stuck: Imitation) -> None:
    _over_with_its_locks(stuck)
    del stuck.files[ONE][LOCKS_DATA]


def _removed_with_its_process(stuck: Imitation) -> None:
    _removed(stuck)
    _over_without_locks(stuck)
    _removed(stuck)


def _process_on_a_former_master(stuck: Imitation) -> None:
    _removed_with_its_process(stuck)
    stuck.commands[THREE].append(f"{JOB_COMMAND} 14")


@pytest.mark.parametrize(
    ("happens", "queued", "left_over"),
    [
        (lambda _stuck: None, True, True),
        (_damaged, True, True),
        (_removed, False, True),
        (_over_with_its_locks, False, True),
        (_process_on_a_former_master, False, True),
        (_over_without_locks, False, False),
        (_removed_with_its_process, False, False),
    ],
)
def test_what_is_left_of_a_job_is_in_one_of_the_lists(
    stuck: Imitation, happens: Callable[[Imitation], None], *, queued: bool, left_over: bool
) -> None:
    happens(stuck)
    job = jobs.job(stuck.context(), job=14, or_gone=True)
    assert (job.queued, job.left_over) == (queued, left_over)
    assert (14 in jobs.unfinished(stuck.context()).ids) is queued
    assert (14 in [orphan.job for orphan in jobs.orphans(stuck.context())]) is (left_over and not queued)
