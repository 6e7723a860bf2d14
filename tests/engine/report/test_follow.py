"""Looking on while a run goes: each line once, as it comes, to the end of the run or of its writer."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.cli.follow import follow, going_on
from engine.clock import SystemClock
from engine.errors import UsageError
from engine.journal.events import RunEnded, Waiting
from engine.journal.folder import RunsFolder
from engine.journal.lenient import told
from engine.journal.writer import JournalWriter
from engine.operator.screen import render
from engine.report.follow import JournalFollower, in_words
from tests.engine.report.journals import HOSTILE, RUN, START, TOLD, hostile, lines, write
from tests.engine.report.test_report import DANGEROUS


class Stages:
    """A clock: each time it is waited for, the next thing happens."""

    def __init__(self, *stages: object) -> None:
        self._stages = list(stages)
        self.waited = 0

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, _seconds: float) -> None:
        self.waited += 1
        self._stages.pop(0)()  # type: ignore[operator]


def test_a_run_is_followed_line_by_line_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(START)
        asked = Waiting("switch", "operator", "Switch it on: go on?")
        clock = Stages(lambda: None, lambda: journal.append(asked), lambda: journal.append(RunEnded(0, "done", "well")))
        follower = follow(path, clock)
    assert (follower.ended, clock.waited) == (True, 3)
    told_lines = capsys.readouterr().out
    assert told_lines.count("The operator is asked: Switch it on: go on?") == 1
    assert told_lines.rstrip().endswith("The run reached its end: well")


def test_it_ends_when_nobody_writes_the_journal_any_more(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    journal = JournalWriter(path, SystemClock())
    journal.append(START)
    follower = follow(path, Stages(journal.close))
    assert (follower.over, follower.ended) == (True, False)


def test_a_line_that_is_being_written_is_shown_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.jsonl"
    first, second = (line + b"\n" for line in lines(TOLD[:2]))
    path.write_bytes(first + second[:50])
    follower = JournalFollower(path)
    assert [one.number for one in follower.look()] == [1]
    with path.open("ab") as stream:
        stream.write(second[50:])
    (line,) = follower.look()
    assert (line.number, line.kind, line.event is not None) == (2, "surveyed", True)
    assert follower.look() == []


def test_the_page_renews_itself_until_the_run_has_ended(tmp_path: Path) -> None:
    path, page = tmp_path / f"{RUN}.jsonl", tmp_path / "page.html"
    seen: list[str] = []
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(START)
        journal.append(Waiting("switch", "operator", "Switch it on: go on?"))

        def end() -> None:
            seen.append(page.read_text(encoding="utf-8"))
            journal.append(RunEnded(0, "done", "well"))

        follow(path, Stages(end), page)
    assert '<meta http-equiv="refresh"' in seen[0]
    assert "waits now for: the operator (Switch it on: go on?)" in seen[0]
    assert '<meta http-equiv="refresh"' not in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600


def test_the_newest_run_that_goes_on_is_found(tmp_path: Path) -> None:
    write(tmp_path, TOLD[:3], run="20260301-000000-toy-0002")
    with pytest.raises(UsageError) as raised:
        going_on(RunsFolder(tmp_path))
    assert raised.value.code == "no-run-goes-on"
    path = tmp_path / "20260201-000000-toy-0001.jsonl"
    with JournalWriter(path, SystemClock()) as journal:
        journal.append(START)
        assert going_on(RunsFolder(tmp_path)) == path


def test_what_hosts_printed_is_shown_harmlessly_and_bounded(tmp_path: Path) -> None:
    found, _rest = told(hostile(tmp_path).read_bytes())
    shown = "\n".join(render(one, colour=False) for line in found for one in in_words(line))
    assert not DANGEROUS.search(shown)
    assert len(shown) < 100_000 < len(HOSTILE)
    assert "The whole is in line 6 of the journal." in shown


@pytest.mark.parametrize("line", told(b"".join(one + b"\n" for one in lines(TOLD)))[0], ids=lambda line: line.kind)
def test_every_line_has_its_words(line: object) -> None:
    assert in_words(line)[0].text.strip()  # type: ignore[arg-type]
