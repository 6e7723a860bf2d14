"""The script of the lock, by real shells: whoever comes first has it, and each verb may be sent again."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine.hosts.host import Host, Result
from engine.locks import script
from engine.locks.holder import Holder
from engine.locks.script import LockReply, Verb, ask
from tests.engine.locks.machines import Machine, Machines, somebody

A, B = somebody("a"), somebody("b")
HOST = Host("one")


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def say(machines: Machines, verb: Verb, holder: Holder = A, former: tuple[str, float] = ("", 0)) -> LockReply:
    return ask(machines, HOST, verb, token=holder.token, line=holder.line, former=former, timeout=30)


def test_the_first_one_has_it_until_it_gives_it_back(machines: Machines) -> None:
    assert say(machines, "look") == LockReply("free", 0, "")
    assert not machines.lock("one").exists(), "a look leaves nothing behind"
    assert say(machines, "take").state == "ours"
    assert say(machines, "take").state == "ours", "sent again after a lost link it comes to the same"
    told = say(machines, "take", B)
    assert (told.state, told.text) == ("held", A.line)
    assert say(machines, "release", B).state == "free"
    assert machines.holder("one") == A, "nobody gives back what is not theirs"
    assert say(machines, "release").state == "free"
    assert say(machines, "release").state == "free"
    assert say(machines, "take", B).state == "ours"
    assert machines.lock("one").stat().st_mode & 0o777 == 0o600
    assert machines.lock("one").parent.stat().st_mode & 0o777 == 0o700


def test_of_a_hundred_at_once_one_wins(machines: Machines) -> None:
    runs = [somebody(f"run-{number}") for number in range(100)]
    argv = [
        ["sh", "-c", script.SCRIPT, "lock", "take", str(machines.folder / "one"), one.token, one.line, "", "0"]
        for one in runs
    ]
    begun = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for words in argv]
    told = [process.communicate(timeout=60)[0] for process in begun]
    won = [run for run, words in zip(runs, told, strict=True) if words.startswith("gnt-runbook-lock ours")]
    assert len(won) == 1
    assert machines.holder("one") == won[0]
    assert sum(won[0].line in words for words in told) == 99, "all others are told who"


@pytest.mark.parametrize("words", [["dash"], ["bash", "--posix"], ["busybox", "sh"]], ids=lambda words: words[0])
def test_every_shell_reads_it_alike(tmp_path: Path, words: list[str]) -> None:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    for verb, holder, state in [("take", A, "ours"), ("take", B, "held"), ("refresh", A, "ours"), ("look", B, "held"),
                                ("refresh", B, "lost"), ("release", A, "free"), ("look", A, "free")]:  # fmt: skip
        argv = [*words, "-c", script.SCRIPT, "lock", verb, str(tmp_path / "x"), holder.token, holder.line, "", "0"]
        ended = subprocess.run(argv, check=True, capture_output=True, text=True)
        assert (ended.stdout.split()[:2], ended.stderr) == (["gnt-runbook-lock", state], "")


def test_its_age_is_that_of_the_last_sign_of_life(machines: Machines) -> None:
    say(machines, "take")
    machines.age(500, "one")
    assert 500 <= say(machines, "look", B).silent <= 530
    assert say(machines, "refresh").state == "ours"
    assert say(machines, "look", B).silent <= 30
    machines.age(-500, "one")
    assert 470 <= say(machines, "look", B).silent <= 500, "a clock that was set back does not make it live for ever"


def test_a_sign_of_life_brings_the_step(machines: Machines) -> None:
    say(machines, "take")
    assert say(machines, "refresh", A.at("kill")).state == "ours"
    holder = machines.holder("one")
    assert holder is not None
    assert (holder.token, holder.step) == (A.token, "kill")


def test_it_is_given_away_only_by_its_name_and_when_it_is_old_enough(machines: Machines) -> None:
    say(machines, "take")
    machines.age(100, "one")
    assert say(machines, "take", B, (A.token, 120)).state == "held", "it lived when it was asked"
    machines.age(130, "one")
    assert say(machines, "take", B, (somebody("c").token, 120)).state == "held"
    assert say(machines, "take", B, (A.token, 120)).state == "ours"
    told = say(machines, "refresh")
    assert (told.state, told.text) == ("lost", B.line)
    say(machines, "release", B)
    assert say(machines, "refresh").state == "lost", "somebody had it meanwhile: what was looked at does not hold"


def test_on_a_host_that_was_installed_anew_a_sign_of_life_takes_it_again(machines: Machines) -> None:
    say(machines, "take")
    shutil.rmtree(machines.folder / "one")
    assert say(machines, "refresh").state == "ours"
    assert machines.holder("one") == A


def test_a_folder_that_cannot_be_had_is_told(machines: Machines) -> None:
    (machines.folder / "one").write_text("no folder")
    told = say(machines, "take")
    assert told.state == "failed"
    assert "exists" in told.text.lower()


def test_while_there_is_no_room_the_old_line_lives_on(machines: Machines) -> None:
    say(machines, "take")
    machines.age(500, "one")
    (machines.folder / "one" / "lock.new").mkdir()  # where the new line would be written
    assert say(machines, "refresh", A.at("kill")).state == "ours"
    assert machines.holder("one") == A
    assert say(machines, "look", B).silent <= 30
    assert say(machines, "release").state == "free"


class Chatty(Machine):
    """A host whose root has a login shell that talks."""

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        result = super().run(argv, timeout=timeout)
        return replace(result, stdout=f"Welcome!\n{result.stdout}Good bye!\n")


def test_what_a_login_shell_prints_besides_is_passed_over(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.engine.locks.machines.Machine", Chatty)
    assert say(machines, "take").state == "ours"
    told = say(machines, "take", B)
    assert (told.state, told.text) == ("held", A.line)


def test_a_command_that_hangs_there_holds_nobody_for_ever(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.locks.script.SCRIPT", script.SCRIPT.replace("flock -w 10", "flock -w 0.2"))
    folder = machines.folder / "one"
    folder.mkdir()
    begun = time.monotonic()
    with subprocess.Popen(["flock", str(folder), "sh", "-c", "echo ready; read line"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stuck:  # fmt: skip
        assert stuck.stdout is not None
        assert stuck.stdout.readline() == b"ready\n"
        told = say(machines, "take")
        assert (told.state, "stuck" in told.text) == ("failed", True)
        assert stuck.stdin is not None
        stuck.stdin.close()
    assert time.monotonic() - begun < 20
    assert say(machines, "take").state == "ours"
