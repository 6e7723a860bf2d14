"""A real incident is captured, diagnosed from the capture, rehearsed on its twin, and then repaired in the same way."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from engine.capture.archive import load
from engine.hosts.host import Result
from tests.cluster.lab import Lab
from tests.cluster.lab.disk import Disk
from tests.cluster.product import NODES, Product

RUNBOOK = "split-brain-cleanup"
ANSWERS = {"watcher": "y", "reconnect": "y"}
TYPED = [("Pause Ganeti's watcher: go on?", "y"), ("Connect the sides again: go on?", "y")]


def comparable(diagnosis: dict[str, Any]) -> dict[str, Any]:
    """Without what changes from one look to the next on a cluster that lives: the words of the evidence."""
    findings = [{key: one[key] for key in ("code", "key", "title", "suggestion")} for one in diagnosis["findings"]]
    return {"findings": findings} | {key: diagnosis[key] for key in ("site", "answered", "silent", "suggestions")}


def test_an_incident_is_rehearsed_on_its_twin_and_repaired_like_that(standing: Lab, tmp_path: Path) -> None:
    lab, product = standing, Product(standing, tmp_path)
    disk = Disk.of(lab, "inst2.lab.example")
    lab.incident("split-brain-not-diverged")
    path = tmp_path / "incident.tar.gz"
    with lab.timings.part("capture"):
        taken = product.call("capture", "-o", str(path))
    print(taken.stdout)
    assert taken.returncode == 0, taken.stderr
    assert not product.runs.all()[0], "looking leaves no journal"

    live = product.diagnosis()
    kept = product.call("diagnose", "--json", "--from", str(path))
    assert kept.returncode == 0, kept.stderr
    assert comparable(json.loads(kept.stdout)) == comparable(live)
    assert live["suggestions"][0]["runbook"] == RUNBOOK
    no_secret_is_in(path, lab)

    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"format": 1, "answers": ANSWERS}))
    arguments = [RUNBOOK, f"instance={disk.instance}"]
    before = {node: disk.connection(node) for node in NODES}
    with lab.timings.part("rehearsal on the twin"):
        rehearsed = product.call("rehearse", *arguments, "--from", str(path), "--answers", str(answers))
    print(rehearsed.stdout)
    assert rehearsed.returncode == 0, rehearsed.stdout + rehearsed.stderr
    course = product.course()
    assert {node: disk.connection(node) for node in NODES} == before, "a rehearsal touches nothing"

    with lab.timings.part(f"repair by {RUNBOOK}"):
        code, screen = product.guided("captured", arguments, TYPED)
    assert code == 0, screen
    assert disk.in_sync()
    assert product.course() == course


def no_secret_is_in(path: Path, lab: Lab) -> None:
    """Whether neither DRBD's secrets nor the cluster's keys are anywhere in the archive."""
    data = json.loads(lab.must(NODES[0], ["cat", "/var/lib/ganeti/config.data"]).stdout)
    secrets = [disk["logical_id"][5] for disk in data["disks"].values() if disk["dev_type"].startswith("drbd")]
    secrets += lab.must(NODES[0], "cat /var/lib/ganeti/hmac.key /var/lib/ganeti/cluster-domain-secret").stdout.split()
    secrets += lab.must(NODES[0], "sed -n 2p /var/lib/ganeti/server.pem").stdout.split()
    with tarfile.open(path) as archive:
        text = b"".join(file.read() for one in archive if (file := archive.extractfile(one)) is not None).decode()
    assert len(secrets) > len(data["disks"])
    assert [one for one in secrets if one in text] == []
    assert all(isinstance(one.answer, Result) for one in load(path).answers if one.argv[0] == "cat")
    assert path.stat().st_mode & 0o777 == 0o600
