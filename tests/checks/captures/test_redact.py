"""Nothing that Ganeti keeps secret gets into a capture, in good files and in damaged ones."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.captures.redact import redact
from checks.cluster.parse.config import parse_config
from checks.jobs.parse.job import parse_queue
from checks.look.commands import QUEUE, cat
from checks.paths import CONFIG_DATA, JOB_FILE_PREFIX
from checks.world.links import WorldLinks
from checks.world.scenarios import FOLDER, cluster_of, load
from engine.capture.archive import dump
from engine.capture.model import CapturedRead
from engine.capture.redact import redacted
from engine.cli.capture import taken
from engine.cli.wiring import Workshop
from engine.hosts.host import Host, Result
from engine.settings import Settings
from tests.checks.imitation import configuration

SECRET = st.text("abcdefghijkABCDEFGH0123456789", min_size=8, max_size=20).map(lambda word: f"Zq{word}9")
HOST = Host("hwhost-1.lab.example")


def clean(argv: tuple[str, ...], text: str) -> str:
    (one,) = redacted([CapturedRead(HOST, argv, Result(argv, text, "", 0, 0.0))], redact)
    assert isinstance(one.answer, Result)
    return one.answer.stdout


def config_with(secret: str) -> dict[str, Any]:
    data = configuration()
    for disk in data["disks"].values():
        if disk["dev_type"] == "drbd":
            disk["logical_id"][-1] = secret + "-drbd"
    data["cluster"]["osparams"] = {"debian": {"root_pw": secret + "-os", "sizes": [1, secret + "-list"]}}
    data["cluster"]["osparams_private_cluster"] = {"debian": {"x": secret + "-private"}}
    data["cluster"]["hvparams"] = {"kvm": {"spice_password_file": f"/etc/{secret}"}}
    return data


JOB = {
    "id": 7,
    "ops": [
        {
            "input": {
                "OP_ID": "OP_INSTANCE_CREATE",
                "instance_name": "inst1.lab.example",
                "osparams_secret": {"root": "{0}-a"},
                "osparams_private": {"root": "{0}-b"},
                "osparams": {"root": "{0}-c"},
                "source_handshake": [0, "{0}-d", "salt"],
                "command": "echo {0}-e",
            },
            "status": "running",
            "result": {"handshake": [1, "{0}-f"], "x509_key_name": ["{0}-g", "h", "s"]},
            "log": [[1, [1, 2], "message", "running with password={0}-h"]],
            "priority": 0,
        }
    ],
    "received_timestamp": [1, 2],
    "start_timestamp": [1, 2],
    "end_timestamp": None,
}


@given(SECRET)
@settings(deadline=None)
def test_the_configuration_keeps_its_meaning_and_loses_its_secrets(secret: str) -> None:
    data = config_with(secret)
    text = clean(cat(CONFIG_DATA).argv, json.dumps(data) + "\n")
    assert secret not in text
    assert parse_config(text).model_dump(exclude={"disks"}) == parse_config(json.dumps(data)).model_dump(
        exclude={"disks"}
    )
    assert [disk.minors for disk in parse_config(text).disks.values()] == [
        disk.minors for disk in parse_config(json.dumps(data)).disks.values()
    ]


@given(SECRET, st.integers(0, 3000))
@settings(deadline=None)
def test_half_a_configuration_loses_them_too(secret: str, cut: int) -> None:
    whole = json.dumps(config_with(secret), separators=(",", ":"))
    text = clean(cat(CONFIG_DATA).argv, whole[: len(whole) - 1 - cut % (len(whole) - 1)])
    assert secret not in text


@given(SECRET)
@settings(deadline=None)
def test_the_queue_loses_them_in_each_of_its_lines(secret: str) -> None:
    job = json.dumps(JOB).replace("{0}", secret)
    assert job.startswith('{"id": 7,')
    lines = [f"{JOB_FILE_PREFIX}{number}:{job.replace('7', str(number), 1)}" for number in (7, 8)]
    text = clean(QUEUE.argv, "\n".join([*lines, f"{JOB_FILE_PREFIX}9:{job[: len(job) * 3 // 4]}"]) + "\n")
    assert secret not in text
    found = parse_queue(text)
    assert set(found) == {7, 8, 9}
    # The damaged one is still damaged, and the others are still jobs.
    assert [isinstance(found[number], Exception) for number in (7, 8, 9)] == [False, False, True]


@pytest.mark.parametrize(
    "path", ["/var/lib/ganeti/rapi/users", "/var/lib/ganeti/hmac.key", "/etc/ssh/ssh_host_rsa_key"]
)
def test_a_file_that_is_a_secret_is_not_kept_at_all(path: str) -> None:
    assert clean(("cat", path), "jack abc123 write\n") == "REDACTED"


@given(st.text(max_size=100))
def test_any_text_can_be_looked_through(text: str) -> None:
    clean(("cat", "x"), text)
    clean(QUEUE.argv, f'{JOB_FILE_PREFIX}1:{{"{text}')


def test_what_is_planted_in_a_whole_cluster_is_nowhere_in_the_archive() -> None:
    cluster = cluster_of(load(FOLDER.joinpath("stuck-job.yaml")))
    planted = [f"Planted{number}Secret" for number in range(6)]
    for machine in cluster.machines.values():
        data = json.loads(machine.files.read(CONFIG_DATA) or "")
        for disk in data["disks"].values():
            disk["logical_id"][-1] = planted[0]
        data["cluster"]["osparams"] = {"debian": {"x": planted[1]}}
        machine.files.write(CONFIG_DATA, json.dumps(data))
        path = f"{JOB_FILE_PREFIX}41"
        job = json.loads(machine.files.read(path) or "")
        job["ops"][0]["input"]["osparams_secret"] = {"x": planted[2]}
        machine.files.write(path, json.dumps(job))
        machine.spawn(f"/usr/bin/kvm -spice password={planted[3]} -x {planted[0]}")
        machine.files.write("/etc/hosts", f"# {planted[2]}\n127.0.0.1 localhost\n# token: {planted[4]}\n")
        machine.files.write("/etc/default/ganeti", f"# https://me:{planted[5]}@example.org\n")
    entry = next(iter(cluster.machines.values()))
    where = Host(entry.name, (entry.primary_ip,), 2222)
    made = dump(taken(Workshop(Settings()), WorldLinks(cluster), [where], cluster.clock))
    with tarfile.open(fileobj=BytesIO(made)) as tar:
        files = [tar.extractfile(one) for one in tar]
        text = b"".join(one.read() for one in files if one is not None).decode()
    assert "kvm -spice password=REDACTED" in text
    assert [one for one in planted if one in text] == []
