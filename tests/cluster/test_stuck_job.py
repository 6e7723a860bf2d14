"""A job really hangs on the real cluster, and the runbook ends it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.jobs.checks.progress import YOUNG
from engine.journal.events import Intent
from tests.cluster.deaths import TAKE_OVER, Death, killed
from tests.cluster.lab import Lab
from tests.cluster.lab.shell import wait_until
from tests.cluster.product import NODES, Product, assert_unchanged, rehearsed_course, state_at_rest, verify
from tests.reliability import record

WATCHER = ("Pause Ganeti's watcher: go on?", "y")
KILL = "Kill the job by Ganeti's own means: this interrupts something."
KILL_PROCESS = "Kill the job's process: this interrupts something."


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def processes(lab: Lab, job: str) -> str:
    return lab.run(NODES[0], ["pgrep", "-f", f"^[^ ]*python[0-9.]* [^ ]*/jqueue/exec[.]py {job}$"]).stdout


def old_enough(lab: Lab, job: str) -> str:
    """The number of a job that hangs for so long that it cannot be taken for one that has only just begun."""

    def seconds() -> int:
        pid = processes(lab, job).strip()
        return int(lab.must(NODES[0], ["ps", "-o", "etimes=", "-p", pid]).stdout)

    wait_until(f"job {job} to have been at it for {YOUNG} s", 120, lambda: seconds() > YOUNG)
    return job


def works_again(lab: Lab) -> bool:
    """Whether a new job that needs the same locks runs to its end."""
    return lab.run(NODES[0], ["gnt-debug", "delay", "-n", NODES[1], "0.1"], timeout=120).exit_code == 0


def test_a_hung_job_is_shown_by_a_dry_run_and_ended_by_a_guided_run(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    clean = verify(lab, NODES[0])
    job = old_enough(lab, lab.incident("stuck-job")["job"])

    before = state_at_rest(lab)
    dry = product.call("run", "stuck-job", f"job={job}", "--dry-run")
    print(dry.stdout, dry.stderr)
    assert dry.returncode == 0, dry.stderr
    assert f"gnt-job cancel --kill --yes-do-it '--reason=gnt-runbook dry-run kill' {job}" in dry.stdout
    assert "TEST_DELAY(3600.0) stops where it is" in dry.stdout
    assert_unchanged(lab, before)

    def somebody_else_tries() -> None:
        """While the first one thinks about the question, a second operator starts the same repair."""
        (tmp_path / "nothing.yaml").write_text("format: 1\nanswers: {}\n")
        other = Product(lab, tmp_path / "other")
        second = other.call("run", "stuck-job", f"job={job}", "--answers", str(tmp_path / "nothing.yaml"))
        print(second.stdout, second.stderr)
        assert second.returncode == 5, second.stderr
        assert "ERROR locked:" in second.stderr
        assert "of stuck-job, since 20" in second.stderr
        assert "at the step 'kill'" in second.stderr
        assert "The lock is on hwhost-1.lab.example and hwhost-2.lab.example." in second.stderr

    answers = [("The job that hangs", job), WATCHER, (KILL, "yes")]
    code, screen = product.guided("stuck-job", ["stuck-job"], answers, {KILL: somebody_else_tries})
    assert code == 0, screen
    assert "SIGKILL send to the process" in screen
    assert processes(lab, job) == ""
    assert works_again(lab)
    assert verify(lab, NODES[0]) == clean
    ended = product.journal().ended
    assert ended is not None
    assert ended.exit == 0
    assert product.course() == rehearsed_course("stuck-job.delay", tmp_path)

    anchors = tmp_path / "anchors"
    anchors.write_text(lab.must(NODES[0], "journalctl -q -t gnt-runbook").stdout)
    print(anchors.read_text())
    # Earlier tests have left anchors there as well, of journals that are gone.
    verified = product.call("audit", "verify", product.journal().path.stem, "--anchors", str(anchors))
    assert (verified.returncode, "intact: all" in verified.stdout) == (0, True), verified.stdout

    again = product.call("run", "stuck-job", f"job={job}", "--dry-run")
    assert again.returncode == 3
    assert "job-is-over" in again.stdout
    unknown = product.call("run", "stuck-job", "job=987654", "--dry-run")
    assert (unknown.returncode, "The queue does not know it" in unknown.stdout) == (3, True), unknown.stdout


def test_killed_in_the_middle_it_is_resumed_to_its_end(product: Product) -> None:
    lab = product.lab
    job = old_enough(lab, lab.incident("stuck-job")["job"])
    at_intent: Death = ("after-intent", "kill#")
    answers = [WATCHER, (KILL, "yes")]
    killed(product, "stuck-job-killed-at-intent", ["run", "stuck-job", f"job={job}"], answers, at_intent)
    first = product.journal().path.stem
    last = [event for event in product.journal().events if isinstance(event, Intent)][-1]
    assert last.action["argv"][:4] == ["gnt-job", "cancel", "--kill", "--yes-do-it"]
    assert f"UNKNOWN: {last.key} on {NODES[0]}" in product.call("runs").stdout
    assert processes(lab, job) != "", "the intent alone has no effect"

    at_start: Death = ("after-remote-start", "kill#")
    answers = [(TAKE_OVER, "yes"), (KILL, "yes")]
    killed(product, "stuck-job-killed-at-start", ["resume", first], answers, at_start)
    second = product.journal().path.stem
    assert product.journal().unknown
    wait_until("the kill that nobody saw to have its effect", 120, lambda: processes(lab, job) == "")
    answers = [(TAKE_OVER, "yes"), ("The run began with these", "yes")]
    code, screen = product.guided("stuck-job-resumed", [second], answers, command="resume")
    assert code == 0, screen
    assert "It was not begun, and never will be." not in screen
    assert "It has ended. Exit code 0" in screen
    kills = [event for event in product.journal().events if isinstance(event, Intent) and event.step == "kill"]
    assert kills == [], "it was not begun again"
    assert works_again(lab)
    record(
        "gnt-runbook is killed with SIGKILL before the change of `stuck-job` is sent; resumed, and killed after it",
        tried=2,
        lost=0,
        twice=len(kills),
        seen="What became of the change that was under way; a question only where it had not been begun.",
        proof="cluster",
    )

    # The wiki's way on 3.0: the file is gone, the process is left with all its locks, no list shows it any more.
    job = lab.incident("stuck-job")["job"]
    lab.must(NODES[0], f"systemctl stop ganeti && rm /var/lib/ganeti/queue/job-{job} && systemctl start ganeti")
    assert processes(lab, job) != ""
    stray = ("Move copies of the job's file away that only candidates have: go on?", "y")
    answers = [WATCHER, (KILL_PROCESS, "yes"), stray]
    code, screen = product.guided("stuck-job-after-the-wiki", ["stuck-job", f"job={old_enough(lab, job)}"], answers)
    assert code == 0, screen
    assert processes(lab, job) == ""
    assert works_again(lab)
    left = [lab.run(node, ["test", "-e", f"/var/lib/ganeti/queue/job-{job}"]).exit_code for node in NODES]
    assert left == [1, 1]


def test_who_may_not_and_who_is_not_are_refused_before_anything_is_sent(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    before = state_at_rest(lab)

    def dry(*options: str) -> subprocess.CompletedProcess[str]:
        return product.call("run", "stuck-job", "job=1", "--dry-run", *options)

    refused = dry("--user", "nosudo")
    assert (refused.returncode, "sudo-refused" in refused.stderr) == (5, True), refused.stderr
    allowed = dry("--user", "operator")
    assert allowed.returncode == 3, allowed.stderr  # job 1 ended long ago: it could be read through sudo

    config = lab.ssh_config.read_text()
    lies = tmp_path / "lies"
    lies.write_text(config.replace("10.77.0.1\n", "10.77.0.9\n").replace("10.77.0.2\n", "10.77.0.1\n"))
    known = next(line for line in config.splitlines() if "UserKnownHostsFile" in line).split()[1]
    keys = Path(known).read_text()
    (tmp_path / "known_hosts").write_text(keys.replace("10.77.0.1", "10.77.0.9").replace("hwhost-2", "hwhost-x"))
    lies.write_text(lies.read_text().replace(known, str(tmp_path / "known_hosts")))
    stranger = dry("-F", str(lies), "--host", NODES[1])
    assert stranger.returncode == 5, stranger.stderr
    assert "host-key" in stranger.stderr or "host-identity" in stranger.stderr

    nowhere = dry("--host", "10.77.0.77")
    assert (nowhere.returncode, "host" in nowhere.stderr) == (3, True), nowhere.stderr
    assert_unchanged(lab, before)
