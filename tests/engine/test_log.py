"""The log for machines: what is in it, where it goes, and that nothing ever waits or fails for it."""

import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine import log_events
from engine.cli.main import app
from engine.errors import HostUnreachableError
from engine.hosts.host import Host
from engine.hosts.pool import ConnectedLinks, TransportSettings
from engine.log import IDENT, configure, failed, tell, where
from tests.engine.run.toy import ON, House, go


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """The log of a test is put away after it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for one in root.handlers[:]:
        root.removeHandler(one)
        with contextlib.suppress(OSError):  # of the full disk
            one.close()
    for one in before:
        root.addHandler(one)
    root.setLevel(level)


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_is_in_it_with_its_reads_its_decisions_its_changes_and_its_retries(tmp_path: Path) -> None:
    configure(tmp_path / "log")
    steps = ON + "\n  - {id: sit, title: Sit, wait: {check: lamps.is_on, within: 8s, with: {host: attic.example}}}\n"
    go(tmp_path, steps, {"switch-on": "yes", "sit.failed": "stop"})
    found = events(tmp_path / "log")
    kinds = [one["event"] for one in found]
    for kind in (
        "run-started",
        "step-begun",
        "answered",
        "intent",
        "outcome",
        "checked",
        "retry",
        "reads",
        "run-ended",
    ):
        assert kind in kinds, kind
    assert {one["run"] for one in found} == {"r1"}
    assert {one["runbook"] for one in found} == {"toy"}
    retries = [one for one in found if one["event"] == "retry"]
    assert [one["attempt"] for one in retries] == [1, 2, 3, 4]
    assert {(one["step"], one["again_in"]) for one in retries} == {("sit", 2.0)}
    intent = next(one for one in found if one["event"] == "intent")
    assert (intent["step"], intent["host"]) == ("switch-on", "hall.example")
    assert "action" not in intent
    reads = next(one for one in found if one["event"] == "reads" and one.get("step") == "switch-on")
    assert (reads["host"], reads["count"], reads["failed"]) == ("hall.example", 1, 0)
    assert all("timestamp" in one and one["level"] == "info" for one in found)


def test_threads_log_for_the_run_and_the_step_that_began_them(tmp_path: Path) -> None:
    configure(tmp_path / "log")
    step = """
  - id: both
    title: Both
    each: "['hall.example', 'attic.example']"
    together: {limit: 2}
    run: [lamp, "on"]
    on: item
    effect: reversible
    undo: none
    verify: {check: lamps.is_on, with: {host: "{{ item }}"}}
"""
    from engine.run.options import RunSettings  # noqa: PLC0415 - of this test alone

    go(tmp_path, step, {"both": "y"}, settings=RunSettings("real", {}, at_once=2))
    found = [one for one in events(tmp_path / "log") if one["event"] in {"intent", "outcome", "reads"}]
    assert len([one for one in found if one["event"] == "outcome"]) == 2
    assert {one["run"] for one in found} == {"r1"}


def test_a_host_that_cannot_be_reached_is_an_event(tmp_path: Path) -> None:
    configure(tmp_path / "log")
    ssh_config = tmp_path / "ssh_config"
    ssh_config.write_text("")
    links = ConnectedLinks(TransportSettings(ssh_config=ssh_config, connect_timeout=2))
    with pytest.raises(HostUnreachableError):
        links.to(Host("host-1.invalid", ("127.0.0.1",), port=1))
    links.close()
    (event,) = [one for one in events(tmp_path / "log") if one["event"] == "not connected"]
    assert event["host"] == "host-1.invalid"
    assert event["code"]


def test_the_file_is_for_its_owner_only_and_may_be_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log"
    assert configure(path) == []
    assert where() == str(path)
    tell("one")
    assert path.stat().st_mode & 0o777 == 0o600
    path.rename(tmp_path / "log.1")
    tell("two")
    assert [one["event"] for one in events(path)] == ["two"]


@pytest.mark.parametrize("there", ["a folder", "below a file", "a full disk", "a pipe nobody reads"])
def test_a_log_that_cannot_be_written_fails_no_recovery(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], there: str
) -> None:
    path = tmp_path / "log"
    if there == "a folder":
        path.mkdir()
    elif there == "below a file":
        path.write_text("")
        path /= "log"
    elif there == "a full disk":
        path = Path("/dev/full")
    else:
        os.mkfifo(path)
    problems = configure(path)
    assert bool(problems) is (there != "a full disk")
    run = go(tmp_path, ON, {"switch-on": "yes"})
    assert run.error is None
    assert "Traceback" not in "".join(capfd.readouterr())


def test_it_goes_to_a_syslog_as_one_datagram_an_event(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "dev-log"))
        syslog.settimeout(10)
        assert configure(None, tmp_path / "dev-log") == []
        tell("one", host="h", password="hunter2hunter2")
        data = syslog.recv(65536).decode().rstrip("\0")
        head, _, body = data.partition(f"{IDENT}: ")
        assert head.startswith("<")
        assert json.loads(body) | {"timestamp": ""} == {
            "event": "one", "host": "h", "password": "REDACTED", "level": "info", "timestamp": "",
        }  # fmt: skip


def test_a_syslog_that_does_not_read_or_goes_away_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = tmp_path / "dev-log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(path))
        configure(None, path)
        for number in range(2000):  # far more than a queue of datagrams holds
            tell("flood", number=number)
    tell("nobody is left")
    path.unlink()
    tell("nor a socket")
    assert go(tmp_path, ON, {"switch-on": "yes"}, house=House()).error is None


def test_nothing_that_is_logged_can_raise(tmp_path: Path) -> None:
    class Worst:
        def __str__(self) -> str:
            raise RuntimeError("no")

    configure(tmp_path / "log")
    tell("one", what=Worst(), event="twice")
    tell("two", what={1, 2}, deep={"a": [Path("x")]})
    assert [one["event"] for one in events(tmp_path / "log")] == ["two"]


def test_where_nobody_listens_no_event_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def logger() -> Any:
        made.append("one")
        return usual()

    usual = log_events.logger
    monkeypatch.setattr(log_events, "logger", logger)
    configure(None)
    tell("nobody hears it")
    assert made == []
    configure(tmp_path / "log")
    tell("it is heard")
    assert made == ["one"]
    assert [one["event"] for one in events(tmp_path / "log")] == ["it is heard"]


def test_a_mistake_is_logged_without_the_values_of_variables(tmp_path: Path) -> None:
    configure(tmp_path / "log")
    inner = "Zq81" + "hunterKey9"
    try:
        int(f"no number: {inner[:0]}")
    except ValueError:
        failed("a rule failed", question="why")
    (event,) = events(tmp_path / "log")
    assert "Traceback" in event["exception"]
    assert inner not in (tmp_path / "log").read_text()


def test_options_before_the_command_say_where_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNT_RUNBOOK_STATE", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ran = CliRunner().invoke(app, ["--log-file", str(tmp_path / "mine"), "runs"])
    assert ran.exit_code == 0, ran.output
    assert where() == str(tmp_path / "mine")
    ran = CliRunner().invoke(app, ["--log-file", str(tmp_path), "runs"])
    assert ran.exit_code == 0
    assert "There is no log in" in ran.output
