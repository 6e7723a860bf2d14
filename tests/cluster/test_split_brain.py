"""The two sides of a disk really disagree on the real cluster, and the runbooks bring them together again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.journal.events import Intent
from tests.cluster.lab import Lab
from tests.cluster.lab.disk import Disk
from tests.cluster.product import NODES, Product, rehearsed_course

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE, TWO = NODES
WATCHER = ("Pause Ganeti's watcher: go on?", "y")
RECONNECT = ("Connect the sides again: go on?", "y")
DECIDE = "Which node's side of inst1.lab.example is KEPT?"


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def diagnosed(product: Product, runbook: str, disk: Disk) -> None:
    """Whether the diagnosis names this runbook first, by evidence that the nodes themselves give."""
    found = product.diagnosis()
    first, suggestion = found["findings"][0], found["suggestions"][0]
    assert (suggestion["runbook"], suggestion["parameters"]["instance"]) == (runbook, disk.instance)
    assert first["suggestion"] == suggestion
    for node in NODES:
        seen = f"{disk.minor(node)}: cs:{disk.connection(node)}"
        assert any(line.startswith(f"{node}: /proc/drbd: {seen}") for line in first["evidence"]), (seen, first)


def repaired(product: Product, disk: Disk, arguments: Sequence[str], answers: Sequence[tuple[str, str]]) -> str:
    """Be led through a run; afterwards both sides hold what the surviving one held before, byte for byte."""
    lab = product.lab
    kept = disk.checksum(disk.primary)
    with lab.timings.part(f"repair by {arguments[0]}"):
        code, screen = product.guided(arguments[0], list(arguments), list(answers))
    assert code == 0, screen
    assert disk.in_sync()
    assert (disk.block(disk.primary), disk.block(disk.secondary)) == ("kept", "kept")
    assert {disk.checksum(node) for node in (disk.primary, disk.secondary)} == {kept}
    assert not product.follow_ups()
    return screen


def changes(product: Product) -> list[str]:
    """The steps of the newest run that were begun."""
    return [event.step for event in product.journal().events if isinstance(event, Intent)]


def refused(product: Product, *arguments: str) -> str:
    """What a run says that is refused before anything is done."""
    nothing = product.runs.path.parent / "nothing.yaml"
    nothing.parent.mkdir(parents=True, exist_ok=True)
    nothing.write_text("format: 1\nanswers: {}\n")
    tried = product.call("run", *arguments, "--answers", str(nothing))
    print(tried.stdout, tried.stderr)
    assert tried.returncode == 3, tried.stdout + tried.stderr
    assert changes(product) == []
    return tried.stdout + tried.stderr


def test_case_1_connecting_the_sides_is_enough(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst2.lab.example")
    lab.incident("split-brain-not-diverged")
    diagnosed(product, "split-brain-cleanup", disk)
    repaired(product, disk, ["split-brain-cleanup", f"instance={disk.instance}"], [WATCHER, RECONNECT])
    assert product.course() == rehearsed_course("split-brain-cleanup", tmp_path)
    assert "in-sync" in refused(product, "split-brain-cleanup", f"instance={disk.instance}")


def test_case_2_a_true_split_brain_and_the_wrong_side_refused(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst1.lab.example")
    lab.incident("split-brain")
    diagnosed(product, "split-brain-replace", disk)
    before = {node: disk.checksum(node) for node in NODES}
    told = refused(product, "split-brain-discard", f"instance={disk.instance}", f"node={disk.primary}")
    assert "runs-on-victim" in told
    assert "better-side" in told
    assert "diverged" in refused(product, "split-brain-cleanup", f"instance={disk.instance}")
    assert {node: disk.checksum(node) for node in NODES} == before

    there = f"disk 0 on {disk.secondary}"
    # Which of the sides goes on looking for the other one is chance.
    parts = (disk.connection(disk.secondary) != "StandAlone") * [("Stop the side from looking", "y")]
    screen = repaired(
        product,
        disk,
        ["split-brain-replace", f"instance={disk.instance}"],
        [
            WATCHER,
            (DECIDE, disk.primary),
            *parts,
            ("Keep a snapshot of what is thrown away: go on?", "y"),
            ("Mark the side as worthless: this", there),
            ("Connect the sides, so that the one that is kept is copied: go on?", "y"),
        ],
    )
    assert "4 KiB of disk 0 that only it has are lost" in " ".join(screen.split())
    ended = product.journal().ended
    assert ended is not None
    (snapshot,) = [one for one in ended.left or () if one["kind"] == "snapshot"]
    assert (snapshot["host"], snapshot["state"]) == (disk.secondary, "there")
    assert snapshot["name"].startswith("/".join(volume_of(disk)).replace("/", "/before-discard-", 1))
    listed = " ".join(product.call("runs").stdout.split())
    assert f"left behind: snapshot {snapshot['name']} on {disk.secondary}" in listed
    kept_still = [one for one in product.diagnosis()["findings"] if one["code"] == "volumes-kept"]
    assert [snapshot["name"] in one["next"] for one in kept_still] == [True]
    copy = f"/dev/{snapshot['name']}"
    kept = lab.must(disk.secondary, f"dd if={copy} bs=4096 skip=10 count=1 iflag=direct status=none").stdout.strip()
    assert kept == "lost", "the snapshot holds what was thrown away"
    lab.must(disk.secondary, list(snapshot["remove"]))
    assert without(product.course(), "disconnect") == without(
        rehearsed_course("split-brain-replace", tmp_path), "disconnect"
    )


def without(course: Sequence[str], step: str) -> list[str]:
    return [line for line in course if f"/{step}" not in line]


def volume_of(disk: Disk) -> tuple[str, str]:
    group, _slash, name = disk.data_path.removeprefix("/dev/").partition("/")
    return group, name


def test_case_2_an_interrupted_resync_connects_again(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst2.lab.example")
    lab.incident("resync-interrupted")
    diagnosed(product, "split-brain-replace", disk)
    told = refused(product, "split-brain-discard", f"instance={disk.instance}", f"node={disk.primary}", *forced())
    assert "only-good-side" in told
    repaired(product, disk, ["split-brain-replace", f"instance={disk.instance}"], [WATCHER, RECONNECT])
    assert product.course() == rehearsed_course("split-brain-replace.interrupted", tmp_path)


def forced() -> tuple[str, ...]:
    return ("--force", "better-side", "--reason", "a test of what cannot be forced")


def test_case_2_a_secondary_that_lost_its_disk(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst2.lab.example")
    disk.write(disk.primary, "kept")
    lab.incident("disk-detached")
    diagnosed(product, "split-brain-replace", disk)
    repaired(product, disk, ["split-brain-replace", f"instance={disk.instance}"], [WATCHER, RECONNECT])
    assert product.course() == rehearsed_course("split-brain-replace.detached", tmp_path)


def test_case_3_a_handshake_and_a_job_that_hang(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    disk = Disk.of(lab, "inst3.lab.example")
    told = lab.incident("handshake-stuck")
    diagnosed(product, "split-brain-stuck", disk)
    assert "handshake-stuck" in refused(product, "split-brain-replace", f"instance={disk.instance}")
    screen = repaired(
        product,
        disk,
        ["split-brain-stuck", f"instance={disk.instance}"],
        [WATCHER, ("Let the suspended volume go on: go on?", "y")],
    )
    assert told["mapper"] in screen
    status = lab.must(ONE, ["gnt-job", "list", "--no-headers", "-o", "status", told["job"]]).stdout.strip()
    assert status == "success", "the job that hung has done its work after all"
    assert product.course() == rehearsed_course("split-brain-stuck", tmp_path)


@pytest.mark.leaves_it_broken
def test_roles_swapped_between_the_decision_and_the_deed(product: Product) -> None:
    """What the operator saw is over: the instance runs where its disk was to be thrown away."""
    lab = product.lab
    disk = Disk.of(lab, "inst1.lab.example")
    lab.incident("split-brain")
    before = {node: disk.checksum(node) for node in NODES}

    def moves() -> None:
        if disk.lab.drbd(ONE)[disk.minor(ONE)][1].startswith("Secondary"):
            return
        lab.must(TWO, f"touch /run/ganeti/fake-hypervisor/{disk.instance}")
        lab.must(ONE, f"rm /run/ganeti/fake-hypervisor/{disk.instance}")
        lab.must(ONE, ["drbdsetup", "secondary", str(disk.minor(ONE))])
        lab.must(TWO, ["drbdsetup", "primary", str(disk.minor(TWO)), "--force"])

    # What was shown has changed when the answer comes, so it is asked again. The answer stays what it was, and is wrong
    # now: what throws the side away looks at the world again.
    code, screen = product.guided(
        "split-brain-swapped",
        ["split-brain-replace", f"instance={disk.instance}"],
        [
            WATCHER,
            (DECIDE, ONE),
            (DECIDE, ONE),
            ("Throw the other node's side away: ", "stop"),
        ],
        {DECIDE: moves},
    )
    assert code != 0, screen
    assert "What was shown has changed meanwhile; here it is again." in screen
    assert "runs-on-victim" in screen
    assert changes(product) == ["watcher", "watcher-released"]
    assert {node: disk.checksum(node) for node in NODES} == before
