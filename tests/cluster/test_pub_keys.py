"""Ganeti's file of public keys is really removed and spoilt, and the runbook makes it what it was, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cluster.lab import Lab
from tests.cluster.lab.incidents.keys import FILE
from tests.cluster.product import NODES, Product, rehearsed_course, verify

WRITE, TO_ROOT, CLOSE = "Write the file", "Give the file to root", "Close the file to all but root"
RUNBOOK = "pub-keys-rebuild"


@pytest.fixture
def product(standing: Lab, tmp_path: Path) -> Product:
    return Product(standing, tmp_path)


def files(lab: Lab) -> dict[str, str]:
    """Content, owner and mode on each node."""
    look = f"cat {FILE} && stat -c '%U:%G %a' {FILE}"
    return {node: lab.must(node, look).stdout for node in NODES}


def complaints(lab: Lab) -> list[str]:
    return [line for line in verify(lab, NODES[0]) if "ENODESSH" in line]


def suggested(product: Product) -> dict[str, Any]:
    """The diagnosis, whose first suggestion has to be this runbook."""
    found = product.diagnosis()
    assert found["suggestions"][0]["command"] == f"gnt-runbook run {RUNBOOK}"
    return found


def evidence(found: dict[str, Any]) -> list[str]:
    return [line for one in found["findings"] for line in one["evidence"]]


def assert_nothing_more_to_do(product: Product) -> None:
    code, screen = product.guided(f"{RUNBOOK}-again", [RUNBOOK], [])
    assert code == 0, screen
    assert not any(state == "done" for _step, state in product.states())


def test_a_file_that_was_removed_is_made_anew_byte_for_byte(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    before = files(lab)
    node = lab.incident("keys-file-removed")["node"]
    assert f"{node}: {FILE}: there is no such file" in evidence(suggested(product))

    with lab.timings.part("pub-keys-rebuild: file removed"):
        code, screen = product.guided("pub-keys-removed", [RUNBOOK], [(WRITE, "y")])
    assert code == 0, screen
    assert "does not exist" not in screen
    assert files(lab) == before
    assert product.course() == rehearsed_course(RUNBOOK, tmp_path)
    assert_nothing_more_to_do(product)


def test_a_missing_line_and_a_file_that_others_may_read_are_put_right(product: Product, tmp_path: Path) -> None:
    lab = product.lab
    before = files(lab)
    told = lab.incident("keys-incomplete")
    assert complaints(lab) != []
    lines = evidence(suggested(product))
    assert f"{told['node']}: {FILE}: no line for {NODES[1]}" in lines
    assert f"{told['open_on']}: {FILE}: its mode is 644 instead of 600" in lines

    answers = [(WRITE, "y"), (TO_ROOT, "y"), (CLOSE, "y")]
    with lab.timings.part("pub-keys-rebuild: line missing, wrong owner and mode"):
        code, screen = product.guided("pub-keys-incomplete", [RUNBOOK], answers)
    assert code == 0, screen
    assert files(lab) == before
    assert complaints(lab) == []
    assert product.course() == rehearsed_course(f"{RUNBOOK}.line-missing", tmp_path)


def test_where_the_keys_are_of_no_use_ganeti_makes_new_ones(product: Product, tmp_path: Path) -> None:
    """All keys are others afterwards, so that this comes last on a cluster."""
    lab = product.lab
    before = files(lab)
    told = lab.incident("keys-not-let-in")
    found = suggested(product)
    assert "key-not-let-in" in [one["code"] for one in found["findings"]]
    assert f"{told['node']} does not let in the key of {told['shut_out']}." in [o["title"] for o in found["findings"]]

    answers = [("Complete the file with the keys", "renew"), ("Let Ganeti make new keys", "yes")]
    with lab.timings.part("pub-keys-rebuild: new keys for all nodes"):
        code, screen = product.guided("pub-keys-renewed", [RUNBOOK], answers)
    assert code == 0, screen
    after = files(lab)
    # Ganeti writes each node's in an order of its own, and an empty line into some.
    first, second = ({line for line in after[node].splitlines() if line} for node in NODES)
    assert first == second
    assert {line for line in before[NODES[0]].splitlines() if "ssh-" in line}.isdisjoint(first)
    assert complaints(lab) == []
    assert product.course() == rehearsed_course(f"{RUNBOOK}.renewal", tmp_path)
    assert_nothing_more_to_do(product)
