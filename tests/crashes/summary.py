"""One line at the end of the tests: how many deaths there were, over all processes that ran any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

PROPERTY = "crash matrix"
"""What a test hands over to the process that writes the summary."""
Property = Callable[[str, object], None]
"""The fixture `record_property`."""


def told(reports: Iterable[pytest.TestReport]) -> str:
    """The counts of all tests, as a line; empty where none of them killed anything."""
    total: Counter[str] = Counter()
    for report in reports:
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, dict):
                total.update(value)
    if not total:
        return ""
    return (
        f"crash matrix: {total['kills']} kills, {total['scenarios']} scenarios, "
        f"{total['lost']} lost, {total['twice']} twice"
    )
