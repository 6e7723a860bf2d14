"""A report tells what the journal tells, whatever state the journal is in, and shows harmlessly what hosts printed."""

import json
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import SystemClock
from engine.journal.events import ApprovalEnded, ApprovalRequested, Checked, Intent, Outcome, RunEnded, Waiting
from engine.journal.reader import read_journal
from engine.journal.verify import verify
from engine.journal.writer import JournalWriter
from engine.operator.screen import render
from engine.report.build import report_of
from engine.report.html import as_html
from engine.report.markdown import as_markdown
from engine.report.model import Check, Command, Decision, Report, as_json
from engine.report.text import as_lines
from tests.docs.generated import DOCS
from tests.engine.report.journals import BEGUN, RUN, START, TOLD, hostile, lines, write
from tests.engine.run.toy import ON, go


def as_text(report: Report) -> str:
    return "\n".join(render(line, colour=False) for line in as_lines(report))


FORMS = (as_text, as_markdown, as_json, as_html)
DANGEROUS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return report_of(write(tmp_path))


def test_the_header_says_what_was_run_where_by_whom_and_why(report: Report) -> None:
    assert (report.run, report.runbook, report.site, report.mode, report.state) == (RUN, "toy", "home", "real", "ended")
    assert (report.operator, report.reason, report.seconds) == ({"login": "alice"}, "it is dark", 128.0)
    assert report.chain.state == "unverified"
    assert report.chain.lines == len(TOLD)


def test_the_steps_stand_in_order_with_all_that_happened_in_them(report: Report) -> None:
    assert [(one.key, one.title, one.state) for one in report.steps] == [
        ("look", "Look", "not-needed"),
        ("switch", "Switch it on", "done"),
        ("edit[attic]", "Edit", "done"),
    ]
    decision, command, check = report.steps[1].happened
    assert isinstance(decision, Decision)
    assert (decision.answer, decision.typed, decision.by) == ("go", "yes", "alice")
    assert isinstance(command, Command)
    assert (command.command, command.exit_code, command.stdout) == ("lamp on 'a b'", 0, "lamp is on\n")
    assert isinstance(check, Check)
    assert check.summary == "The lamp is on."


def test_the_timeline_says_who_was_waited_for_and_the_rest_is_ours(report: Report) -> None:
    assert {row.who: row.seconds for row in report.timeline} == {
        "the operator": 60.0,
        "hall.example": 20.0,
        "attic.example": 1.0,
        "something to become true": 40.0,
        "gnt-runbook: reading, planning, recording": 7.0,
    }
    (waited,) = [one for row in report.timeline if row.role == "condition" for one in row.spans]
    assert (waited.at, waited.seconds, waited.what) == (84.0, 40.0, "The lamp warms up: 90 %")


def test_of_an_older_journal_the_times_between_its_lines_tell_who_was_waited_for(tmp_path: Path) -> None:
    report = report_of(write(tmp_path, [one for one in TOLD if not isinstance(one[1], Waiting)]))
    waited = {row.role: (row.seconds, [one.what for one in row.spans]) for row in report.timeline}
    assert waited["operator"] == (60.0, ["Switch it on: go on?"])
    assert waited["condition"] == (40.0, ["The lamp is on."])


class Unsteady:
    """A clock that somebody sets back by an hour at each look; seconds pass all the same, one a look."""

    def __init__(self) -> None:
        self._looks = 0

    def monotonic(self) -> float:
        return float(self._looks)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)

    def now(self) -> datetime:
        self._looks += 1
        return BEGUN - timedelta(hours=self._looks)


def test_a_clock_that_is_set_back_takes_no_time_away(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    with JournalWriter(path, Unsteady()) as journal:
        for _seconds, event in TOLD:
            journal.append(event)
    report = report_of(path)
    assert report.seconds == float(len(TOLD) - 1)
    steps = {one.key: (one.at, one.seconds) for one in report.steps}
    assert steps["switch"] == (5.0, 8.0)
    assert {row.role: row.seconds for row in report.timeline if row.role != "host"} == {
        "operator": 1.0,
        "condition": 2.0,
        "engine": 16.0,
    }
    assert verify(path).lines == len(TOLD), "the chain is that of any journal"


def test_the_seconds_of_a_real_clock_only_ever_grow(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        for _seconds, event in TOLD:
            journal.append(event)
    seconds = [entry.seconds for entry in read_journal(path).entries]
    assert None not in seconds
    assert seconds == sorted(seconds)  # type: ignore[type-var]


@pytest.mark.parametrize("told", ["-1", "1e300", "true", '"1"', "NaN", "[]", "null"])
def test_seconds_that_are_none_are_as_if_nothing_was_said(tmp_path: Path, told: str) -> None:
    line = lines(TOLD[:1])[0].replace(b',"prev"', f',"s":{told},"prev"'.encode())
    path = tmp_path / f"{RUN}.jsonl"
    path.write_bytes(line + b"\n")
    assert read_journal(path).entries[0].seconds is None
    assert report_of(path).seconds == 0.0


def test_a_damaged_line_between_others_takes_no_time(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    with JournalWriter(path, Unsteady()) as journal:
        for _seconds, event in TOLD:
            journal.append(event)
    path.write_bytes(path.read_bytes() + b"no line\n")
    assert report_of(path).seconds == float(len(TOLD) - 1)


def test_a_second_person_is_waited_for_like_anybody_else(tmp_path: Path) -> None:
    asked = ApprovalRequested("switch", {"account": "alice"}, "d", "s", "2026-01-01T01:00:00+00:00")
    ended = ApprovalEnded("switch", "denied", {"account": "bob"}, "not tonight")
    report = report_of(write(tmp_path, [*TOLD[:6], (10, asked), (40, ended), (41, RunEnded(1, "denied", "no"))]))
    assert [(row.who, row.seconds) for row in report.timeline if row.role == "approver"] == [("a second person", 30.0)]
    assert [one.kind for one in report.steps[1].happened] == ["note", "note"]
    for form in FORMS:
        assert "not tonight" in form(report)
        assert "bob" in form(report)


def test_what_is_left_to_do_is_what_nobody_has_done(report: Report) -> None:
    assert [(one.what, one.command) for one in report.left] == [
        ("switch-off has to be run on home.", "gnt-runbook run switch-off where=hall"),
        ("Could not be found out: Is the attic dark?", ""),
    ]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_tells_all_of_it(form: object, report: Report) -> None:
    told = " ".join(form(report).split())  # type: ignore[operator]
    for words in ("It is dark.", "I have seen it", "lamp is on", "/etc/lamp", "alice", "it is dark", "switch-off"):
        assert words in re.sub(r"\\(?=[-_.`#!])", "", told), words


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_killed_run_is_shown_with_what_is_unknown(form: object, tmp_path: Path) -> None:
    path = write(tmp_path, TOLD[:9], more=b'{"v":1,"n":10,"t":"2026')
    report = report_of(path)
    assert (report.state, report.chain.torn) == ("no-end", True)
    assert [one.key for one in report.unknown] == ["switch#1"]
    assert report.left[0].what == "Look at hall.example: nobody saw how the change switch#1 ended."
    told = form(report)  # type: ignore[operator]
    assert "UNKNOWN" in told or form is as_json


def test_a_run_whose_writer_lives_goes_on(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(START)
        assert report_of(path).state == "goes-on"
    assert report_of(path).state == "no-end"


def test_lines_that_are_not_understood_are_shown_as_they_are(tmp_path: Path) -> None:
    new = b'{"v":1,"n":2,"t":"2026-01-01T00:00:01+00:00","prev":"","kind":"danced","data":{"step":"waltz"}}\n'
    wrong = b'{"v":1,"n":3,"t":"never","prev":"","kind":"outcome","data":{"key":[]}}\nno line\n\xff\xfe\n[]\n'
    report = report_of(write(tmp_path, TOLD[:1], more=new + wrong))
    assert [one.name for one in report.notes] == ["danced", "outcome", "damaged", "damaged", "damaged"]
    for form in FORMS:
        assert "waltz" in form(report)


def test_fields_of_the_first_line_that_are_not_known_are_shown(tmp_path: Path) -> None:
    line = lines(TOLD[:1])[0].replace(b'"reason":', b'"change_record":"C-4711","reason":') + b"\n"
    report = report_of(write(tmp_path, (), more=line))
    assert report.more == {"change_record": "C-4711"}
    assert "C-4711" in as_text(report)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, len(TOLD) - 1), max_size=12), st.binary(max_size=60), st.integers(0, 400))
def test_no_journal_makes_it_fail(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], junk: bytes, cut: int
) -> None:
    path = tmp_path_factory.mktemp("runs") / f"{RUN}.jsonl"
    data = b"\n".join([*(lines(TOLD)[one] for one in order), junk])
    path.write_bytes(data[: max(0, len(data) - cut)] + junk)
    report = report_of(path)
    for form in FORMS:
        form(report)


class Tags(HTMLParser):
    """Collects the tags of a page and what might fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_hostile_output_is_harmless_and_bounded(form: object, tmp_path: Path) -> None:
    told = form(report_of(hostile(tmp_path)))  # type: ignore[operator]
    assert not DANGEROUS.search(told)
    if form is as_json:
        assert json.loads(told)["steps"][0]["happened"][1]["exit_code"] == 1
        return
    assert len(told) < 400_000
    assert "in line 6 of the journal" in " ".join(told.split())


def test_a_page_holds_no_tag_of_a_host_and_nothing_that_runs_or_is_fetched(tmp_path: Path) -> None:
    tags = Tags()
    tags.feed(as_html(report_of(hostile(tmp_path))))
    assert not tags.tags & {"script", "img", "iframe", "link", "object", "a", "form"}
    assert not {one for one in tags.attributes if one.startswith("on") or one in {"src", "href", "style"}}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_secret_that_an_older_version_recorded_is_not_shown(form: object, tmp_path: Path) -> None:
    secret = "hunter2-hunter2"  # planted
    body = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    printed = f'shared-secret "{secret}";\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n'
    diff = f"--- a\n+++ b\n@@ -1 +1 @@\n-password={secret}\n+password=x{secret}"
    path = write(
        tmp_path,
        (
            *TOLD[:6],
            (7, Intent("switch#1", "switch", "hall", "safe", {"argv": ["lamp", f"--password={secret}"]}, "d")),
            (8, Outcome("switch#1", "done", 0, 1.0, printed, printed)),
            (9, Intent("switch#2", "switch", "hall", "safe", {"file": "/etc/lamp", "diff": diff}, "d")),
            (10, Checked("switch", holds=False, summary="No.", evidence=tuple(printed.splitlines()))),
        ),
    )
    told = form(report_of(path))  # type: ignore[operator]
    assert "lamp --password" in told
    assert secret not in told
    assert body not in told


def test_no_fence_of_markdown_is_closed_by_what_is_in_it(tmp_path: Path) -> None:
    fence = ""
    outside = []
    for line in as_markdown(report_of(hostile(tmp_path))).split("\n"):
        ticks = re.match("`{3,}", line)
        if not fence:
            outside.append(line)
            fence = ticks[0] if ticks else ""
        elif line == fence:
            fence = ""
    assert not fence
    assert not [one for one in outside if one.startswith("# not") or re.search(r"(?<!\\)<", one)]


def test_a_real_run_is_told_from_its_own_journal(tmp_path: Path) -> None:
    run = go(tmp_path, ON, {"switch-on": "yes"})
    report = report_of(run.path)
    assert (report.state, report.left) == ("ended", [])
    assert [one.state for one in report.commands] == ["done"]


def test_what_went_wrong_within_a_step_is_left_to_be_looked_at(tmp_path: Path) -> None:
    run = go(tmp_path, ON + "    must_not_print: lamp is\n", {"switch-on": "yes"})
    report = report_of(run.path)
    assert run.error is None
    said = "It ended with exit code 0, but printed: lamp is"
    assert [(one.what, one.because) for one in report.left] == [("See what the step Switch it on did.", said)]


def test_the_keys_of_the_json_form_are_told(report: Report) -> None:
    page = (DOCS / "reports.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([^`]+)` \|", page.split("## For machines", 1)[1], re.MULTILINE)
    assert told == list(json.loads(as_json(report)))
