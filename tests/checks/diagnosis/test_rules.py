"""Each rule, on a cluster that was healthy before: what it finds, with evidence, and nothing else."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.world import jobs
from engine.hosts.host import Host, Result
from tests.checks.diagnosis.clinic import ONE, QUEUE, TWO, Patient, only, patient
from tests.support.links import Between, said

DATA = "/var/lib/ganeti"
CONFIG = f"{DATA}/config.data"
DEFAULTS = "/etc/default/ganeti"
BACKUP = f"{DEFAULTS}.20261122-120000-master-failover-0a1b"
FLAGS = '"--no-voting --yes-do-it"'

Ill = Callable[[Patient], object]


def alone(minor: int, **one: str) -> Ill:
    """One side of a disk is in another state."""
    return lambda ill: ill.disk(ONE, minor, **one)


def link_cut(ill: Patient) -> None:
    for node in (ONE, TWO):
        ill.disk(node, 0, state="WFConnection", seen_disk="DUnknown", seen_role="Unknown")


def not_active_anywhere(ill: Patient) -> None:
    for node in (ONE, TWO):
        del ill.cluster.machines[node].drbd[0]


def moved_by_hand(ill: Patient) -> None:
    ill.cluster.machines[ONE].domains.discard("inst1.lab.example")
    ill.cluster.machines[TWO].domains.add("inst1.lab.example")


def not_watched(ill: Patient) -> None:
    for node in (ONE, TWO):
        config = json.loads(ill.cluster.machines[node].files.read(CONFIG) or "")
        for one in config["instances"].values():
            one["disks_active"] = one["disks_active"] and one["name"] != "inst1.lab.example"
        ill.writes(node, CONFIG, json.dumps(config))


OLD = "0a1b2c3d-0000-4000-8000-00000000000a.disk0_data"


def lost_volumes(ill: Patient) -> None:
    config = json.loads(ill.cluster.machines[ONE].files.read(CONFIG) or "")
    disk = next(one for one in config["disks"].values() if one["logical_id"][3] == 4)
    ill.cluster.machines[TWO].drbd.pop(4)
    for child in disk["children"]:
        ill.happens(f"run hwhost-2 lvremove -f {'/'.join(child['logical_id'])}")


def left_volumes(ill: Patient) -> None:
    ill.happens(f"run hwhost-1 lvcreate -L 64m -n {OLD} vg0")


def replaced_volumes(ill: Patient) -> None:
    ill.happens(f"run hwhost-1 lvcreate -L 64m -n {OLD}_replaced-1795340000 vg0")


def kept_volumes(ill: Patient) -> None:
    ill.happens(f"run hwhost-1 lvcreate -L 64m -n before-discard-{OLD} vg0")


def two_primaries(ill: Patient) -> None:
    ill.disk(TWO, 0, role="Primary").disk(ONE, 0, seen_role="Primary")


def stuck_handshake(ill: Patient) -> None:
    ill.disk(ONE, 0, state="WFBitMapS", seen_disk="Consistent").disk(TWO, 0, state="WFBitMapT", disk="Outdated")


def second_master(ill: Patient) -> None:
    machine = ill.cluster.machines[TWO]
    machine.spawn("/usr/sbin/ganeti-wconfd --no-voting --yes-do-it")
    machine.spawn("/usr/sbin/ganeti-luxid --no-voting --yes-do-it")


def master_without_daemons(ill: Patient) -> None:
    machine = ill.cluster.machines[ONE]
    for name in ("luxid", "wconfd"):
        process = machine.daemon(name)
        assert process
        del machine.processes[process.pid]


def without_noded(ill: Patient) -> None:
    machine = ill.cluster.machines[TWO]
    process = machine.daemon("noded")
    assert process
    del machine.processes[process.pid]


def marked(mark: str) -> Ill:
    def ill(one: Patient) -> None:
        one.happens(f"run hwhost-1 gnt-node modify --{mark} yes {TWO}")

    return ill


CASES: dict[str, tuple[Ill, str, str, str]] = {
    "disk off on one node": (lambda ill: ill.cluster.machines[TWO].drbd.pop(0), "disks-inactive",
                             f"1 disk is not active on {TWO}", "/proc/drbd has no device 0"),
    "disk off on both nodes": (not_active_anywhere, "disk-inactive", "active on none of its nodes", "no device 0"),
    "backing disk lost": (alone(1, disk="Diskless"), "disk-missing", f"lost its backing disk on {ONE}", "ds:Diskless"),
    "both wait": (link_cut, "disk-waits", "both sides wait", "cs:WFConnection"),
    "one side waits": (alone(0, state="WFConnection"), "disk-waits", "one side waits", "cs:WFConnection"),
    "handshake": (stuck_handshake, "disk-stuck", "did not move within 5 s", "5 s later:"),
    "sync that stands": (alone(0, state="SyncSource"), "disk-sync-stalled", "(0.0 % done)", "cs:SyncSource"),
    "outdated": (alone(4, disk="Outdated"), "disk-degraded", f"Outdated on {ONE}", "ds:Outdated"),
    "inconsistent": (alone(4, disk="Inconsistent"), "disk-degraded", f"Inconsistent on {ONE}", "ds:Inconsistent"),
    "two primaries": (two_primaries, "disk-two-primaries", "Primary on both its nodes", "ro:Primary/Primary"),
    "helper": (lambda ill: ill.writes(TWO, "/sys/module/drbd/parameters/usermode_helper", "/sbin/drbdadm\n"),
               "drbd-helper", f"another program on {TWO}", "/sbin/drbdadm"),
    "loopback": (lambda ill: ill.changes(TWO, "/etc/hosts", "10.77.0.2\t", "127.0.1.1\t"), "name-is-loopback",
                 "takes its own name for 127.0.1.1", "getent ahosts"),
    "loopback besides": (lambda ill: ill.changes(ONE, "/etc/hosts", "127.0.0.1\t", f"::1\t{ONE}\n127.0.0.1\t"),
                         "name-is-loopback", "takes its own name for ::1", "10.77.0.1"),
    "key missing": (lambda ill: ill.changes(ONE, f"{DATA}/ganeti_pub_keys", "75fba29b", "x"), "public-keys",
                    f"{ONE} does not know the public key of {TWO}", "ganeti_pub_keys: no line"),
    "no keys": (lambda ill: ill.cluster.machines[ONE].files.remove(f"{DATA}/ganeti_pub_keys"), "public-keys",
                f"{ONE} has no file", "no such file"),
    "on two nodes": (lambda ill: ill.cluster.machines[TWO].domains.add("inst1.lab.example"), "instance-on-two-nodes",
                     f"runs on {ONE} and {TWO} at the same time", f"{TWO}: /var/run/ganeti/fake-hypervisor: inst1"),
    "on the wrong node": (moved_by_hand, "instance-on-wrong-node", f"runs on {TWO}, and not on {ONE}",
                          f"config.data: inst1.lab.example on {ONE}, up"),
    "on no node": (lambda ill: ill.cluster.machines[ONE].domains.discard("inst1.lab.example"), "instance-down",
                   f"should run on {ONE}", f"{ONE}: no process or file of inst1"),
    "not watched": (not_watched, "disks-not-watched", "takes its disks for switched off", "disks_active is false"),
    "watcher": (lambda ill: ill.writes(ONE, f"{DATA}/watcher.pause", "1795400000\n"), "watcher-paused",
                "until 2026-11-23 02:13:20 UTC", "watcher.pause"),
    "drained queue": (lambda ill: ill.writes(ONE, f"{QUEUE}/drain", ""), "queue-drained", "takes no new jobs",
                      f"{QUEUE}/drain is there"),
    "flags": (lambda ill: ill.changes(ONE, DEFAULTS, 'LUXID_ARGS=""', f"LUXID_ARGS={FLAGS}"), "voting-flags",
              f"{ONE} starts as master without a vote.", "LUXID_ARGS"),
    "second master": (second_master, "two-masters", f"{ONE} and {TWO} act as master", "luxid runs"),
    "no daemons": (master_without_daemons, "master-daemons", "does not act as one", "WCONFD_ARGS"),
    "node daemon": (without_noded, "node-daemon", f"ganeti-noded does not run on {TWO}", "no process ganeti-noded"),
    "offline": (marked("offline"), "node-offline", "although it answers", "offline is true"),
    "drained": (marked("drained"), "node-drained", f"{TWO} is marked drained", "drained is true"),
    "damaged job": (lambda ill: ill.writes(ONE, f"{QUEUE}/job-77", "{"), "job-damaged", "job 77 is damaged", "job-77"),
    "job of zeros": (lambda ill: ill.writes(ONE, f"{QUEUE}/job-77", "\0" * 512), "job-damaged", "job 77 is damaged",
                     "job-77"),
    "damaged copy": (lambda ill: ill.writes(TWO, CONFIG, "{"), "config-damaged", f"on {TWO} is damaged", "config.data"),
    "volumes lost": (lost_volumes, "volumes-missing", f"{TWO} lacks 2 volumes of mirrored disks",
                     f"{TWO}: lvs: no vg0/"),
    "volumes left": (left_volumes, "volumes-orphaned", f"{ONE} has 1 volume that no disk of this node has",
                     f"{ONE}: lvs: vg0/0a1b2c3d-"),
    "volumes replaced": (replaced_volumes, "volumes-replaced", f"{ONE} has 1 volume left from a replace-disks",
                         "_replaced-1795340000"),
    "volumes kept": (kept_volumes, "volumes-kept", "kept when a side of a disk was thrown away", "before-discard-"),
    "files kept": (lambda ill: ill.writes(TWO, BACKUP, "12345"), "files-kept",
                   f"{TWO} has 1 file that earlier repairs kept (5 bytes).",
                   f"{BACKUP} (5 bytes, since 2026-11-22 12:00:00 UTC)"),
    "lost copy": (lambda ill: ill.cluster.machines[TWO].files.remove(CONFIG), "config-damaged", "is missing",
                  "no such file"),
    "old copy": (lambda ill: ill.happens("misses-a-change hwhost-2"), "config-behind", f"on {TWO} stays behind",
                 "config.data: number"),
    "dead secondary": (lambda ill: ill.happens("power-off hwhost-2"), "node-silent", f"{TWO} does not answer.",
                       "ping 10.77.0.2: no answer"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_found_with_its_evidence(case: str) -> None:
    make_ill, code, title, evidence = CASES[case]
    ill = patient("healthy")
    make_ill(ill)
    found = ill.diagnosed()
    one = only(found, code)
    assert title in one.title
    assert any(evidence in line for line in one.evidence)
    assert one.next or one.suggestion
    assert [each for each in found.findings if each.key != one.key and not each.explained_by] == []
    assert not found.all_well


def test_a_sync_that_ends_between_two_looks_moves() -> None:
    ill = patient("healthy").disk(TWO, 0, state="SyncTarget", disk="Inconsistent")
    ill.disk(ONE, 0, state="SyncSource", seen_disk="Inconsistent")

    def end() -> None:
        ill.disk(TWO, 0, state="Connected", disk="UpToDate").disk(ONE, 0, state="Connected", seen_disk="UpToDate")

    context = ill.context()
    ill.cluster.clock.after(6, end)
    found = ill.diagnosed()
    assert only(found, "disk-syncing").title.endswith("and moves.")
    assert context.site.label == "cluster.lab.example"


def test_the_disks_of_a_stopped_instance_may_be_down() -> None:
    ill = patient("healthy")
    not_active_anywhere(ill)
    assert not ill.diagnosed().all_well
    for node in (ONE, TWO):
        config = json.loads(ill.cluster.machines[node].files.read(CONFIG) or "")
        for one in config["instances"].values():
            if one["name"] == "inst1.lab.example":
                one.update(disks_active=False, admin_state="down")
        ill.writes(node, CONFIG, json.dumps(config))
    ill.cluster.machines[ONE].domains.discard("inst1.lab.example")
    assert ill.diagnosed().all_well


def test_no_module_explains_the_disks_without_a_device() -> None:
    ill = patient("healthy")
    machine = ill.cluster.machines[TWO]

    absent = said(("cat", "/proc/drbd"), "", "cat: /proc/drbd: No such file or directory\n", 1)

    def unloaded(host: Host, argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        return absent if (host.name, argv) == (TWO, absent.argv) else ask()

    machine.drbd.clear()
    for minor in range(5):
        ill.disk(ONE, minor, state="WFConnection", seen_disk="DUnknown", seen_role="Unknown")
    found = ill.diagnosed(lambda links: Between(links, unloaded))
    first, second = found.findings
    assert (first.code, second.code) == ("drbd-module", "disks-inactive")
    assert second.explained_by == (first.key,)


def test_a_job_that_has_just_begun_is_no_finding() -> None:
    ill = patient("healthy").happens("run hwhost-1 gnt-instance shutdown --submit inst1.lab.example")
    assert not any(one.code.startswith("job") for one in ill.diagnosed().findings)


def test_jobs_that_are_not_begun_are_one_finding() -> None:
    ill = patient("healthy")
    for number in (50, 51, 52):
        data = jobs.new(number, {"OP_ID": "OP_CLUSTER_VERIFY"}, ill.cluster.now - 900)
        jobs.store(ill.cluster.machines[ONE], data, ill.cluster.now)
    found = ill.diagnosed()
    assert only(found, "jobs-queued").title.startswith("3 jobs have not been begun for 15 min")
    assert found.suggestions == ()


def test_a_job_whose_master_died_comes_after_what_the_master_left_behind() -> None:
    ill = patient("master-failover-return").happens("power-on hwhost-1").waits(400)
    data = jobs.new(50, {"OP_ID": "OP_CLUSTER_REDIST_CONF"}, ill.cluster.now - 900)
    data["ops"][0] |= {"status": "running", "start_timestamp": jobs.stamp(ill.cluster.now - 890)}
    jobs.store(ill.cluster.machines[TWO], data, ill.cluster.now)
    found = ill.diagnosed()
    dead = only(found, "job-dead")
    assert dead.title == "Job 50, CLUSTER_REDIST_CONF, is running in the queue, but nothing of it is left."
    assert "no process of it is seen on the nodes that answer" in dead.evidence
    assert dead.suggestion is not None
    assert "every five minutes" in dead.suggestion.note
    assert [one.runbook for one in found.suggestions] == ["master-failover-return", "stuck-job"]


def test_public_keys_are_not_asked_for_before_2_13() -> None:
    found = patient("stuck-job.ganeti-2.12").diagnosed()
    assert not any(one.code == "public-keys" for one in found.findings)
    assert found.unknown == ()


def test_every_code_is_documented_and_every_documented_code_is_made() -> None:
    root = Path(__file__).resolve().parents[3]
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", (root / "docs/diagnose.md").read_text(encoding="utf-8")))
    rooms = [*(root / "checks").glob("*/rules*"), root / "checks/diagnosis"]
    files = [file for room in rooms for file in ([room] if room.suffix else sorted(room.glob("*.py")))]
    sources = "".join(one.read_text(encoding="utf-8") for one in files)
    made = set(re.findall(r'(?:finding|Ailment|_left)\((?:name,)?\s*"([a-z-]+)"', sources)) | {
        "node-offline",
        "node-drained",
    }
    assert told == made
