"""`approve` where there is nothing to approve, or not one thing."""

from pathlib import Path

from tests.engine.cli.program import Program


def wait(program: Program, *runs: str) -> Path:
    folder = program.state / "approvals"
    for run in runs:
        program.write(f"state/approvals/{run}.json", "{}")
    return folder


def test_nobody_waits(program: Program) -> None:
    program("approve").refused("approval-none", 2, str(program.state / "approvals"))
    wait(program, "20261126-000000-a-0000")
    program("approve", "b-0000").refused("approval-none", 2, "'b-0000'")


def test_several_wait(program: Program) -> None:
    wait(program, "20261126-000000-a-0000", "20261126-000000-b-0000")
    program("approve").refused("run-ambiguous", 2, "20261126-000000-a-0000, 20261126-000000-b-0000")


def test_an_answer_needs_a_terminal(program: Program) -> None:
    wait(program, "20261126-000000-a-0000")
    program("approve").refused("no-terminal", 5)
