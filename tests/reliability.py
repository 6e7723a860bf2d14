"""What the tests of faults found out: each keeps rows of it, and docs/reliability.md is made of them.

A test calls `record`. What it found is then a file in artifacts/reliability/. `make reliability` takes these rows over
into tests/docs/reliability.json, of which the page is made; CI, which runs everything, ends with `--check`: it fails
where the page says anything that was not just seen.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "artifacts" / "reliability"
"""Where the rows of the last test runs on this machine are, a file each."""
TOLD = ROOT / "tests" / "docs" / "reliability.json"
"""The rows of which the page is made."""

PROOFS = {
    "links": "A fault between gnt-runbook and the host, or on the host",
    "crash": "gnt-runbook is killed with SIGKILL",
    "journal": "The journal",
    "lock": "Two operators at once",
    "cluster": "On the real cluster",
}
"""Whose rows there are, with what they are about."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault.

    Attributes:
        proof: a key of `PROOFS`.
        fault: what was made to go wrong, in words.
        tried: how often.
        lost: how many changes were not made, or made and not recorded, once the run was over.
        twice: how many changes were made a second time.
        seen: what the operator saw, in words; the same in each run.
    """

    proof: str
    fault: str
    tried: int
    lost: int
    twice: int
    seen: str

    @property
    def key(self) -> tuple[int, str]:
        """What a row is found and sorted by."""
        return list(PROOFS).index(self.proof), self.fault


def record(fault: str, *, tried: int, lost: int, twice: int, seen: str, proof: str, part: str = "") -> None:
    """Keep what a test found out; the latest is kept where it is said again.

    Whole runs of the tests have to agree, but for trying more. `part` tells several tests of one fault apart: their
    counts are added up, and they have to say the same of what was seen.
    """
    row = Row(proof, fault, tried, lost, twice, seen)
    assert proof in PROOFS
    name = re.sub(r"[^a-z0-9]+", "-", f"{proof} {fault} {part}".lower()).strip("-")
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps(asdict(row), indent=2) + "\n", encoding="utf-8")


def kept(folder: Path = KEPT) -> list[Row]:
    """The rows of the last test runs, the parts of a fault added up."""
    rows: dict[tuple[int, str], Row] = {}
    for path in sorted(folder.glob("*.json")):
        new = Row(**json.loads(path.read_text(encoding="utf-8")))
        old = rows.get(new.key, Row(new.proof, new.fault, 0, 0, 0, new.seen))
        if old.seen != new.seen:
            raise ValueError(f"Of {new.fault!r} two things are said to be seen: {old.seen!r} and {new.seen!r}.")
        counts = (old.tried + new.tried, old.lost + new.lost, old.twice + new.twice)
        rows[new.key] = Row(new.proof, new.fault, *counts, new.seen)
    return _sorted(rows.values())


def told(path: Path = TOLD) -> list[Row]:
    """The rows of which the page is made."""
    if not path.exists():
        return []
    return _sorted(Row(**row) for row in json.loads(path.read_text(encoding="utf-8")))


def differences(seen: Sequence[Row], said: Sequence[Row]) -> list[str]:
    """What the page says otherwise than it was seen, a sentence each; it may have been tried more often."""
    new, old = {row.key: row for row in seen}, {row.key: row for row in said}
    found = [f"not tried, and on the page: {old[key].fault}" for key in sorted(old.keys() - new.keys())]
    for key, row in new.items():
        if row.lost or row.twice:
            found.append(f"{row.lost} lost and {row.twice} twice of {row.tried}: {row.fault}")
        if key not in old:
            found.append(f"tried, and not on the page: {row.fault}")
        elif row.tried < old[key].tried or row.seen != old[key].seen:
            found.append(f"{row.fault}: the page says {_in_short(old[key])}; seen was {_in_short(row)}")
    return found


def page(rows: Iterable[Row]) -> str:
    """docs/reliability.md, less its first line."""
    rows = list(rows)
    lines = [
        "# Reliability: what was made to go wrong",
        "",
        "Each fault is really caused, at other moments of other steps, as often as the table says. Then the changes",
        "are counted by what they left behind, not by what gnt-runbook says of them. *Lost* is a change that was not",
        "made, or that is missing in the journal; *twice* is one that was made more than once. CI tries all of it, and",
        "fails where this page says anything that it did not see.",
        "",
    ]
    for proof, title in PROOFS.items():
        own = [row for row in rows if row.proof == proof]
        if not own:
            continue
        lines += [
            f"## {title}",
            "",
            "| Fault | Tried at least | Lost | Twice | What the operator saw |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {row.fault} | {row.tried} | {_count(row.lost)} | {_count(row.twice)} | {row.seen} |" for row in own
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take over what the tests kept, or `--check` that the page already says it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 where the page is not true")
    asked = parser.parse_args(arguments)
    seen, said = kept(), told()
    for row in seen:
        print(f"{row.tried:>6} tried, {row.lost} lost, {row.twice} twice: {row.fault}")
    if not asked.check:
        rows = {row.key: row for row in [*said, *(replace(row, tried=_at_least(row.tried)) for row in seen)]}
        write(_sorted(rows.values()))
        return 0
    wrong = differences(seen, said)
    for one in wrong:
        print(f"docs/reliability.md: {one}", file=sys.stderr)
    return 1 if wrong else 0


def write(rows: Iterable[Row], path: Path = TOLD) -> None:
    """Make these the rows of the page."""
    data: list[dict[str, Any]] = [asdict(row) for row in rows]
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.key)


def _at_least(tried: int) -> int:
    """A round number: which points a run passes depends a little on the order in which its items are done."""
    if tried < 20:
        return tried
    surely = tried if tried < 100 else tried - tried // 20
    return surely - surely % 10


def _in_short(row: Row) -> str:
    return f"{row.tried} tried, {row.lost} lost, {row.twice} twice, {row.seen!r}"


def _count(number: int) -> str:
    return str(number) if number else "nothing"


if __name__ == "__main__":
    sys.exit(main())
