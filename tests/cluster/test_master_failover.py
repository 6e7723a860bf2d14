"""The master really loses its power; another node takes over by the runbook, and the old one is brought back."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.identity import look, name_of
from engine.journal.events import Intent
from tests.cluster.deaths import (
    TAKE_OVER,
    Death,
    begun_twice,
    chain,
    deaths_are_recorded,
    killed,
    resumed_and_killed,
    whole_course,
)
from tests.cluster.lab import Lab
from tests.cluster.lab.shell import wait_until
from tests.cluster.outage import cut_off_during, jobs, log_of, only_outcome
from tests.cluster.product import (
    COLLEAGUE,
    NODES,
    OPERATOR,
    Product,
    assert_unchanged,
    rehearsed_course,
    state_at_rest,
    verify,
)
from tests.reliability import record

OLD, NEW = NODES
DEFAULTS = "/etc/default/ganeti"
FLAGS = '"--no-voting --yes-do-it"'
START = "Start the instances of the dead node on their other node: this interrupts"
FAILOVER = "gnt-node failover"


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def daemons(lab: Lab, node: str) -> str:
    return lab.must(node, "pgrep -a '^ganeti-(luxid|wconfd)' || true").stdout


def test_the_master_is_lost_and_comes_back(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    clean = verify(lab, OLD)
    assert clean == []
    original = lab.must(NEW, ["cat", DEFAULTS]).stdout

    assert product.well()
    _a_copy_that_missed_a_change_is_refused(product)
    lab.incident("master-lost")
    lost = product.diagnosis()
    assert lost["suggestions"][0]["command"] == f"gnt-runbook run master-failover new_master={NEW}"
    assert lost["silent"] == [OLD]
    assert not lost["all_well"]

    before = state_at_rest(lab, [NEW])
    dry = product.call("run", "master-failover", f"new_master={NEW}", "--dry-run")
    print(dry.stdout, dry.stderr)
    assert dry.returncode == 0, dry.stderr
    assert f"on {NEW}:  gnt-cluster master-failover --no-voting --yes-do-it" in dry.stdout
    assert f"+WCONFD_ARGS={FLAGS}" in dry.stdout
    assert_unchanged(lab, before)

    _another_one_takes_over(product, tmp_path)
    running = daemons(lab, NEW).splitlines()
    assert len(running) == 2
    assert all("--no-voting --yes-do-it" in line for line in running)
    flags = lab.must(NEW, ["cat", DEFAULTS]).stdout
    assert f"WCONFD_ARGS={FLAGS}" in flags
    assert f"LUXID_ARGS={FLAGS}" in flags
    assert 'RAPI_ARGS="-b 127.0.0.1 --require-authentication"' in flags
    instances = lab.must(NEW, ["gnt-instance", "list", "--no-headers", "-o", "pnode,status"]).stdout.split()
    assert set(instances) == {NEW, "running"}
    assert [row["runbook"] for row in product.follow_ups()] == ["master-failover-return"]
    assert f"gnt-runbook run master-failover-return old_master={OLD}" in product.call("list").stdout

    suggested = product.diagnosis()["suggestions"][0]["command"]
    assert suggested == f"gnt-runbook run master-failover-return old_master={OLD}"
    dry = product.call("run", "master-failover-return", f"old_master={OLD}", "--dry-run")
    assert dry.returncode == 0, dry.stdout + dry.stderr

    _the_old_one_comes_back(product, tmp_path)
    assert verify(lab, NEW) == clean
    assert lab.synced()
    assert lab.must(NEW, ["cat", DEFAULTS]).stdout == original
    assert "--no-voting" not in daemons(lab, NEW)
    assert daemons(lab, OLD) == ""
    for node in NODES:
        assert lab.must(node, ["gnt-cluster", "getmaster"]).stdout.strip() == NEW
    assert product.follow_ups() == []
    assert product.well()


def _another_one_takes_over(product: Product, tmp_path: Path) -> None:
    """In one run that dies four times, and misses the end of a step."""
    lab = product.lab
    known = jobs(lab, NEW, "OP_")
    killed(
        product,
        "master-failover-killed",
        ["run", "master-failover", f"new_master={NEW}"],
        [
            (f"type {OLD} once you have done it.", OLD),
            ("Let the new master's daemons start without a vote: go on?", "y"),
        ],
        ("before-outcome", "set-voting-flags#"),
    )
    deaths: list[Death] = [
        ("after-remote-start", "failover#"),
        ("during-append", "outcome"),
        ("after-intent", "redistribute#"),
    ]
    answers = {"resume.preconditions": "yes", "failover": "yes", "mark-offline": "y", "redistribute": "y"}
    with lab.timings.part("master-failover: resumed, and killed, three times"):
        resumed_and_killed(product, tmp_path, answers, deaths)
    code, screen = product.guided(
        "master-failover",
        [product.journal().path.stem],
        [
            (TAKE_OVER, "yes"),
            ("Send the configuration to all nodes that answer: go on?", "y"),
            ("Start them on their other node now?", "start"),
            (START, "yes"),
        ],
        command="resume",
        then={START: lambda: cut_off_during(lab, NEW, FAILOVER, lambda: _a_second_one_is_refused(product, tmp_path))},
    )
    assert code == 0, screen
    assert whole_course(chain(product)) == rehearsed_course("master-failover", tmp_path)
    made = {job: about for job, about in jobs(lab, NEW, "OP_").items() if job not in known}
    _each_change_was_made_once(product, made)
    _what_nobody_saw_is_recorded(product, screen)


def _the_old_one_comes_back(product: Product, tmp_path: Path) -> None:
    """In one run that dies twice."""
    lab = product.lab
    killed(
        product,
        "master-failover-return-killed",
        ["run", "master-failover-return", f"old_master={OLD}"],
        [("Let the old master start: type yes once you have done it.", "yes"),
         ("Join the old master again as an ordinary node: this interrupts", "yes")],
        ("after-remote-start", "readd#"),
        {"Let the old master start: type yes once you have done it.": lambda: lab.power_on(OLD)},
    )  # fmt: skip
    answers = {
        "resume.preconditions": "yes",
        f"remove-voting-flags[{NEW}]": "y",
        "restart-the-daemons": "yes",
        "activate-disks[inst1.lab.example]": "y",
    }
    with lab.timings.part("master-failover-return: resumed, and killed"):
        resumed_and_killed(product, tmp_path, answers, [("before-intent", "activate-disks[")])
    code, screen = product.guided(
        "master-failover-return",
        [product.journal().path.stem],
        [
            (TAKE_OVER, "yes"),
            *[("Connect the disks again: go on?", "y")] * 3,
        ],
        command="resume",
    )
    assert code == 0, screen
    # The embedded cluster has a fourth instance.
    rehearsed = [line for line in rehearsed_course("master-failover-return", tmp_path) if "[inst4." not in line]
    course, twice = whole_course(chain(product)), begun_twice(chain(product))
    assert (course, twice) == (rehearsed, [])
    lost = [line for line in rehearsed if line not in course]
    deaths_are_recorded(product, "master-failover-return", lost=len(lost), twice=len(twice))


def _each_change_was_made_once(product: Product, made: Mapping[int, dict[str, Any]]) -> None:
    """By the queue of the cluster itself, and by what the hosts said of the changes that nobody saw the end of."""
    operations = [job["ops"][0]["input"]["OP_ID"] for job in made.values()]
    print(operations)
    counted = {name: operations.count(name) for name in ("OP_NODE_SET_PARAMS", "OP_CLUSTER_REDIST_CONF")}
    twice = begun_twice(chain(product))
    assert (counted, twice) == (dict.fromkeys(counted, 1), [])
    lost = sum(not number for number in counted.values())
    deaths_are_recorded(product, "master-failover", lost=lost, twice=len(twice))


def _what_nobody_saw_is_recorded(product: Product, screen: str) -> None:
    """The operator was cut off for five minutes, and the step ended meanwhile: once, and with all that it said."""
    words = " ".join(screen.split())
    assert f"The link to {NEW} is lost" in words
    assert f"{NEW} answers again; the end of the change is waited for." in words
    outcome = only_outcome(product.journal(), "failover-instances")
    assert (outcome.state, outcome.exit_code) == ("done", 0)
    moved = jobs(product.lab, NEW, "OP_INSTANCE_FAILOVER").values()
    twice = len(moved) - len({job["ops"][0]["input"]["instance_name"] for job in moved})
    said = [line for job in moved for line in log_of(job)]
    lost = [line for line in said if line not in outcome.stdout + outcome.stderr]
    assert (len(moved), twice, lost) == (2, 0, []), outcome
    assert len(said) > len(moved)
    record(
        "All packets between the operator and the nodes are dropped for five minutes, and a step ends meanwhile",
        tried=1,
        lost=len(lost),
        twice=twice,
        seen="That the link is lost and the change goes on, then that the host answers again, and how the step ended; "
        "there was nothing to type.",
        proof="cluster",
    )


def _a_second_one_is_refused(product: Product, tmp_path: Path) -> None:
    """A colleague, who sits elsewhere, is told who is at work, and changes nothing."""
    colleague = Product(product.lab, tmp_path / "colleague", who=COLLEAGUE, elsewhere=True)
    (tmp_path / "nothing.yaml").write_text("format: 1\nanswers: {}\n")
    command = ["run", "master-failover", f"new_master={NEW}", "--answers", str(tmp_path / "nothing.yaml")]
    refused = colleague.call(*command)
    print(refused.stdout, refused.stderr)
    assert refused.returncode == 5
    run = product.runs.files()[-1].stem
    told = " ".join(refused.stderr.split())
    expected = [
        *("ERROR locked:", name_of(look().known | {"sudo_user": OPERATOR[0]}), f"from {OPERATOR[1]}", platform.node()),
        *(f"Run {run} of master-failover, since ", "at the step 'failover-instances'", "Nothing was changed."),
    ]
    missing = [one for one in expected if one not in told]
    assert missing == [], told
    begun = [event for one in colleague.runs.all()[0] for event in one.events if isinstance(event, Intent)]
    assert begun == []
    record(
        "A second operator begins while a run goes on",
        tried=1,
        lost=0,
        twice=0,
        seen="The second one: who is at work, from where and on which machine, in which run, since when and at which "
        "step; the first one: nothing.",
        proof="cluster",
    )


def _a_copy_that_missed_a_change_is_refused(product: Product) -> None:
    """The candidate was down while the configuration changed: serials are compared, and the failover is refused."""
    lab = product.lab
    lab.must(NEW, ["systemctl", "stop", "ganeti"])
    lab.run(OLD, ["gnt-cluster", "add-tags", "changed-meanwhile"])
    dry = product.call("run", "master-failover", f"new_master={NEW}", "--dry-run")
    assert dry.returncode == 3
    assert "stale-config" in dry.stdout
    assert "old-master-works" in dry.stdout
    lab.must(NEW, ["systemctl", "start", "ganeti"])
    lab.must(OLD, ["gnt-cluster", "remove-tags", "changed-meanwhile"])
    lab.must(OLD, ["gnt-cluster", "redist-conf"])
    # A candidate hears of a job's end a moment after the command that waited for it; cut off before that, the new
    # master would have that job as running for up to five minutes.
    digests = "cd /var/lib/ganeti/queue && sha256sum job-*"

    def copies() -> list[set[str]]:
        return [set(lab.must(node, digests).stdout.splitlines()) for node in (NEW, OLD)]

    wait_until("the candidate to have all jobs as they ended", 60, lambda: set.issubset(*copies()))
