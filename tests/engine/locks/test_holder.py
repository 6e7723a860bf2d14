"""The line in a lock: whatever is in it comes back as it was, and what is no such line is told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SystemClock
from engine.locks.holder import Holder, LockProcess, this
from engine.redaction.redactor import REDACTOR

TOKENS = st.text("0123456789abcdef", min_size=32, max_size=32)
HOLDERS = st.builds(
    Holder,
    token=TOKENS,
    run=st.text(),
    runbook=st.text(),
    by=st.text(),
    login=st.text(),
    account=st.text(),
    origin=st.text(),
    machine=st.text(),
    pid=st.integers(0, 2**40),
    kernel=st.text(),
    began=st.text(),
    since=st.text(),
    step=st.text(),
)


@given(HOLDERS)
def test_a_line_says_all_of_it_and_is_one_line(holder: Holder) -> None:
    assert Holder.from_line(holder.line) == holder
    assert not {"\n", "\r", "\0"} & set(holder.line)


@given(HOLDERS, TOKENS)
def test_only_its_own_token_is_found_in_it_as_the_script_looks(holder: Holder, other: str) -> None:
    disguised = holder.model_copy(update={"run": f'"token":"{other}"', "by": f'x","token":"{other}","y":"'})
    assert (f'"token":"{other}"' in disguised.line) == (other == holder.token)
    assert f'"token":"{holder.token}"' in disguised.line


@given(st.text() | st.binary().map(lambda data: data.decode(errors="replace")))
def test_what_is_no_such_line_is_nobody(text: str) -> None:
    assert Holder.from_line(text) is None


def test_what_a_later_version_adds_is_passed_over_and_what_is_of_another_type_is_not_guessed() -> None:
    holder = Holder(token="0" * 32, run="r", runbook="b")
    data = json.loads(holder.line)
    assert Holder.from_line(json.dumps({**data, "new": [1]})) == holder
    assert Holder.from_line(json.dumps({**data, "pid": "1"})) is None
    assert Holder.from_line(json.dumps({**data, "token": "0"})) is None


def test_it_says_who_and_where_from() -> None:
    known = {"login": "alice", "loginuid": "alice", "account": "root", "from": "192.0.2.7", "machine": "desk\udcff"}
    one = Holder.of("r1", "toy", known, SystemClock())
    assert (one.by, one.login, one.account, one.origin, one.machine) == ("alice", "alice", "root", "192.0.2.7", "desk?")
    assert (one.pid, one.process) == (os.getpid(), this())
    assert Holder.from_line(one.line) == one
    assert one.token != Holder.of("r1", "toy", known, SystemClock()).token


def test_a_secret_in_the_name_of_a_step_does_not_get_there() -> None:
    REDACTOR.learn("hunter2-hunter2")
    assert "hunter2" not in Holder(token="0" * 32, run="r", runbook="b").at("set[hunter2-hunter2]").line


def test_a_process_is_gone_when_it_has_ended_and_only_this_very_machine_can_tell() -> None:
    mine = this()
    assert not mine.gone
    assert replace(mine, began="1").gone, "its number belongs to another process now"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        other = replace(mine, pid=child.pid, began="")
        assert not other.gone
        child.communicate(b"\n")
    assert other.gone
    assert not replace(other, kernel="another boot").gone
    assert not replace(other, kernel="").gone
    assert not LockProcess("", 1, "").gone


def test_a_process_of_somebody_else_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert not replace(this(), began="").gone
