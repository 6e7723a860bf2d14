"""How often a run asks hosts: `python -m tests.benchmarks.steps ADDRESS SCENARIO` is the dry run that is measured."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine import log
from engine.exits import Exit
from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from tests.benchmarks.measuring import Measured
from tests.benchmarks.served import measured, served
from tests.benchmarks.table import Row
from tests.rehearsals.rehearsal import SCENARIOS, Rehearsal

SCENARIO = "node-reinstall"


def dry_runs(folder: Path, times: int) -> Iterator[Row]:
    """A dry run takes as many looks as a real one before its changes, and takes no time but its own."""
    seen = [
        measured("tests.benchmarks.steps", SCENARIOS[SCENARIO](), folder / f"dry-{at}", SCENARIO) for at in range(times)
    ]
    words = f"dry run of `{SCENARIO}`"
    yield Row(f"{words}: rounds a step (least to most)", Measured.of(seen[0]["rounds"], ""))
    yield Row(f"{words}: reads a step (least to most)", Measured.of(seen[0]["reads"], ""))
    yield Row(f"{words}: all reads", Measured.of([seen[0]["all"]], ""))
    yield Row(f"{words}: processor time", Measured.of([one["seconds"] for one in seen]))


def rounds_and_reads(events: Iterable[Mapping[str, Any]]) -> tuple[list[int], list[int]]:
    """Of each step that looks, as the log tells: how often the host that is asked most often was asked, and how many
    reads were made of all hosts together. What is looked at before the first step counts as one."""
    rounds: dict[str, Counter[str]] = {}
    reads: Counter[str] = Counter()
    for event in events:
        if event["event"] == "reads":
            step = event.get("step", "")
            rounds.setdefault(step, Counter())[event["host"]] += 1
            reads[step] += event["count"]
    return [max(hosts.values()) for hosts in rounds.values()], list(reads.values())


def main() -> None:
    address, scenario = sys.argv[1:]
    # Beside the socket: a folder of this process's own.
    folder = Path(address).parent
    rehearsal = Rehearsal(folder, scenario, {}, world=served(address))
    log.configure(folder / "log")
    begun = time.process_time()
    code = dry_run(rehearsal.run, Overrides())
    seconds = time.process_time() - begun
    log.configure(None)
    if code is not Exit.DONE:
        raise AssertionError(rehearsal.operator.text)
    events = map(json.loads, (folder / "log").read_text(encoding="utf-8").splitlines())
    rounds, reads = rounds_and_reads(events)
    print(json.dumps({"seconds": seconds, "rounds": rounds, "reads": reads, "all": sum(reads)}))


if __name__ == "__main__":
    main()
