"""What is skipped in one place runs in another one, and is not skipped in both unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFTEST = """
from tests import places

pytest_addoption = places.add_options
pytest_collection_modifyitems = places.leave_out
pytest_sessionfinish = places.conclude
"""
TESTS = """
import os, pytest

def test_anywhere():
    pass

@pytest.mark.skipif("ROOT" not in os.environ, reason="needs root")
@pytest.mark.parametrize("a", ["one two", "three\\n"])
def test_here(a):
    pass

@pytest.mark.skipif("ROOT" in os.environ, reason="not as root")
def test_there():
    pass

@pytest.mark.skipif(True, reason="nowhere")
def test_nowhere():
    pass

def test_that_fails():
    assert "FAIL" not in os.environ

@pytest.fixture
def untidy():
    yield
    assert "FAIL" not in os.environ

def test_that_fails_at_its_end(untidy):
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def ran(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """In two processes, as the tests themselves are."""
    words = [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", "-v", *arguments]
    others = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    env = {**others, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), **env}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_whatever_did_not_pass_before_is_run(folder: Path) -> None:
    first = ran(folder, "--passed-to", "kept/passed", FAIL="1")
    assert first.returncode == pytest.ExitCode.TESTS_FAILED
    passed = {"test_it.py::test_anywhere", "test_it.py::test_there"}
    assert set((folder / "kept/passed").read_text().splitlines()) == passed

    (folder / "others").write_text("test_it.py::test_here[one two]\n")
    second = ran(folder, "--passed-before", "kept/passed", "--passed-before", "others", ROOT="1")
    assert second.returncode == pytest.ExitCode.OK
    assert "3 passed, 1 skipped" in second.stdout
    assert "test_anywhere" not in second.stdout
    assert "test_there" not in second.stdout


def test_what_is_skipped_fails_where_it_may_not_be(folder: Path) -> None:
    (folder / "passed").write_text("test_it.py::test_there\n")
    options = ("--passed-before", "passed", "--no-skips")
    skipped = ran(folder, *options, ROOT="1")
    assert skipped.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 skipped, which --no-skips does not allow" in skipped.stdout
    assert ran(folder, *options, "--deselect", "test_it.py::test_nowhere", ROOT="1").returncode == 0


def test_what_runs_elsewhere_still_finds_what_it_is_about() -> None:
    """The tests of the real cluster, of links and of the browser: a name that moved is seen here, not on CI alone."""
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/cluster", "tests/faults", "tests/browser"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
