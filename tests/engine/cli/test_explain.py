"""`gnt-runbook explain`: the same words, two releases, two meanings."""

from pathlib import Path

from tests.engine.cli.program import Program

SPLIT = Path(__file__).resolve().parents[2] / "checks/data/instance-info-split-brain.txt"


def test_what_a_real_split_brain_was_called_on_3_0(program: Program) -> None:
    ended = program("explain", str(SPLIT), "--release", "3.0.2")
    told = " ".join(ended.out.split())
    assert ended.code == 0
    assert "inst1.lab.example should be up, and is up; primary node hwhost-1.lab.example" in told
    assert told.count("(StandAlone), as after a split brain; its own disk is there, and good.") == 2
    assert "only /proc/drbd of both nodes tells" in told


def test_on_3_1_these_words_mean_something_else(program: Program) -> None:
    told = " ".join(program("explain", str(SPLIT), "--release", "3.1.1").out.split())
    assert "split brain" not in told
    assert "Not connected, and looking for the other side; its own disk is good." in told


def test_what_is_something_else_is_refused_with_its_line(program: Program, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("hello\n")
    program("explain", str(other), "--release", "3.0.2").refused("not-understood", 3, "hello")
    program("explain", str(tmp_path / "none"), "--release", "3.0.2").refused("usage", 2, "cannot be read")
