"""The command line, started anew for each test in a folder of its own."""

from pathlib import Path

import pytest

from tests.engine.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)
