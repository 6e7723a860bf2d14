"""`gnt-runbook capture` and `diagnose --from` as they are typed."""

import json
from dataclasses import replace

from engine.capture.archive import load, write
from engine.capture.model import CapturedRead
from engine.hosts.host import Result
from tests.engine.cli.program import Program
from tests.rehearsals.cases import ANSWERS

ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"


def test_what_is_captured_is_diagnosed_like_the_cluster_itself(program: Program) -> None:
    ended = program("capture", "-o", "x.tar.gz", "--scenario", "stuck-job")
    assert ended.code == 0, ended.err
    assert f"answers of {ONE}, {TWO} are in" in ended.out.replace("\n       ", " ")
    assert "$ gnt-runbook diagnose --from x.tar.gz" in ended.out
    assert program.journals == []
    live = json.loads(program("diagnose", "--json", "--scenario", "stuck-job").out)
    kept = json.loads(program("diagnose", "--json", "--from", "x.tar.gz").out)
    assert kept.pop("captured").startswith("2026-11-22T12:")
    assert kept == live
    words = program("diagnose", "--from", "x.tar.gz").out
    assert words.startswith("\n  !    As it was at 2026-11-22 12:00:") or "As it was at 2026-11-22 12:00:" in words


def test_a_node_that_is_not_in_it_is_told(program: Program) -> None:
    ended = program("capture", "-o", "x", "--scenario", "master-failover")
    assert ended.code == 0
    assert f"not captured: {ONE}" in ended.out
    assert f"not looked at: {ONE}" in program("diagnose", "--from", "x").out


def test_a_file_that_is_there_is_refused_at_once(program: Program) -> None:
    program.write("x", "mine")
    program("capture", "-o", "x", "--host", "nowhere.invalid").refused("capture-exists", 5, "another name")
    assert (program.folder / "x").read_text() == "mine"


def test_nothing_is_written_where_nothing_answers(program: Program) -> None:
    program("capture", "-o", "x", "--host", "nowhere.invalid").refused("host-unresolved", 3, "nowhere.invalid")
    assert not (program.folder / "x").exists()


def test_a_folder_that_is_not_there_is_told(program: Program) -> None:
    ended = program("capture", "-o", "nowhere/x", "--scenario", "healthy")
    assert (ended.error, ended.code) == ("system", 1)


def test_a_file_that_is_no_capture_is_refused(program: Program) -> None:
    program.write("x", "no")
    program("diagnose", "--from", "x").refused("capture-invalid", 2, "capture -o FILE")
    program("diagnose", "--from", "y").refused("capture-unreadable", 2, "No such file")


def test_only_one_place_can_be_looked_at(program: Program) -> None:
    program("diagnose", "--from", "x", "--scenario", "healthy").refused("usage", 2, "--scenario and --from")
    program("capture", "-o", "x", "--scenario", "healthy", "--host", "a").refused("usage", 2, "--scenario and --host")


def test_the_repair_is_rehearsed_on_the_twin(program: Program) -> None:
    program("capture", "-o", "x", "--scenario", "watcher-continue")
    answers = program.write("answers.yaml", json.dumps({"format": 1, "answers": ANSWERS["watcher-continue"]}))
    ended = program("rehearse", "watcher-continue", "--from", "x", "--answers", str(answers))
    assert ended.code == 0, ended.err
    assert "The twin of cluster.lab.example as it was at 2026-11-22 12:00:" in ended.out
    assert "  - Whether a daemon that runs also answers cannot be seen from outside: here it does." in ended.out
    (journal,) = program.journals
    assert "rehearsal" in journal.read_text()


def test_a_capture_without_a_configuration_has_no_twin(program: Program) -> None:
    program("capture", "-o", "x", "--scenario", "healthy")
    whole = load(program.folder / "x")

    def without(entry: CapturedRead, *keys: str) -> CapturedRead:
        if entry.argv != ("cat", "/var/lib/ganeti/config.data") or not isinstance(entry.answer, Result):
            return entry
        data = {key: value for key, value in json.loads(entry.answer.stdout).items() if key not in keys}
        return replace(entry, answer=replace(entry.answer, stdout=json.dumps(data)))

    for name, keys, code in (("y", ("nodes",), "not-understood"), ("z", ("cluster",), "twin-impossible")):
        write(replace(whole, answers=[without(one, *keys) for one in whole.answers]), program.folder / name)
        ended = program("rehearse", "watcher-continue", "--from", name)
        assert (ended.error, ended.code) == (code, 3), ended.err


def test_a_rehearsal_is_of_a_scenario_or_of_a_capture(program: Program) -> None:
    program("rehearse", "stuck-job", "--from", "x", "--scenario", "y").refused("usage", 2, "--scenario and --from")
    program("rehearse", "stuck-job", "--from", "x").refused("capture-unreadable", 2, "No such file")
