"""Many reads in one command: composed, executed by real shells, told apart."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import HostError, HostUnreachableError, LinkLostError, PrintedTooMuchError
from engine.hosts import batch, reads
from engine.hosts.budget import Budget
from engine.hosts.command import LONGEST, UnusableCommandError
from engine.hosts.host import Host, Result
from engine.hosts.local import LocalLink
from engine.hosts.pool import ConnectedLinks
from engine.hosts.reader import Reader
from engine.hosts.reads import Read, ReadForm, read
from engine.hosts.rounds import Answer, RunsAlone, made_one_by_one, made_together
from engine.hosts.ssh import SshLink
from tests.programs import find
from tests.sshd import NODE, Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = Host(NODE)
ANY = re.compile(r"(?s).*")


def together(run: RunsAlone, wanted: Sequence[Read]) -> list[Answer]:
    """Made together, each batch by a command like any other."""
    return made_together(HERE, lambda sent: run(sent.argv, timeout=sent.timeout), wanted)


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ODD = st.text(max_size=40) | st.sampled_from(["[5 of 9 bytes are left out her]", "<0;", ">0;", "-;", "\r\n", "é"])


@pytest.fixture(autouse=True)
def _more_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that print what the tests want, and that hang."""
    words = (("printf",), ("sleep",), ("sh", "-c"), ("absent",))
    forms = (ReadForm(one, more=ANY) for one in words)
    monkeypatch.setattr(reads, "_known", {*reads.BASIC_FORMS, *forms})


@pytest.fixture(scope="module", params=["dash", "bash", "busybox"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with that shell as `sh`, and with all of busybox's programs where it is the shell."""
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp(request.param)
    for name in ("sh", "env", "timeout", "printf", "sleep") if request.param == "busybox" else ("sh",):
        (folder / name).symlink_to(program)
    return f"{folder}:{os.environ['PATH']}"


@dataclass
class Counting:
    """Executes here and counts."""

    path: str = os.environ["PATH"]
    sent: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, argv: Sequence[str], *, timeout: float) -> Result:
        self.sent.append(tuple(argv))
        environment = {"PATH": self.path, "LC_ALL": "C"}
        with subprocess.Popen(
            ["env", *argv], stdout=-1, stderr=-1, stdin=subprocess.DEVNULL, env=environment
        ) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired as error:
                process.kill()
                printed = [(one or b"").decode(errors="replace") for one in (error.stdout, error.stderr)]
                raise LinkLostError("It did not end.", code="timed-out").printed(*printed) from error
        return Result(tuple(argv), out.decode(errors="replace"), err.decode(errors="replace"), process.returncode, 0.1)


@given(argvs=st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_whatever_the_words_each_program_gets_them_as_they_are(path: str, argvs: list[list[str]]) -> None:
    wanted = [Read(("printf", "%s|\\n", "-", *words)) for words in argvs]
    answers = together(Counting(path), wanted)
    for one, answer in zip(wanted, answers, strict=True):
        assert isinstance(answer, Result)
        assert answer.stdout == "".join(f"{word}|\n" for word in one.argv[2:])


@given(printed=st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=30), st.integers(0, 255)), max_size=4))
@settings(max_examples=25, deadline=None)
def test_whatever_is_printed_the_answers_are_those_of_single_commands(
    path: str, printed: list[tuple[bytes, bytes, int]]
) -> None:
    def octal(data: bytes) -> str:
        return "".join(f"\\0{byte:03o}" for byte in data)

    wanted = [
        Read(("sh", "-c", f"printf %b '{octal(out)}'; printf %b '{octal(err)}' >&2; exit {code}"))
        for out, err, code in printed
    ]
    run = Counting(path)
    answers = together(run, wanted)
    assert len(run.sent) == (1 if wanted else 0)
    for answer, (out, err, code) in zip(answers, printed, strict=True):
        assert isinstance(answer, Result)
        assert (answer.stdout, answer.stderr) == (out.decode(errors="replace"), err.decode(errors="replace"))
        assert answer.exit_code == code


@settings(deadline=None)
@given(st.text(), st.lists(st.tuples(ODD, ODD, st.integers(0, 255)), min_size=1, max_size=5))
def test_pieces_are_told_apart_whatever_is_in_them(chatter: str, printed: list[tuple[str, str, int]]) -> None:
    made = batch.composed([read("cat", f"/{number}") for number in range(len(printed))])
    out = chatter + "".join(f"{made.mark}<{n};{text}{made.mark}>{code};" for n, (text, _, code) in enumerate(printed))
    err = chatter + "".join(f"{made.mark}<{n};{text}" for n, (_, text, _) in enumerate(printed))
    found = batch.pieces(made, out, err)
    assert [(found[one].stdout, found[one].stderr, found[one].exit_code) for one in made.reads] == printed


@settings(deadline=None)
@given(st.data())
def test_nothing_that_is_printed_makes_it_fail_or_invent_an_end(data: st.DataObject) -> None:
    made = batch.composed([read("cat", "/a"), read("cat", "/b")])
    part = (
        st.sampled_from([made.mark, "<0;", "<1;", "<7;", ">0;", ">300;", ">;", "-;", "x", "[1 of 2 bytes"]) | st.text()
    )
    out, err = ("".join(data.draw(st.lists(part))) for _ in range(2))
    for one, piece in batch.pieces(made, out, err).items():
        assert one in made.reads
        assert piece.exit_code is None or f">{piece.exit_code};" in out


def test_the_list_of_all_processes_cannot_print_the_mark() -> None:
    find("ps", "procps")
    made = batch.composed([read("ps", "-e", "-ww", "-o", "args=")])
    assert made.mark not in " ".join(made.argv)
    (answer,) = together(Counting(), made.reads)
    assert isinstance(answer, Result)
    assert "batch" in answer.stdout


def test_a_read_that_hangs_costs_its_time_and_its_own_answer(path: str) -> None:
    stubborn = Read(("sh", "-c", "trap '' TERM; echo said; exec sleep 50"), 1.0)
    wanted = [read("date", "+%s"), stubborn, Read(("sh", "-c", "echo never"), 20.0), read("test", "-d", "/")]
    run, begun = Counting(path), time.monotonic()
    first, second, third, fourth = together(run, wanted)
    assert time.monotonic() - begun < 10
    assert len(run.sent) == 1
    assert isinstance(first, Result)
    assert isinstance(fourth, Result)
    assert isinstance(second, HostUnreachableError)
    assert (second.code, second.why) == ("host-silent", f"sh on {HERE} did not end within 1 s.")
    assert isinstance(third, HostUnreachableError)
    assert "was not started again" in third.why


def test_without_timeout_the_engine_gives_up_and_asks_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sh", "env", "date", "sleep", "test"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setattr(batch, "_patience", lambda _reads, _seconds: 1.0)
    run = Counting(path=str(tmp_path))
    wanted = [read("date", "+%s"), Read(("sleep", "5"), 1.0), read("test", "-d", "/")]
    first, second, third = together(run, wanted)
    assert len(run.sent) == 2
    assert isinstance(first, Result)
    assert isinstance(second, HostUnreachableError)
    assert isinstance(third, Result)
    assert third.ok


def test_a_host_that_says_nothing_at_all_is_not_asked_again() -> None:
    calls = []

    def run(argv: Sequence[str], *, timeout: float) -> Result:
        calls.append(timeout)
        raise LinkLostError("It did not end.", code="timed-out")

    wanted = [read("date", "+%s"), read("id")]
    assert {one.code for one in together(run, wanted) if isinstance(one, HostUnreachableError)} == {"host-silent"}
    assert len(calls) == 1


def test_a_link_that_breaks_keeps_the_answers_that_came() -> None:
    whole = Counting()

    def run(argv: Sequence[str], *, timeout: float) -> Result:
        result = whole(argv, timeout=timeout)
        mark = "".join(argv[4:6])
        raise LinkLostError("Gone.").printed(result.stdout.split(f"{mark}>", 2)[0] + f"{mark}>0;", result.stderr)

    first, second = together(run, [read("date", "+%s"), read("id")])
    assert isinstance(first, Result)
    assert isinstance(second, HostUnreachableError)


@pytest.mark.parametrize("where", ["", " >&2"], ids=["stdout", "stderr"])
def test_what_prints_without_end_is_ended_at_its_limit_and_costs_its_own_answer(where: str) -> None:
    flood = Read(("sh", "-c", f"yes{where}"), limit=100_000)
    whole = Read(("sh", "-c", f"head -c 99000 /dev/zero{where}"), limit=100_000)
    wanted = [read("date", "+%s"), flood, Read(("printf", "%s", "end")), whole]
    link, printed = LocalLink(HERE), []

    def look(sent: batch.Batch) -> Result:
        try:
            return link.look(sent)
        except LinkLostError as error:
            printed.append(len(error.stdout) + len(error.stderr))
            raise

    first, ended, last, other = made_together(HERE, look, wanted)
    assert isinstance(first, Result)
    assert isinstance(ended, PrintedTooMuchError)
    assert (ended.code, ended.why) == (
        "printed-too-much",
        f"sh on {HERE} printed more than 100000 bytes and was not listened to any longer.",
    )
    assert isinstance(last, Result)
    assert last.stdout == "end"
    assert isinstance(other, Result)
    # It is heard at most a piece beyond its limit.
    assert len(printed) == 1
    assert printed[0] < 100_000 + 3 * 65536


def test_a_program_that_does_not_end_twice_is_not_started_again_and_comes_last(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    hung = [Read(("cat", str(tmp_path / "fifo"), f"/{number}"), 0.1) for number in range(5)]
    link, sent = LocalLink(HERE), []

    def look(one: batch.Batch) -> Result:
        sent.append([each.argv[0] for each in one.reads])
        return link.look(one)

    budget = Budget()
    answers = made_together(HERE, look, [*hung, read("date", "+%s")], budget)
    assert [one.code if isinstance(one, HostError) else "" for one in answers] == ["host-silent"] * 5 + [""]
    assert sent == [["cat"] * 5 + ["date"], ["date"] + ["cat"] * 4]
    assert "was not started again" in str(answers[4])
    # In the next moment it is tried once more, and last.
    sent.clear()
    made_together(HERE, look, [*hung, read("date", "+%s")], budget.anew())
    (tmp_path / "fifo").write_text("go on\n")
    assert sent == [["date"] + ["cat"] * 5]


def test_a_host_that_has_used_up_what_it_may_cost_is_asked_nothing_more() -> None:
    sent = []

    def look(one: batch.Batch) -> Result:
        sent.append(one)
        return LocalLink(HERE).look(one)

    for seconds, size, failed, code in (
        (1000.0, 0, False, "host-silent"),
        (40.0, 0, True, "host-silent"),
        (0.0, 2**27, False, "printed-too-much"),
    ):
        budget = Budget()
        budget.spend(seconds, size, failed=failed)
        (answer,) = made_together(HERE, look, [read("date", "+%s")], budget)
        assert isinstance(answer, HostError)
        assert answer.code == code
        assert sent == []
        (answer,) = made_together(HERE, look, [read("date", "+%s")], budget.anew())
        assert isinstance(answer, Result)
        sent.clear()


@given(st.lists(st.binary(max_size=40) | st.integers(0, 5), max_size=20), st.integers(1, 50))
@settings(deadline=None, max_examples=50)
def test_where_a_batch_is_does_not_depend_on_how_it_comes_in_pieces(parts: list[bytes | int], cut: int) -> None:
    made = batch.composed([read("cat", f"/{number}") for number in range(6)])
    text = b"".join(one if isinstance(one, bytes) else f"{made.mark}<{one};".encode() for one in parts)
    whole, pieces = batch.BatchStreams(made), batch.BatchStreams(made)
    whole.out.add(text)
    for at in range(0, len(text), cut):
        pieces.out.add(text[at : at + cut])
    one, other = whole._frames[0], pieces._frames[0]
    assert (one.at, one.since) == (other.at, other.since)
    # A host that says a beginning again gets no new time for it.
    assert one.at == max((part for part in parts if isinstance(part, int)), default=-1)


@pytest.mark.parametrize("argv", [("printf", "a\0b"), ("printf", "\ud800")])
def test_what_no_host_could_be_given_is_refused_before_anything_is_sent(argv: tuple[str, ...]) -> None:
    with pytest.raises(UnusableCommandError):
        batch.composed([Read(argv)])


def test_more_than_a_host_takes_goes_in_several_commands() -> None:
    wanted = [Read(("printf", "%s", "'" * 2000 + str(number))) for number in range(12)]
    run = Counting()
    answers = together(run, wanted)
    assert [one.stdout for one in answers if isinstance(one, Result)] == [one.argv[2] for one in wanted]
    assert 1 < len(run.sent) < len(wanted)
    assert all(len(word.encode()) < LONGEST for argv in run.sent for word in argv)


def test_a_program_that_is_not_there_says_what_it_says_alone() -> None:
    link = LocalLink(HERE)
    wanted = [Read(("absent", "x")), read("cat", "/no/such/file")]
    for one, answer in zip(wanted, link.make_reads(wanted), strict=True):
        assert isinstance(answer, Result)
        assert replace(answer, seconds=0) == replace(link.run(one.argv, timeout=10), seconds=0)


def processes(wanted: Sequence[Read]) -> int:
    """How many a batch starts, counted by the numbers that they get where there are no others."""
    own = ["unshare", "--pid", "--fork", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    sent = batch.composed(wanted)
    script = f"{sent.argv[2]}\nsh -c 'echo last $$'"
    done = subprocess.run([*own, *sent.argv[:2], script, *sent.argv[3:]], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"processes cannot be counted here: {done.stderr}")
    return int(done.stdout.rpartition("last ")[2])


def test_a_read_is_one_process_and_a_test_is_none() -> None:
    find("unshare", "util-linux")
    quick, guarded = [read("cat", "/proc/uptime")], [read("uname", "-r")]
    for few, many, each in (
        (quick, [read("cat", f"/proc/{number}/stat") for number in range(20)], 1),
        (guarded, [Read(("printf", "%s", str(number))) for number in range(20)], 1),
        ([read("test", "-e", "/")], [read("test", "-e", f"/{number}") for number in range(20)], 0),
    ):
        # The least of some tries: where the machine is busy, one more process looks after a read that is not done yet.
        more = min(processes(many) for _ in range(3)) - min(processes(few) for _ in range(3))
        assert more == each * (len(many) - len(few))


def test_links_that_cannot_do_it_are_asked_one_by_one() -> None:
    asked = []

    def run(argv: Sequence[str], *, timeout: float) -> Result:
        asked.append(argv)
        if argv[0] == "cat":
            raise LinkLostError("It did not end.")
        return Result(tuple(argv), "", "", 0, 0.0)

    answers = made_one_by_one(HERE, run, [read("cat", "/a"), read("id"), read("cat", "/b"), read("cat", "/c")])
    assert [isinstance(one, Result) for one in answers] == [False, True, False, False]
    assert asked == [("cat", "/a"), ("id",), ("cat", "/b")]


@pytest.fixture
def link(sshd: Sshd) -> Iterator[SshLink]:
    one = SshLink.open(sshd.host(), sshd.settings())
    one.prove()
    yield one
    one.close()


def test_over_ssh_too(link: SshLink) -> None:
    wanted = [read("id"), read("cat", "/no/such/file"), Read(("sleep", "60"), 1.0), Read(("printf", "%s", "ü'\"$x\n"))]
    answers = link.make_reads(wanted)
    assert [one.exit_code if isinstance(one, Result) else one.code for one in answers] == [0, 1, "host-silent", 0]
    assert isinstance(answers[3], Result)
    assert answers[3].stdout == "ü'\"$x\n"


def test_a_survey_is_one_command_a_host(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[batch.Batch] = []
    real = SshLink.look

    def counted(self: SshLink, one: batch.Batch) -> Result:
        sent.append(one)
        return real(self, one)

    monkeypatch.setattr(SshLink, "look", counted)
    links = ConnectedLinks(sshd.settings())
    try:
        reader = Reader(links)
        found = reader.read_all((HERE, read("stat", "-c", "%n", f"/proc/{number}")) for number in range(40))
        assert len(found) == 40
        assert len(sent) == 1
    finally:
        links.close()
