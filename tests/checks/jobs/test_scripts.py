"""The scripts that a job has left running on a node, and how each of their processes is told from all others."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.cluster.parse.processes import Process, parse_processes
from checks.jobs.checks.processes import process_goes_on, script_is_gone
from checks.jobs.checks.progress import is_not_over, is_quiet
from checks.jobs.facts import jobs
from checks.jobs.facts.scripts import Script, _described, scripts
from checks.look.commands import PROCESSES
from tests.checks.diagnosis.clinic import ONE, TWO, Patient, only, patient

HOOK = "/etc/ganeti/hooks/instance-start-pre.d/50-dns"


def started(ill: Patient, node: str, command: str, *, parent: int = 1, ago: float = 600.0) -> int:
    machine = ill.cluster.machines[node]
    return machine.spawn(command, ppid=parent, at=ill.cluster.clock.monotonic() - ago).pid


def test_a_hook_and_what_it_has_started_are_named_with_their_node() -> None:
    ill = patient("stuck-job.hook")
    hook, child = scripts(ill.context(), job=41)
    assert (hook.node, hook.kind, hook.path, hook.command) == (TWO, "hook", HOOK, f"/bin/sh {HOOK}")
    assert (child.node, child.path, child.command.split()[0]) == (TWO, HOOK, "curl")
    assert child.parents == f"{hook.pid},1"
    assert hook.can_end
    assert child.can_end
    found = only(ill.diagnosed(), "job-hangs")
    assert f"hook {HOOK} still runs on {TWO}" in found.title
    assert any("curl" in line for line in found.evidence)
    assert found.suggestion is not None
    assert "the next job that runs it will hang again" in found.suggestion.note


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (f"/bin/bash {HOOK}", "hook"),
        ("/etc/ganeti/hooks/global-post.d/log", "hook"),
        ("/bin/bash /usr/share/ganeti/os/debootstrap/create", "OS script"),
        ("/srv/ganeti/extstorage/rbd/attach", "storage script"),
        ("/bin/sh /etc/ganeti/hooks/instance-migrate-pre.d/50-dns", ""),
        ("/usr/bin/vim /etc/ganeti/hooks", ""),
        ("grep x /etc/ganeti/hooks/README", ""),
    ],
)
def test_what_is_a_script_of_this_job(command: str, kind: str) -> None:
    ill = patient("stuck-job.hook")
    pid = started(ill, ONE, command)
    assert [one.kind for one in scripts(ill.context(), job=41) if one.pid == pid] == ([kind] if kind else [])


def test_what_was_started_before_the_job_or_after_its_end_is_not_its() -> None:
    ill = patient("stuck-job.hook")
    before = started(ill, ONE, f"/bin/sh {HOOK} before", ago=9000)
    ill.happens("run hwhost-1 gnt-job cancel --kill --yes-do-it 41").waits(300)
    after = started(ill, ONE, f"/bin/sh {HOOK} after", ago=10)
    assert {one.pid for one in scripts(ill.context(), job=41)} & {before, after} == set()
    assert len(scripts(ill.context(), job=41)) == 2, "what it has left still counts"
    left = is_not_over(ill.context(), job=41)
    assert (left.holds, f"it has left the hook {HOOK} on {TWO}" in left.summary) == (True, True)


@pytest.mark.parametrize(("like", "number"), [(f"/bin/sh {HOOK}", 2), (f"/bin/sh?{HOOK}", 1)])
def test_one_that_cannot_be_told_from_another_one_is_not_ended_from_here(like: str, number: int) -> None:
    ill = patient("stuck-job.hook")
    started(ill, TWO, like)
    same = [one for one in scripts(ill.context(), job=41) if one.command == f"/bin/sh {HOOK}"]
    assert [(one.pattern, one.can_end) for one in same] == [("", False)] * number


def test_it_is_gone_when_its_number_and_its_command_are() -> None:
    ill = patient("stuck-job.hook")
    hook, child = scripts(ill.context(), job=41)
    assert script_is_gone(ill.context(), node=TWO, pid=hook.pid, command=hook.command).holds is False
    ill.happens(f"run hwhost-2 pkill -KILL -P {hook.parents} -f -- '^{hook.pattern}$'")
    assert script_is_gone(ill.context(), node=TWO, pid=hook.pid, command=hook.command).holds is True
    assert script_is_gone(ill.context(), node=TWO, pid=child.pid, command=child.command).holds is False
    ill.happens(f"run hwhost-2 pkill -KILL -P {child.parents} -f -- '^{child.pattern}$'")
    assert scripts(ill.context(), job=41) == ()


def test_a_stopped_process_is_explained_and_goes_on_when_it_is_told_to() -> None:
    ill = patient("stuck-job.stopped")
    assert jobs.job(ill.context(), job=41).stopped
    assert any("state T: stopped" in line for line in is_quiet(ill.context(), job=41).evidence)
    found = only(ill.diagnosed(), "job-hangs")
    assert "its process is stopped" in found.title
    assert found.suggestion is not None
    assert "It goes on after SIGCONT" in found.suggestion.note
    assert process_goes_on(ill.context(), job=41).holds is False
    ill.waits(3600)
    assert jobs.job(ill.context(), job=41).status == "running", "nothing moves it"
    ill.happens("run hwhost-1 pkill -CONT -f 'jqueue/exec.py 41$'")
    assert process_goes_on(ill.context(), job=41).holds is True
    ill.waits(20)
    assert jobs.job(ill.context(), job=41).status == "success"


def described(command: str, parent: int = 7) -> Script:
    return _described(ONE, Process(900, parent, "root", "S", 9, command), HOOK, "hook", alone=True)


@settings(max_examples=80)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40), st.text(max_size=3))
@example("a^b\\c[d]e]f-g$h.i*j+k?l(m)n{o}p|q", "")
def test_a_pattern_means_its_own_command_and_no_other(command: str, more: str) -> None:
    command = command.strip()
    pattern = f"^{described(command).pattern}$"
    if command:
        assert re.search(pattern, command)
        assert not more or not re.search(pattern, command + more + ".")
        assert not re.search(pattern, f"x{command}")


@pytest.mark.parametrize("command", ["", "a\nb", "a\x1b[2J", "ä", "x" * 1001])
def test_what_cannot_be_told_in_a_pattern_is_not_asked_for(command: str) -> None:
    assert described(command).can_end is False


@contextmanager
def sleeping(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    code = "import time; print(1, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(shutil.which("pgrep") is None or shutil.which("ps") is None, reason="needs procps")
def test_the_real_tools_find_exactly_that_process_and_tell_that_it_is_stopped() -> None:
    def seen(pid: int) -> Process:
        listed = subprocess.run(PROCESSES.argv, capture_output=True, text=True, check=True).stdout
        return next(one for one in parse_processes(listed) if one.pid == pid)

    odd = "a^b\\c[d]e]f-g$h.i*j+k?l(m)n{o}p|q"
    with sleeping(odd) as one, sleeping(odd.replace("h", "x")):
        process = seen(one.pid)
        pattern = described(process.command, process.parent)
        argv = ["pgrep", "-P", pattern.parents, "-f", "--", f"^{pattern.pattern}$"]
        found = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
        assert found.split() == [str(one.pid)], (argv, found)
        one.send_signal(signal.SIGSTOP)
        while not (stopped := seen(one.pid)).stopped:
            pass
        assert stopped.state.startswith("T")
        one.send_signal(signal.SIGCONT)


def test_an_instance_is_named_once_however_its_name_was_typed() -> None:
    ill = patient("stuck-job.hook")
    assert (
        json.loads(ill.cluster.machines[ONE].files.read("/var/lib/ganeti/queue/job-41") or "")["ops"][0]["input"][
            "instance_name"
        ]
        == "inst2"
    )
    assert jobs.job(ill.context(), job=41).instances == ("inst2.lab.example",)
