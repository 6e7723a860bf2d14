"""`make bench`: measure all of it and print the table. It fails only where something cannot be measured."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.benchmarks import clusters, journal, programs, ssh, start, steps
from tests.benchmarks.elsewhere import left_by_others
from tests.benchmarks.table import Row, lines

PAGE = programs.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- make bench: begin -->\n", "<!-- make bench: end -->\n"

Measure = Callable[[Path, int], Iterator[Row]]
SUBJECTS: dict[str, tuple[tuple[Measure, int], ...]] = {
    "start": ((start.commands, 11), (start.first_question, 7)),
    "reads": ((ssh.reading, 9),),
    "changes": ((ssh.changing, 9), (ssh.changing_whole, 3)),
    "clusters": ((clusters.diagnoses, 3),),
    "steps": ((steps.dry_runs, 3),),
    "journal": ((journal.verifying, 3),),
    "elsewhere": ((lambda _folder, _times: left_by_others(programs.ARTIFACTS), 1),),
}
"""What is measured under which name, and how many times each."""


def rows(subjects: Sequence[str], times: int | None) -> Iterator[Row]:
    """All rows of these subjects; one whose figures cannot be had says why, and costs the others nothing."""
    for name in subjects:
        for measure, usual in SUBJECTS[name]:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                try:
                    yield from measure(Path(folder), times or usual)
                except (Exception, pytest.skip.Exception, pytest.fail.Exception) as error:  # noqa: BLE001
                    yield Row(f"{name}: {(measure.__doc__ or '').splitlines()[0]}", missing=str(error), failed=True)


def written(page: str, text: str) -> str:
    """The page with this between its two marks.

    Raises:
        ValueError: it does not have them.
    """
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the table")
    return f"{before}{begin}\n{text}\n\n{end}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="this subject; may be given several times")
    parser.add_argument("--times", type=int, help="how often each is measured, instead of the usual number")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(programs.ROOT)}")
    arguments = parser.parse_args()
    # Before anything of ours loads the machine.
    told = [f"- {one}" for one in (f"On {datetime.now(UTC):%Y-%m-%d}", *programs.machine())]
    found = list(rows(arguments.only or list(SUBJECTS), arguments.times))
    text = "\n".join([*told, "", *lines(found)])
    print(text)
    if arguments.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    return int(any(row.failed for row in found))


if __name__ == "__main__":
    sys.exit(main())
