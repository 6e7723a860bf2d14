"""The parts of a report that the documents show are what a report shows."""

import re
from pathlib import Path

from engine.operator.screen import render
from engine.report.build import report_of
from engine.report.text import as_lines
from tests.docs.generated import DOCS
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import Rehearsal

TIMES = re.compile(r"\d\d:\d\d:\d\d|\d+ min( \d+ s)?|\d+ s\b")
RUN = re.compile(r"\d{8}-\d{6}-[a-z-]+-[0-9a-f]{4}")
BAR = re.compile(r"\[[# ]{40}\] +")


def without_times(text: str) -> str:
    """How long the embedded cluster takes depends on how often it is looked at."""
    return BAR.sub("BAR ", TIMES.sub("TIME", RUN.sub("RUN", text)))


def test_the_parts_of_a_report_in_the_docs_are_those_of_a_rehearsal(tmp_path: Path) -> None:
    page = (DOCS / "reports.md").read_text(encoding="utf-8")
    parts = re.findall(r"<!-- report: stuck-job -->\n```\n(.*?)```", page, re.DOTALL)
    rehearsal = Rehearsal(tmp_path, "stuck-job", ANSWERS["stuck-job"]).go()
    lines = as_lines(report_of(rehearsal.journal.path))
    shown = without_times("\n".join(render(line, colour=False) for line in lines))
    assert len(parts) == 2
    for part in parts:
        assert without_times(part.rstrip()) in shown
