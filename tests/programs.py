"""Programs that some tests want and a bare machine lacks."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
"""The PATH of an ordinary user may lack these."""


def find(program: str, package: str) -> str:
    """The path of a program; skips the test where there is none, but fails it on CI, where nobody would notice.

    Args:
        package: of Debian, which has it.
    """
    return shutil.which(program) or shutil.which(program, path=SBIN) or missing(f"needs {program}: install {package}")


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it on CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
