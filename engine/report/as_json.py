"""A report for machines. docs/reports.md lists the keys: some may be added, none changes without a new number."""

from __future__ import annotations

import json
from dataclasses import asdict

from engine.report.model import Report

FORMAT = 1


def as_json(report: Report) -> str:
    return json.dumps({"format": FORMAT, **asdict(report)}, indent=2) + "\n"
