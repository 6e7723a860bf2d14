"""Tests that run in two places, so that each has passed in one of them.

Where programs are missing, or where root may do everything, some tests are skipped. One place keeps what has passed
(`--passed-to FILE`); another one runs all that has not (`--passed-before FILE`), and fails where it skips any
(`--no-skips`). Nothing falls between the two: whatever is collected, and not known to have passed, is run.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("places", "tests that run in two places")
    group.addoption("--passed-to", metavar="FILE", type=Path, help="write the ids of the tests that pass, a line each")
    group.addoption(
        "--passed-before",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="leave out the tests of this file",
    )
    group.addoption("--no-skips", action="store_true", help="fail where a test is skipped")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what has passed before."""
    files: list[Path] = config.getoption("--passed-before")
    passed = {name for file in files for name in (config.rootpath / file).read_text(encoding="utf-8").splitlines()}
    before = [item for item in items if item.nodeid in passed]
    if before:
        config.hook.pytest_deselected(items=before)
        items[:] = [item for item in items if item.nodeid not in passed]


def conclude(session: pytest.Session) -> None:
    """Write down what has passed, and fail where anything was skipped that may not be; once, over all processes."""
    config = session.config
    reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    path: Path | None = config.getoption("--passed-to")
    if path is not None:
        path = config.rootpath / path
        path.parent.mkdir(parents=True, exist_ok=True)
        failed = {report.nodeid for kind in ("failed", "error") for report in reporter.stats.get(kind, ())}
        passed = {report.nodeid for report in reporter.stats.get("passed", ())} - failed
        path.write_text("".join(f"{nodeid}\n" for nodeid in sorted(passed)), encoding="utf-8")
    skipped = reporter.stats.get("skipped", ())
    if skipped and config.getoption("--no-skips"):
        reporter.write_line(f"{len(skipped)} skipped, which --no-skips does not allow: they have proven nothing")
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
