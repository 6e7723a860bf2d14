"""Looking for a regular expression in what a host printed: line by line, and by a process that can be ended.

A runbook's expressions cannot take for ever (`engine.patterns`), as far as can be told of any; this takes no more than
its time whatever was overlooked there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

SECONDS = 10.0
"""How long all of it may take."""
WIDTH = 1000
"""Characters that are looked at at once; of longer lines each half overlaps with the next piece."""

_LOOK = """
import json, re, sys
pattern, pieces = json.load(sys.stdin)
expression = re.compile(pattern)
print(json.dumps(next((found[0] for found in map(expression.search, pieces) if found), None)))
"""


def found_in(pattern: str, *texts: str) -> str | None:
    """What matches first in a line of these texts; None where nothing does.

    Raises:
        TimeoutError: it was not found out within the time.
    """
    told = json.dumps([pattern, [piece for text in texts for line in text.splitlines() for piece in _pieces(line)]])
    try:
        done = subprocess.run(  # noqa: S603 - this very Python, and a fixed program
            [sys.executable, "-I", "-S", "-c", _LOOK],
            input=told,
            capture_output=True,
            text=True,
            encoding="ascii",
            check=True,
            timeout=SECONDS,
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"looking for {pattern} in it did not end within {SECONDS:g} s.") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise TimeoutError(f"looking for {pattern} in it failed ({error}).") from error
    said: str | None = json.loads(done.stdout)
    return said


def _pieces(line: str) -> Iterator[str]:
    yield line[:WIDTH]
    for start in range(WIDTH // 2, len(line) - WIDTH // 2, WIDTH // 2):
        yield line[start : start + WIDTH]
