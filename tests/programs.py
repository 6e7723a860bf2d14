"""Programs that some tests want and a bare machine lacks."""

from __future__ import annotations

import shutil

import pytest

SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
"""The PATH of an ordinary user may lack these."""


def find(program: str, package: str) -> str:
    """The path of a program; skips the test where there is none.

    Args:
        package: of Debian, which has it.
    """
    return (
        shutil.which(program) or shutil.which(program, path=SBIN) or pytest.skip(f"needs {program}: install {package}")
    )
