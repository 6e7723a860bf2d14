"""Each measurement once, on something small: that it measures what it says, not how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.run.execute import dry_run
from engine.run.overrides import Overrides
from tests.benchmarks import clusters, journal, programs, start, steps
from tests.benchmarks.hosts import hosts
from tests.benchmarks.measuring import output
from tests.benchmarks.served import measured
from tests.benchmarks.ssh import CHANGE, READ, ansible, pyinfra
from tests.benchmarks.twenty import TWENTY, Login, changes, reads
from tests.rehearsals.rehearsal import SCENARIOS, Rehearsal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_hosts_have_names_of_their_own_and_both_sides_do_their_work_there(
    tmp_path: Path,
) -> None:
    with hosts(2) as there:
        assert len(set(there.names)) == 2
        login = Login.from_text(there.login.as_text)
        assert login == there.login
        links = login.links()
        try:
            reads(links, there.names, 2)
            changes(links, there.names[0], tmp_path / "journals", 2)
        finally:
            links.close()
        for connecting in (False, True):
            output(there.loops(there.names, READ, 2, connecting=connecting), programs.env(there.folder), there.folder)
        # One connection of ours to each, the master that is there all the time, and one that the loop made itself.
        assert [one.logins for one in there.servers] == [3, 3]
    (kept,) = (tmp_path / "journals").iterdir()
    assert kept.read_text().count('"intent"') == kept.read_text().count('"outcome"') == 2


def test_what_is_compared_with_makes_as_many_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ansible-playbook", "pyinfra"):
        (tmp_path / name).touch()
    monkeypatch.setattr(programs, "RIVALS", tmp_path)
    with hosts(1) as there:
        for argv, env, folder in (ansible(there), pyinfra(there)):
            assert argv[0] == str(tmp_path / ("pyinfra" if "pyinfra" in argv[0] else "ansible-playbook"))
            assert env["HOME"] == str(folder) == str(there.folder)
        assert str(list(range(TWENTY))) in (there.folder / "play.yml").read_text()
        assert f"range({TWENTY})" in (there.folder / "deploy.py").read_text()
        assert all(CHANGE[0] in (there.folder / file).read_text() for file in ("play.yml", "deploy.py"))


def test_a_diagnosis_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    seen = measured(clusters.MODULE, clusters.world(tmp_path, 3, 2), tmp_path / "run")
    assert seen["nodes"] == 3
    assert seen["seconds"] > 0
    assert seen["memory"] > 1


def test_the_reads_of_a_dry_run_are_counted_as_the_log_tells_them(tmp_path: Path) -> None:
    name = "watcher-continue"
    seen = measured("tests.benchmarks.steps", SCENARIOS[name](), tmp_path / "run", name)
    assert len(seen["rounds"]) == len(seen["reads"])
    assert 0 < sum(seen["rounds"]) <= seen["all"] == sum(seen["reads"])
    # As many as where the cluster is imitated in the same process.
    rehearsal = Rehearsal(tmp_path, name, {})
    before = len(rehearsal.world.record())
    dry_run(rehearsal.run, Overrides())
    assert len(rehearsal.world.record()) - before == seen["all"]


def test_rounds_are_those_of_the_host_that_is_asked_most_often() -> None:
    events = [
        {"event": "reads", "host": "a", "count": 3, "step": "one"},
        {"event": "reads", "host": "b", "count": 1, "step": "one"},
        {"event": "reads", "host": "a", "count": 2, "step": "one"},
        {"event": "connected", "host": "a", "step": "one"},
        {"event": "reads", "host": "b", "count": 5},
    ]
    assert steps.rounds_and_reads(events) == ([2, 1], [6, 5])


def test_a_journal_is_verified_and_the_first_question_seen(tmp_path: Path) -> None:
    (verified,) = journal.verifying(tmp_path, 1, 1000)
    assert "1,000 lines" in verified.what
    assert 0 < start._asked(tmp_path) < 60
