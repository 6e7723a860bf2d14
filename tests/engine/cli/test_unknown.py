"""Changes whose end nobody saw: UNKNOWN in `runs` until somebody knows, and no longer."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.hosts.supervisor import folder
from engine.journal.events import Event, Intent, RunEnded, SettledLater
from tests.engine.cli.forger import NODE, RUN, Forger, nodes_of
from tests.engine.cli.nodes import Nodes
from tests.engine.cli.program import Program
from tests.sshd import Sshd

KILLED, LATER = "20260102-000000-night-0001", "20260103-000000-night-0002"
HERE = socket.gethostname()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with Sshd(tmp_path_factory.mktemp("nodes")) as sshd:
        yield nodes_of(sshd)


@pytest.fixture
def forger(program: Program, nodes: Nodes) -> Forger:
    return Forger(program, nodes)


def unknown(program: Program) -> dict[str, int]:
    """How many changes of each run are UNKNOWN, as persons and machines are told alike."""
    rows = {row["run"]: len(row["unknown"]) for row in json.loads(program("runs", "--json").out)}
    assert program("runs").out.count("UNKNOWN") == sum(rows.values())
    return {run: many for run, many in rows.items() if many}


def killed_undo(forger: Forger) -> None:
    """An undo that was killed when its change had begun."""
    intent = Intent("undo-look#1", "undo-look", NODE, "disruptive", {"argv": ["touch"]}, "d", undoes=f"{RUN}:look#1")
    forger.undone(machine=HERE)
    forger.journal(intent, run=KILLED, folder="state/runs", machine=HERE, undoes=RUN)


def test_a_killed_undo_is_no_longer_unknown_when_the_next_one_ended_well(forger: Forger) -> None:
    killed_undo(forger)
    assert unknown(forger.program) == {KILLED: 1}
    forger.go("undo", RUN, **{"undo-look": "yes", "undo-look.failed": "stop"})
    assert unknown(forger.program) == {}


def test_what_the_next_undo_heard_is_kept_also_where_nothing_was_left_for_it(forger: Forger, nodes: Nodes) -> None:
    killed_undo(forger)
    kept = nodes.folder / NODE / "state" / "changes" / folder(KILLED) / folder("undo-look#1")
    kept.mkdir(parents=True)
    for name, text in {"begun": "x 1 d\n", "end": "0 2\n", "lock": "", "out": "", "err": ""}.items():
        (kept / name).write_text(text)
    assert unknown(forger.program) == {KILLED: 1}
    told = forger.go("undo", RUN)
    assert "Nothing is left that can be undone; 1 change is back" in told.out
    assert unknown(forger.program) == {}
    journals = forger.program.journals
    assert "Nothing is left that can be undone; 1 change is back" in forger.go("undo", RUN).out
    assert forger.program.journals == journals, "what is known is not asked again"


SETTLED = SettledLater(RUN, "look#1", "look", NODE, "ended", 0)


@pytest.mark.parametrize(
    ("later", "left"),
    [
        ((RunEnded(5, "locked", "somebody repairs this cluster"),), {RUN: 1}),
        ((SETTLED,), {}),
        ((SettledLater(RUN, "look#1", "look", NODE, "never"),), {}),
        ((SettledLater(RUN, "look#1", "look", NODE, "cut-short"),), {RUN: 1}),
        ((SettledLater(RUN, "look#1", "look", NODE, "unknown"), RunEnded(1, "stopped", "")), {RUN: 1}),
        ((SettledLater(RUN, "look#1", "look", NODE, "unknown"), RunEnded(0, "done", "")), {}),
        ((SettledLater(RUN, "other#1", "other", NODE, "ended", 0),), {RUN: 1}),
    ],
)
def test_a_resumed_run_is_unknown_until_one_that_went_on_with_it_knows(
    forger: Forger, later: tuple[Event, ...], left: dict[str, int]
) -> None:
    intent = Intent("look#1", "look", NODE, "reversible", {"argv": ["true"]}, "d")
    forger.journal(intent, folder="state/runs", machine=HERE)
    forger.journal(*later, run=LATER, folder="state/runs", machine=HERE, resumes=RUN)
    assert unknown(forger.program) == left


def test_a_run_three_of_which_went_on_with_one_another_is_over_with_the_last(forger: Forger) -> None:
    intent = Intent("look#1", "look", NODE, "reversible", {"argv": ["true"]}, "d")
    for run, resumes, end in ((RUN, "", ()), (KILLED, RUN, ()), (LATER, KILLED, (RunEnded(0, "done", ""),))):
        forger.journal(intent, *end, run=run, folder="state/runs", machine=HERE, resumes=resumes)
    assert unknown(forger.program) == {LATER: 1}


def test_what_a_stranger_may_have_written_settles_nothing(forger: Forger) -> None:
    intent = Intent("look#1", "look", NODE, "reversible", {"argv": ["true"]}, "d")
    forger.journal(intent, folder="state/runs", machine=HERE)
    path: Path = forger.journal(SETTLED, run=LATER, folder="state/runs", machine=HERE, resumes=RUN)
    assert unknown(forger.program) == {}
    path.chmod(0o666)
    assert unknown(forger.program) == {RUN: 1}
