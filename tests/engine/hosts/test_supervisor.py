"""The supervisor of changes: real shells, real locks, real processes of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from engine.errors import HostError, LinkLostError
from engine.hosts import supervisor
from engine.hosts.host import Host, Once, Result
from engine.hosts.local import LocalLink
from engine.hosts.ssh import SshLink
from engine.hosts.ssh_settings import SEARCH_PATH
from tests.processes import holders
from tests.programs import find

if TYPE_CHECKING:
    from tests.sshd import Sshd

ONCE = Once("20260101-run", "step[a b/0]#1")
COUNT = 'echo once >>"$1"; echo out; echo err >&2; exit 3'
GATED = 'echo once >>"$1"; echo begun; until [ -e "$2" ] || [ ! -e "$1" ]; do sleep 0.05; done; echo ended'
"""Goes on until a file is there."""


@pytest.fixture
def link(tmp_path: Path) -> LocalLink:
    return LocalLink(Host("here"), state=str(tmp_path / "state"))


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    return tmp_path / "counter"


def counting(counter: Path) -> tuple[str, ...]:
    return ("sh", "-c", COUNT, "count", str(counter))


def gated(counter: Path, gate: Path) -> tuple[str, ...]:
    return ("sh", "-c", GATED, "count", str(counter), str(gate))


def kept(tmp_path: Path, once: Once = ONCE) -> Path:
    return tmp_path / "state/changes" / supervisor.folder(once.run) / supervisor.folder(once.key)


def times(counter: Path) -> int:
    return counter.read_text().count("once") if counter.exists() else 0


@retry(retry=retry_if_result(lambda there: not there), wait=wait_fixed(0.02), stop=stop_after_delay(20))
def appears(path: Path) -> bool:
    return path.exists() and bool(path.read_text())


class Left(Exception):  # noqa: N818 - not an error: nobody looks any more
    """Whoever followed the change does so no longer."""


def leave_when_begun(counter: Path) -> None:
    if counter.exists():
        raise Left


def test_a_change_is_made_once_however_often_it_is_sent(link: LocalLink, counter: Path) -> None:
    for _ in range(3):
        result = link.make(ONCE, counting(counter), timeout=20)
        assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
        assert result.argv == counting(counter)
    assert times(counter) == 1


def test_of_many_that_race_one_begins_it_and_all_see_its_end(link: LocalLink, counter: Path) -> None:
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda _: link.make(ONCE, counting(counter), timeout=60), range(12)))
    assert times(counter) == 1
    assert {(one.stdout, one.stderr, one.exit_code) for one in results} == {("out\n", "err\n", 3)}


def test_it_outlives_whoever_began_it(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with pytest.raises(Left):
        link.make(ONCE, gated(counter, gate), timeout=20, tick=lambda: leave_when_begun(counter))
    assert link.settle(ONCE, timeout=20).state == "running"
    gate.touch()
    assert link.make(ONCE, gated(counter, gate), timeout=20).stdout == "begun\nended\n"
    ended = link.settle(ONCE, timeout=20)
    assert ended.state == "ended"
    assert ended.result is not None
    assert ended.result.stdout == "begun\nended\n"
    assert times(counter) == 1


def test_what_was_settled_before_it_was_begun_never_begins(link: LocalLink, counter: Path) -> None:
    assert link.settle(ONCE, timeout=20).state == "never"
    with pytest.raises(HostError) as caught:
        link.make(ONCE, counting(counter), timeout=20)
    assert caught.value.code == "change-taken"
    assert times(counter) == 0


def test_another_change_of_the_same_name_is_refused(link: LocalLink, counter: Path) -> None:
    link.make(ONCE, counting(counter), timeout=20)
    with pytest.raises(HostError) as caught:
        link.make(ONCE, ("touch", str(counter.with_name("other"))), timeout=20)
    assert caught.value.code == "change-taken"
    assert not counter.with_name("other").exists()


def test_after_a_restart_of_the_host_it_is_unknown(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    link.make(ONCE, counting(counter), timeout=20)
    folder = kept(tmp_path)
    (folder / "end").unlink()
    _boot, rest = (folder / "begun").read_text().split(" ", 1)
    (folder / "begun").write_text(f"another-boot {rest}")
    assert link.settle(ONCE, timeout=20).state == "rebooted"
    with pytest.raises(LinkLostError) as caught:
        link.make(ONCE, counting(counter), timeout=20)
    assert caught.value.code == "host-rebooted"
    assert caught.value.stdout == "out\n"
    assert times(counter) == 1


def test_one_whose_supervisor_was_killed_is_unknown(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with pytest.raises(Left):
        link.make(ONCE, gated(counter, gate), timeout=20, tick=lambda: leave_when_begun(counter))
    # Not the process of the change itself: that one holds no lock.
    for one in holders(kept(tmp_path) / "lock"):
        with contextlib.suppress(ProcessLookupError):  # one that waited for another of them
            os.kill(one, signal.SIGKILL)
    gate.touch()
    with pytest.raises(LinkLostError) as caught:
        link.make(ONCE, gated(counter, gate), timeout=20)
    assert caught.value.code == "cut-short"
    assert times(counter) == 1


def test_its_record_is_for_its_owner_only_and_is_forgotten(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    link.make(ONCE, counting(counter), timeout=20)
    for path in [kept(tmp_path), *kept(tmp_path).iterdir()]:
        assert path.stat().st_mode & 0o077 == 0
    link.forget(ONCE.run, timeout=20)
    assert not kept(tmp_path).parent.exists()
    link.forget(ONCE.run, timeout=20)


def test_what_goes_on_is_not_forgotten(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with pytest.raises(Left):
        link.make(ONCE, gated(counter, gate), timeout=20, tick=lambda: leave_when_begun(counter))
    link.forget(ONCE.run, timeout=20)
    assert kept(tmp_path).exists()
    gate.touch()
    link.make(ONCE, gated(counter, gate), timeout=20)
    link.forget(ONCE.run, timeout=20)
    assert not kept(tmp_path).exists()


def test_without_a_place_for_its_record_it_is_not_begun(counter: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    link = LocalLink(Host("here"), state=str(tmp_path / "file/state"))
    with pytest.raises(HostError) as caught:
        link.make(ONCE, counting(counter), timeout=20)
    assert caught.value.code == "host-no-record"
    assert "Not a directory" in caught.value.why
    assert times(counter) == 0


def test_what_it_makes_has_the_mode_it_would_have_without_supervision(link: LocalLink, tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        link.make(ONCE, ("touch", str(tmp_path / "made")), timeout=20)
    finally:
        os.umask(umask)
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o640


def test_a_dead_signal_is_an_exit_code(link: LocalLink) -> None:
    assert link.make(ONCE, ("sh", "-c", "kill -TERM $$"), timeout=20).exit_code == 128 + signal.SIGTERM


def test_a_daemon_that_is_left_behind_holds_nothing_up(link: LocalLink, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert link.make(ONCE, ("sh", "-c", 'echo up; cat "$1" & exit 0', "x", str(fifo)), timeout=20).stdout == "up\n"
    with fifo.open("w"):
        pass


def test_one_over_ssh_goes_on_when_its_session_is_gone(sshd: Sshd, counter: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    first = SshLink.open(sshd.host(), sshd.settings())
    cut = threading.Thread(target=lambda: (appears(counter), first._hang_up()))
    cut.start()
    with pytest.raises(LinkLostError) as caught:
        first.make(ONCE, gated(counter, gate), timeout=30)
    assert caught.value.code == "link-lost"
    cut.join()
    first.close()
    second = SshLink.open(sshd.host(), sshd.settings())
    try:
        assert second.settle(ONCE, timeout=20).state == "running"
        gate.touch()
        assert second.make(ONCE, gated(counter, gate), timeout=20).stdout == "begun\nended\n"
    finally:
        second.close()
    assert times(counter) == 1


def test_a_beginning_that_a_power_cut_tore_was_none(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    folder = kept(tmp_path)
    folder.mkdir(parents=True)
    (folder / "begun").write_text("another-boot 1 an-unfinished-dig")
    assert link.make(ONCE, counting(counter), timeout=20).exit_code == 3
    assert times(counter) == 1


def test_an_end_that_a_power_cut_tore_is_not_known(link: LocalLink, counter: Path, tmp_path: Path) -> None:
    link.make(ONCE, counting(counter), timeout=20)
    (kept(tmp_path) / "end").write_text("0 ")
    with pytest.raises(LinkLostError) as caught:
        link.make(ONCE, counting(counter), timeout=20)
    assert caught.value.code == "cut-short"
    assert times(counter) == 1


@pytest.mark.parametrize(
    ("printed", "more"), [("", []), ("echo out", ["cat"]), ("echo out; echo err >&2", ["cat", "cat"])]
)
def test_a_change_takes_few_programs_besides_its_own(tmp_path: Path, printed: str, more: list[str]) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    log = tmp_path / "log"
    for name in ("cat", "cp", "date", "flock", "mkdir", "mv", "rm", "setsid", "sync", "touch"):
        real = shutil.which(name, path=":".join(SEARCH_PATH))
        (programs / name).write_text(f'#!/bin/sh\necho {name} >>{log}\nexec {real} "$@"\n')
        (programs / name).chmod(0o755)
    link = LocalLink(Host("here"), search_path=(str(programs), *SEARCH_PATH), state=str(tmp_path / "state"))
    link.make(ONCE, ("sh", "-c", printed), timeout=20)
    usual = ["mkdir", "flock", "sync", "setsid", "flock"]

    # Its end is told before the disk has it.
    @retry(retry=retry_if_result(lambda seen: not seen), wait=wait_fixed(0.02), stop=stop_after_delay(20))
    def synced() -> bool:
        return log.read_text().split().count("sync") == 2

    assert synced()
    assert sorted(log.read_text().split()) == sorted([*usual, *more, "sync"])


@pytest.mark.parametrize("shell", [("dash",), ("bash",), ("busybox", "sh")])
def test_any_shell_is_told_a_word_at_once_or_knows_the_script(
    shell: tuple[str, ...], counter: Path, tmp_path: Path
) -> None:
    program = find(shell[0], shell[0])
    sent = supervisor.to("make", ONCE, counting(counter), state=str(tmp_path / "state"))
    for words in (sent.argv[1:], ("-c", f"{supervisor.KNOWN}{sent.typed} </dev/null\n")):
        told = subprocess.run([program, *shell[1:], *words], capture_output=True, text=True, check=True)
        result = supervisor.outcome(sent, Host("here"), Result(sent.argv, told.stdout, told.stderr, 0, 0.0))
        assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert times(counter) == 1


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)


@given(NAMES, NAMES)
def test_no_two_names_share_a_folder(one: str, other: str) -> None:
    folder = supervisor.folder(one)
    assert "/" not in folder
    assert folder not in {"", ".", ".."}
    assert len(folder.encode()) < 255
    assert (folder == supervisor.folder(other)) == (one == other)


def test_a_supervisor_that_waits_and_waits_is_read_in_one_pass() -> None:
    """Each sign of life was once copied away from all that follows it."""
    sent = supervisor.to("make", ONCE, ("true",))

    class Counted(str):
        """A text that counts what is copied of it."""

        __slots__ = ()
        copied = 0

        def __getitem__(self, key: object) -> str:
            Counted.copied += 1
            return super().__getitem__(key)  # type: ignore[index]

        def partition(self, separator: str) -> tuple[str, str, str]:
            before, found, after = super().partition(separator)
            return before, found, Counted(after)

    said = Counted(f"{sent.mark}waiting\n" * 5000 + f"{sent.mark}ended 0 1\nout")
    result = supervisor.heard(sent, Host("a"), Result((), said, sent.mark + "\n", 0, 1.0))
    assert (result.state, result.result.stdout) == ("ended", "out")
    assert Counted.copied == 1


@pytest.mark.parametrize(
    "said",
    ["", "ended", "ended 0", "ended x 1", "ended 0 nan", "ended 0 1 2", f"ended {'9' * 5000} 0", "well", "waiting"],
)
def test_what_no_supervisor_says_tells_nothing_of_the_change(said: str) -> None:
    sent = supervisor.to("make", ONCE, ("true",))
    result = Result(sent.argv, f"{sent.mark}{said}\n", "", 0, 1.0)
    for told in (supervisor.outcome, supervisor.settled):
        with pytest.raises(LinkLostError) as caught:
            told(sent, Host("vm"), result)
        assert caught.value.code == "supervisor-silent"
