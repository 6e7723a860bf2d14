"""A node of the embedded cluster is started anew while Ganeti makes its volumes again."""

from pathlib import Path

from tests.rehearsals.power_cut import INST1, with_a_power_cut


def test_what_ganeti_gave_up_is_brought_up_again_and_copied_to_its_end(tmp_path: Path) -> None:
    done = with_a_power_cut(tmp_path)
    assert done.error is None, f"{done.error}\n{done.operator.text}"
    assert "disk/0 is degraded!" in done.operator.text
    assert f"replace[{INST1}]: not-needed" in done.course
    assert f"bring-up-again[{INST1}]: done" in done.course
    assert done.changed.count(f"replace[{INST1}]") == 1
    assert done.course[-1] == "exit code 0"
