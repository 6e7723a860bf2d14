"""Lines at the end of the tests: how often something was tried, over all processes that ran any.

A test hands its counts over by pytest's `record_property`, under the name of what is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

CRASHES = "crash matrix"
STATES = "state machine"
COUNTED = (CRASHES, STATES)
"""What is counted."""
Property = Callable[[str, object], None]
"""The fixture `record_property`."""


def told(reports: Iterable[pytest.TestReport]) -> list[str]:
    """The counts of all tests, a line for each thing that was counted: `state machine: 100 machines, 211 runs`."""
    totals: dict[str, Counter[str]] = {}
    for report in reports:
        for name, value in report.user_properties:
            if name in COUNTED and isinstance(value, dict):
                totals.setdefault(name, Counter()).update(value)
    return [f"{name}: " + ", ".join(f"{number} {what}" for what, number in total.items())
            for name, total in sorted(totals.items())]  # fmt: skip
