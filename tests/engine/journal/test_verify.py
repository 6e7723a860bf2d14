"""Verification: whatever is done to a journal is found once its tip is known, and no more is claimed than is shown."""

import io
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.journal.anchor import Anchor, command, read_anchors
from engine.journal.events import Answered, Intent, Outcome, RunEnded, RunStarted
from engine.journal.line import FIRST, Tip, digest, encode
from engine.journal.verify import ChainFinding, verify, verify_stream

RUN = "20260101-000000-toy-0000"
SMALL = (
    RunStarted(RUN, "toy", "d", "0", "real", "c", {}, {}),
    Intent("a#1", "a", "h", "safe", {"argv": ["true"]}, "d"),
    Outcome("a#1", "done", 0),
    RunEnded(0, "done", ""),
)


def written(*events: object) -> bytes:
    """A journal as it is written."""
    lines, previous = [], FIRST
    for number, event in enumerate(events, start=1):
        lines.append(encode(number, "2026-01-01T00:00:00.000+00:00", previous, event))  # type: ignore[arg-type]
        previous = digest(lines[-1])
    return b"".join(line + b"\n" for line in lines)


def tips(journal: bytes) -> list[str]:
    return [digest(line) for line in journal.split(b"\n")[:-1]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / f"{RUN}.jsonl"


def look(path: Path, data: bytes, *lines: int, tip: str = "", of: bytes = b"", signed: bool = False) -> ChainFinding:
    """Verify these bytes with anchors for these lines of the journal that they should be."""
    known = tips(of or data) if lines else []
    anchors = [Anchor(RUN, Tip(n, known[n - 1]), f"auth.log, line {n}") for n in lines]
    return verify_stream(io.BytesIO(data), path, anchors, tip, signed=signed)


JOURNAL = written(*SMALL)
LINES = [line + b"\n" for line in JOURNAL.split(b"\n")[:-1]]
TIP = tips(JOURNAL)[-1]


def test_what_was_written_is_intact_when_its_tip_is_known(path: Path) -> None:
    for finding in (look(path, JOURNAL, tip=TIP), look(path, JOURNAL, 4), look(path, JOURNAL, signed=True)):
        assert finding.words == f"{RUN}: intact: all 4 lines are as they were written."
        assert (finding.lines, finding.tip) == (4, TIP)


def tampered() -> Iterator[bytes]:
    """Each byte changed into each other one, each left out, each put in before another, each end cut off.

    Away from CI into some others: those that differ by a bit, and those that mean something to a parser.
    """
    every = "CI" in os.environ
    for at, byte in enumerate(JOURNAL):
        some = {byte ^ 1, byte ^ 32, 0, 10, 13, 48, 123, 255, (byte + 1) % 256}
        for other in (set(range(256)) if every else some) - {byte}:
            yield JOURNAL[:at] + bytes([other]) + JOURNAL[at + 1 :]
        yield JOURNAL[:at] + JOURNAL[at + 1 :]
        for more in (b"\n", b" ", b"0", bytes([byte])):
            yield JOURNAL[:at] + more + JOURNAL[at:]
        yield JOURNAL[:at]
    for more in (b"\n", b" ", b"{", LINES[-1], LINES[0]):
        yield JOURNAL + more


@pytest.mark.timeout(1200)  # on CI a quarter of a million journals
def test_every_single_byte_that_is_changed_left_out_put_in_or_cut_off_is_found(path: Path) -> None:
    count = 0
    for data in tampered():
        if data == JOURNAL:
            continue
        count += 1
        by_tip = look(path, data, tip=TIP)
        assert by_tip.state != "intact", data
        # What comes after the tip may be a line that is being written; another format cannot be judged.
        if by_tip.state == "unverified":
            assert data.startswith(JOURNAL) or re.match(rb'{"v":[1-9]', data), data
        by_anchor = look(path, data, 4, of=JOURNAL)
        assert (by_anchor.state == "broken") == (by_tip.state == "broken"), data
        assert look(path, data).state != "intact"
    assert count > 10 * len(JOURNAL)


def test_every_order_of_its_lines_but_one_is_found(path: Path) -> None:
    for size in range(len(LINES) + 2):
        for some in itertools.product(LINES, repeat=size):
            data = b"".join(some)
            finding = look(path, data, tip=TIP)
            if data == JOURNAL:
                assert finding.state == "intact"
            else:
                assert finding.state != "intact", some
                assert finding.state == "broken", some


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_tail_that_was_cut_off_is_found_by_a_later_anchor(path: Path, kept: int) -> None:
    finding = look(path, b"".join(LINES[:kept]), 2, 4, of=JOURNAL)
    assert (finding.state, finding.line) == ("broken", kept + 1)
    assert "is missing: an anchor (auth.log, line" in finding.why


def test_without_anything_that_vouches_for_it_nothing_is_claimed(path: Path) -> None:
    finding = look(path, JOURNAL)
    assert (finding.state, finding.line) == ("unverified", 3)
    assert "nothing vouches for its last line" in finding.words


def test_a_journal_written_anew_is_found_by_any_anchor_and_by_nothing_else(path: Path) -> None:
    forged = written(SMALL[0], Intent("b#1", "b", "h", "safe", {"argv": ["false"]}, "d"), *SMALL[2:])
    assert look(path, forged, of=JOURNAL).state == "unverified"
    finding = look(path, forged, 3, of=JOURNAL)
    assert (finding.state, finding.line) == ("broken", 3)
    assert "another hash than the anchor says (auth.log, line 3)" in finding.why
    # The anchor of the line itself tells which it is, and how far the rest is good.
    finding = look(path, forged, 1, 2, 3, of=JOURNAL)
    assert (finding.line, finding.why.endswith("Up to line 1 it is as an anchor says")) == (2, True)


def test_an_anchor_in_the_middle_vouches_that_far(path: Path) -> None:
    finding = look(path, JOURNAL, 2)
    assert (finding.state, finding.line) == ("unverified", 2)
    assert "nothing vouches for lines 3 to 4" in finding.why
    assert look(path, JOURNAL, tip=tips(JOURNAL)[1]).line == 2


def test_a_run_without_an_end_may_have_lost_it(path: Path) -> None:
    killed = b"".join(LINES[:2])
    finding = look(path, killed, 2)
    assert (finding.state, finding.line) == ("unverified", 2)
    assert "its last lines were cut off" in finding.why
    assert "the run has no end" in look(path, killed, tip=tips(killed)[-1]).why


def test_a_torn_end_is_told(path: Path) -> None:
    finding = look(path, JOURNAL[:-5], 3, of=JOURNAL)
    assert (finding.state, finding.line) == ("unverified", 3)
    assert "a part of a line" in finding.why
    assert look(path, JOURNAL[:-5], 4, of=JOURNAL).words.startswith(f"{RUN}: broken at line 4 because it is not whole")


def test_the_last_line_is_at_least_read(path: Path) -> None:
    finding = look(path, JOURNAL.replace(b'"exit":0', b'"exit":"x"'))
    assert (finding.state, finding.line) == ("broken", 4)


def test_the_journal_of_another_run_in_its_place_is_found(path: Path) -> None:
    other = path.with_name("20260101-000000-toy-ffff.jsonl")
    assert "it is of the run" in look(other, JOURNAL, tip=TIP).words


def test_a_newer_format_is_not_called_broken(path: Path) -> None:
    finding = look(path, JOURNAL.replace(b'"v":1', b'"v":2'))
    assert (finding.state, finding.line) == ("unverified", 0)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (LINES[0] + LINES[2] + LINES[3], "it says that it is line 3: a line is missing before it"),
        (LINES[0] + LINES[3], "2 lines are missing before it"),
        (LINES[0] + LINES[0] + LINES[1], "it says that it is line 1: lines were put in before it"),
        (LINES[0].replace(b"real", b"fake") + LINES[1], "it does not hold the hash of line 1"),
        (LINES[0] + b"\n" + LINES[1], "it cannot be read (JSONDecodeError)"),
        (LINES[0] + LINES[1].replace(b'"v":1,', b'"v": 1,'), "it is not written as gnt-runbook writes"),
    ],
)
def test_it_says_why(path: Path, data: bytes, why: str) -> None:
    finding = look(path, data)
    assert (finding.state, finding.line) == ("broken", 2)
    assert why in finding.why


def test_a_file_that_cannot_be_read_is_told(path: Path) -> None:
    path.mkdir()
    assert verify(path).state == "unverified"
    path.rmdir()
    path.write_bytes(b"")
    assert verify(path).words == f"{RUN}: cannot be verified beyond line 0: it has no whole line."
    assert verify(path, tip=TIP).state == "broken"


texts = st.text(max_size=30)
events = st.builds(Answered, question=texts, text=texts, answer=texts, typed=texts) | st.builds(
    Outcome, key=texts, state=st.sampled_from(["done", "failed"]), stdout=texts
)
larger = st.lists(events, min_size=3, max_size=40).map(lambda some: written(SMALL[0], *some, SMALL[-1]))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(journal=larger, data=st.data())
def test_whatever_is_done_to_a_larger_one_is_found(path: Path, journal: bytes, data: st.DataObject) -> None:
    lines = journal.splitlines(keepends=True)
    known = tips(journal)
    assert look(path, journal, tip=known[-1]).state == "intact"
    one, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    at, size = data.draw(st.integers(0, len(journal) - 1)), data.draw(st.integers(0, 200))
    noise = data.draw(st.binary(max_size=20))
    swapped = [*lines]
    swapped[one], swapped[other] = lines[other], lines[one]
    done = data.draw(
        st.sampled_from(
            [
                b"".join(swapped),
                b"".join(lines[:one] + lines[one + 1 :]),
                b"".join([*lines[:one], lines[other], *lines[one:]]),
                journal[:at] + noise + journal[at + size :],
                journal[:at],
            ]
        )
    )
    anchored = data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=3))
    finding = look(path, done, *anchored, tip=known[-1], of=journal)
    assert (finding.state == "intact") == (done == journal)
    assert finding.state != "unverified" or done.startswith(journal)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), tail=st.booleans())
def test_arbitrary_bytes_are_never_intact_and_never_a_mistake(path: Path, *, data: bytes, tail: bool) -> None:
    finding = look(path, LINES[0] + data if tail else data, tip=TIP)
    assert finding.state == "broken"


PREFIXES = (
    "",
    "Nov 24 12:00:00 hwhost-1 gnt-runbook: ",
    "2026-11-24T12:00:00.123456+00:00 hwhost-1 gnt-runbook[123]: ",
    "Tue 2026-11-24 12:00:00 UTC hwhost-1 gnt-runbook[1]: ",
)


@pytest.mark.parametrize("prefix", PREFIXES)
@given(line=st.integers(1, 10**11), tip=st.text("0123456789abcdef", min_size=64, max_size=64))
def test_what_is_sent_is_read_back_as_any_syslog_writes_it(prefix: str, line: int, tip: str) -> None:
    anchor = Anchor(RUN, Tip(line, tip))
    text = f"noise\n{prefix}{anchor.text}\n"
    assert list(read_anchors(io.BytesIO(text.encode()), "x")) == [Anchor(RUN, Tip(line, tip), "x, line 2")]


def test_the_command_has_the_tag_and_the_level_by_which_it_is_found() -> None:
    assert command(Anchor("r", Tip(7, TIP))) == (
        *("logger", "-t", "gnt-runbook", "-p", "auth.notice", "--"),
        f"run=r line=7 tip={TIP}",
    )


@pytest.mark.parametrize(
    "line",
    [
        f"Nov 24 12:00:00 h sshd[1]: Invalid user gnt-runbook: run=r line=1 tip={TIP}",
        f"Nov 24 12:00:00 h sudo: root : COMMAND=/usr/bin/logger -t gnt-runbook -- run=r line=1 tip={TIP}",
        f"Nov 24 12:00:00 h other: run=r line=1 tip={TIP}",
        f"run=r line=1 tip={TIP} and more",
        f"run=../r line=1 tip={TIP}",
        f"run=r line=0 tip={TIP}",
        f"run=r line={'9' * 5000} tip={TIP}",
        f"{'x' * 4096}run=r line=1 tip={TIP}",
        f"{'x' * 8192}run=r line=1 tip={TIP}",
        f"run=r line=1 tip={TIP[:-1]}",
    ],
)
def test_what_others_wrote_into_a_syslog_is_no_anchor(line: str) -> None:
    assert list(read_anchors(io.BytesIO(line.encode() + b"\n"), "x")) == []


@given(data=st.binary(max_size=2000) | st.text("gnt-runbook: run=line=tip=0a1 \n", max_size=2000).map(str.encode))
def test_a_hostile_syslog_is_passed_over(data: bytes) -> None:
    for anchor in read_anchors(io.BytesIO(data), "x"):
        assert anchor.text.encode() in data
