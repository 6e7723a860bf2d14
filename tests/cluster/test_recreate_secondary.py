"""Volumes are really lost on one node, and the runbook makes them again from the surviving copies."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.exits import Exit
from engine.journal.events import Outcome
from tests.cluster.deaths import (
    TAKE_OVER,
    begun_twice,
    chain,
    deaths_are_recorded,
    killed,
    resumed_and_killed,
    whole_course,
)
from tests.cluster.lab import Lab
from tests.cluster.lab.disk import Disk
from tests.cluster.lab.incidents.volumes import INSTANCES, OTHER, SECONDARIES, secondary_disks
from tests.cluster.lab.shell import wait_until
from tests.cluster.outage import jobs
from tests.cluster.product import NODES, Product, rehearsed_course
from tests.rehearsals.power_cut import with_a_power_cut
from tests.reliability import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ONE, TWO = NODES
RUNBOOK = "drbd-recreate-secondary"
PAUSE = "Pause the watcher: go on?"
WAY = "How should the volumes be made there?"
REPLACE_DISKS = "OP_INSTANCE_REPLACE_DISKS"
BRING_UP = "Bring up what there is of the disks: go on?"
REPLACE = "Have Ganeti make the volumes and fill them: go on?"
MAKE = "Make the volumes, 6 times: go on?"


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def volumes(lab: Lab, node: str) -> str:
    """Every volume of the node with its size and its tags."""
    columns = "vg_name,lv_name,lv_size,lv_tags"
    return lab.must(node, ["lvs", "--noheadings", "--units=b", "--options", columns]).stdout


def named_first(product: Product, node: str) -> None:
    diagnosis = product.diagnosis()
    first = diagnosis["suggestions"][0]
    assert first["runbook"] == RUNBOOK, diagnosis
    assert first["parameters"]["node"] == node


def both_sides_are_as_before(disks: Sequence[Disk], before: dict[str, str]) -> None:
    """Both copies, read below DRBD, are byte for byte what the surviving one was."""
    for disk in disks:
        disk.wait(disk.in_sync)
        for node in NODES:
            assert disk.checksum(node) == before[disk.data_path], (disk, node)
            assert disk.block(node) == f"kept of {disk.instance}"


def checksums(disks: Sequence[Disk], node: str) -> dict[str, str]:
    return {disk.data_path: disk.checksum(node) for disk in disks}


@contextmanager
def metadata_locked(lab: Lab, disk: Disk, node: str) -> Iterator[None]:
    """Somebody else has the lock of DRBD's tool for this minor: making its metadata fails."""
    file = f"/var/lock/drbd-147-{disk.minor(node)}"
    held = f"import fcntl,time; f = open('{file}', 'a'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(900)"
    lab.must(node, f'systemd-run --quiet --unit=hold-the-lock python3 -c "{held}"')
    lab.must(node, f"until [ -e {file} ] && ! python3 -c \"import fcntl; fcntl.lockf(open('{file}', 'a'),"
                   ' fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null; do :; done', timeout=60)  # fmt: skip
    try:
        yield
    finally:
        lab.run(node, ["systemctl", "stop", "hold-the-lock"])


def outcomes(product: Product) -> list[Outcome]:
    """How all changes of all runs ended."""
    return [event for one in product.runs.all()[0] for event in one.events if isinstance(event, Outcome)]


def power_goes(product: Product, node: str) -> None:
    """Once a volume is made and others are being made, the node loses its power; then it starts again."""
    wait_until("the first volume", 300, lambda: any(one.key.startswith("make-volumes") for one in outcomes(product)))
    product.lab.power_cut(node)
    product.lab.power_on(node)


def answers_to_resume(folder: Path) -> str:
    """A file of answers, since it is chance which of the volumes were being made when the power went."""
    answers = {
        "lock.take-over": "yes",
        "watcher": "y",
        "choose-the-way": "by-hand",
        "make-volumes": "y",
        "zero-metadata": "y",
        "make-metadata": "y",
    }
    for instance, index in SECONDARIES:
        for what in ("data", "metadata"):
            item = f"make-volumes[{what} of disk {index} of {instance}]"
            answers |= {f"{item}.failed": "retry", item: "y"}
    answers["make-metadata.failed"] = "stop"
    path = folder / "resume.yaml"
    path.write_text(json.dumps({"format": 1, "answers": answers}), encoding="utf-8")
    return str(path)


def refused(product: Product, codes: Sequence[str], *arguments: str) -> None:
    """A run that is refused before anything is asked, and leaves all volumes alone."""
    before = [volumes(product.lab, node) for node in NODES]
    code, screen = product.guided("recreate-refused", [RUNBOOK, *arguments], [])
    assert code == 3, screen
    assert all(one in screen for one in codes), screen
    assert [volumes(product.lab, node) for node in NODES] == before


def test_by_hand_many_at_once_what_failed_is_made_by_a_second_run(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    whole = volumes(lab, TWO)
    with lab.timings.part("recreate by hand: lose the volumes"):
        told = lab.incident("volumes-lost")
    assert (told["node"], told["peer"]) == (TWO, ONE)
    disks = secondary_disks(lab)
    before = checksums(disks, ONE)
    with lab.timings.part("recreate by hand: diagnose"):
        named_first(product, TWO)

    refused(product, ["nothing-is-lost"], f"node={ONE}")
    lab.must(TWO, ["lvcreate", "-Wn", "-L60m", "-n", disks[0].data_path.rsplit("/", 1)[1], "vg0"])
    refused(product, ["volume-exists", "volume-too-small"], f"node={TWO}", f"instances={INSTANCES[0]}")
    lab.must(TWO, ["lvremove", "-f", disks[0].data_path])

    with lab.timings.part("recreate by hand: a run in which the node loses its power"):
        answers = [(PAUSE, "y"), (WAY, "by-hand"), (MAKE, "y")]
        then = {MAKE: lambda: power_goes(product, TWO)}
        code, screen = product.guided("recreate-first", [RUNBOOK, f"node={TWO}"], answers, then=then)
    assert code == int(Exit.UNKNOWN), screen
    assert "vg0" in screen
    assert str(64 << 20) in screen
    words = " ".join(screen.split())
    assert f"The link to {TWO} is lost" in words
    assert f"{TWO} was started anew while the change make-volumes" in words

    with lab.timings.part("recreate by hand: resumed, and one disk fails"), metadata_locked(lab, disks[0], TWO):
        resumed = product.call("resume", product.journal().path.stem, "--answers", answers_to_resume(tmp_path))
    print(resumed.stdout, resumed.stderr)
    assert resumed.returncode == 1, resumed.stderr
    assert "It was begun, and the host was started anew before it ended." in resumed.stdout
    assert all("gnt-runbook-made" in line for line in volumes(lab, TWO).splitlines() if "inst2" not in line)

    # Only the failed disk's metadata are made; the rest goes on from what the first run left.
    answers = [(PAUSE, "y"), (WAY, "by-hand"), ("Zero the volumes", "y"), ("Make DRBD's metadata", "y"), ("fills", "y")]
    with lab.timings.part("recreate by hand: the run after it"):
        code, screen = product.guided("recreate-second", [RUNBOOK, f"node={TWO}"], answers)
    assert code == 0, screen
    ended = [event for event in product.journal().events if isinstance(event, Outcome)]
    assert sum(event.key.startswith("make-volumes") for event in ended) == 0
    assert sum(event.key.startswith("make-metadata") for event in ended) == 1
    both_sides_are_as_before(disks, before)
    assert volumes(lab, TWO) == whole
    again = [one.key for one in outcomes(product) if one.key.startswith("make-volumes") and one.state == "failed"]
    assert again == [], "made a second time, which LVM refuses"
    record(
        "The host loses its power while volumes are made there (`drbd-recreate-secondary`)",
        tried=1,
        lost=0,
        twice=len(again),
        seen="That the link is lost, then that the host was started anew while the change was under way; `resume` "
        "looked, and asked only for the volumes that were not there.",
        proof="cluster",
    )
    refused(product, ["nothing-is-lost", "volume-exists"], f"node={TWO}", f"instances={INSTANCES[0]}")


def test_by_ganeti_a_secondary_and_a_primary_side(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    with lab.timings.part("recreate by Ganeti: lose the volumes"):
        lab.incident("primary-volumes-lost")
        lab.incident("volume-lost")
    disks = [Disk.of(lab, INSTANCES[0]), Disk.of(lab, OTHER)]
    before = checksums(disks, ONE)
    named_first(product, TWO)
    answers = [(PAUSE, "y"), (WAY, "ganeti"), ("Bring up what there is", "y"), ("Have Ganeti make the volumes", "y")]
    with lab.timings.part("recreate by Ganeti: the run"):
        code, screen = product.guided("recreate-ganeti", [RUNBOOK, f"node={TWO}"], answers)
    assert code == 0, screen
    assert "% done" in screen
    both_sides_are_as_before(disks, before)
    assert product.course() == rehearsed_course(RUNBOOK, tmp_path)


def test_by_ganeti_while_gnt_runbook_is_killed_and_the_node_loses_its_power(product: Product, tmp_path: Path) -> None:
    """The power goes while DRBD copies into what Ganeti has made; Ganeti gives up, and the run does not."""
    lab = product.lab
    with lab.timings.part("recreate by Ganeti, power cut: lose the volumes"):
        lab.incident("volume-lost")
    disk = Disk.of(lab, INSTANCES[0])
    before, known = checksums([disk], ONE), jobs(lab, ONE, REPLACE_DISKS).keys()
    with lab.timings.part("recreate by Ganeti, power cut: killed, and resumed and killed"):
        run = ["run", RUNBOOK, f"node={TWO}"]
        killed(product, "recreate-killed-locking", run, [], ("during-lock", ""))
        answers = [(TAKE_OVER, "yes"), (PAUSE, "y"), (WAY, "ganeti"), (BRING_UP, "y")]
        killed(product, "recreate-killed", run, answers, ("after-remote-start", "activate["))
        resumed_and_killed(product, tmp_path, {"replace": "y"}, [("after-intent", "replace[")])

    def power_goes() -> None:
        disk.wait(lambda: disk.connection(TWO) == "SyncTarget")
        lab.power_cut(TWO)
        lab.power_on(TWO)

    with lab.timings.part("recreate by Ganeti, power cut: resumed, and the power goes"):
        code, screen = product.guided(
            "recreate-ganeti-power-cut",
            [product.journal().path.stem],
            [(TAKE_OVER, "yes"), (REPLACE, "y"), ("1 of 1 failed", "retry"), ("took down: go on?", "y")],
            command="resume",
            then={REPLACE: power_goes},
        )
    assert code == 0, screen
    assert "is degraded!" in screen
    both_sides_are_as_before([disk], before)
    replaced = len(jobs(lab, ONE, REPLACE_DISKS).keys() - known)
    assert (replaced, begun_twice(chain(product))) == (1, [])
    rehearsed = with_a_power_cut(tmp_path / "rehearsed")
    course = whole_course(chain(product))
    assert course == list(dict.fromkeys(rehearsed.course))
    record(
        "The host loses its power while `gnt-instance replace-disks` fills the disks there (`drbd-recreate-secondary`)",
        tried=1,
        lost=0,
        twice=replaced - 1,
        seen="That Ganeti's job failed, and why; that the volumes are there now, and that their disks have to be "
        "brought up again: then they were copied to the end.",
        proof="cluster",
    )
    lost = [line for line in rehearsed.course if line not in course]
    deaths_are_recorded(product, RUNBOOK, lost=len(lost), twice=replaced - 1)
