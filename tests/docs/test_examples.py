"""What the documents show is what happens."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from checks.jobs.step import JobStep
from engine.cli.commands import COMMANDS
from engine.journal.reader import read_journal
from engine.load.loader import LoadedRunbook, load_runbook
from engine.load.source import Source
from engine.model.hold import Hold
from engine.model.parts import CheckCall, FactCall, FollowUp, ParallelPolicy, Parameter, Precondition
from engine.model.runbook import Runbook
from engine.model.step import Ask, CallRunbook, Choice, Edit, EditRule, Manual, Run, StepBase, Wait
from engine.operator.answers import load_answers
from engine.operator.scripted import Scripted
from tests.cluster.lab.__main__ import parser
from tests.docs.generated import DOCS, ROOT
from tests.rehearsals.rehearsal import SCENARIOS, SHOP, Rehearsal, on_embedded, states
from tests.terminal import TerminalSession

MODELS: dict[str, type[BaseModel]] = {
    one.__name__: one
    for one in (
        *(Runbook, Parameter, FactCall, CheckCall, Precondition, FollowUp, Hold, ParallelPolicy),
        *(StepBase, Run, Edit, Wait, Manual, Ask, CallRunbook, JobStep, EditRule, Choice),
    )
}
AUTHORS = (DOCS / "writing-runbooks.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN = re.compile(r"\d{8}-\d{6}-[a-z-]+-[0-9a-f]{4}")
HASH = re.compile(r"[0-9a-f]{64}")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def keys(model: type[BaseModel]) -> list[str]:
    return [one.alias or name for name, one in model.model_fields.items() if name != "kind"]


@pytest.mark.parametrize("name", MODELS)
def test_every_key_of_a_runbook_is_told(name: str) -> None:
    found = re.search(rf"<!-- keys: {name}(?:, besides (\w+))? -->\n((?:\|.*\n)+)", AUTHORS)
    assert found is not None
    told = re.findall(r"^\| `([^`]+)` \|", found[2], re.MULTILINE)
    others = keys(MODELS[found[1]]) if found[1] else []
    assert set(told) == set(keys(MODELS[name])) - set(others)
    assert len(told) == len(set(told))


@pytest.fixture(scope="module")
def example() -> LoadedRunbook:
    block = re.search(r"<!-- runbook -->\n```yaml\n(.*?)```", AUTHORS, re.DOTALL)
    assert block is not None
    return load_runbook(Source.of_text(block[1]), SHOP.knowledge)


def test_the_example_has_every_kind_of_step(example: LoadedRunbook) -> None:
    assert {type(one) for one in example.runbook.steps} == {Run, Edit, Wait, Manual, Ask}


@pytest.mark.parametrize("logging", ["usual", "debug"])
def test_the_example_leads_to_a_good_end(example: LoadedRunbook, tmp_path: Path, logging: str) -> None:
    world = SCENARIOS["healthy"]()
    answers = {"choose-logging": logging, "log-everything": "y", "tell-colleagues": "done", "restart": "yes"}
    operator = Scripted(answers)
    here = on_embedded(world, operator, tmp_path)
    node = SHOP.knowledge.facts["cluster.overview"](here.now).other_nodes[0]
    session = here.session(example, {"node": node})
    session.go()
    ended = dict(states(read_journal(session.journal.path)))
    assert ended.pop("log-everything") == ("done" if logging == "debug" else "not-needed")
    assert set(ended.values()) == {"done"}
    assert "See that gnt-node list shows figures for hwhost-2.lab.example." in operator.text


def test_the_example_of_an_answers_file_can_be_loaded_and_leads_to_a_good_end(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(format: 1\n.*?)```", (DOCS / "answers.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    path = tmp_path / "answers.yaml"
    path.write_text(block[1], encoding="utf-8")
    rehearsal = Rehearsal(tmp_path, "master-failover", {})
    rehearsal.run.operator = load_answers(path)
    rehearsal.go()
    assert rehearsal.error is None, rehearsal.error
    assert ("redistribute", "skipped") in rehearsal.states


@pytest.mark.parametrize("path", sorted((DOCS / "examples").glob("*.answers.yaml")), ids=lambda path: path.name)
def test_each_answers_file_leads_its_rehearsal_to_a_good_end(path: Path, tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, path.name.removesuffix(".answers.yaml"), {})
    rehearsal.run.operator = load_answers(path)
    rehearsal.go()
    assert rehearsal.error is None, rehearsal.error


def test_the_screen_in_the_readme_is_what_the_program_shows(tmp_path: Path) -> None:
    block = re.search(r"<!-- screen: (.+) -->\n```\n(.*?)```", README, re.DOTALL)
    assert block is not None
    environment = {"GNT_RUNBOOK_STATE": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "NO_COLOR": "1"}
    with TerminalSession([sys.executable, "-m", "engine.cli", *block[1].split()], environment) as session:
        for answer in ("y", "y", "yes"):
            session.expect("]: ")
            session.type(answer)
        assert session.end() == 0
    told, seen = (HASH.sub("HASH", RUN.sub("RUN", text)) for text in (block[2].strip(), session.screen))
    assert told in seen


def test_the_readme_names_every_command() -> None:
    told = re.findall(r"^\| `gnt-runbook (\w+)", README, re.MULTILINE)
    assert sorted(told) == sorted(COMMANDS)


def test_the_readme_names_every_runbook() -> None:
    assert sorted(re.findall(r"\(docs/runbooks/(.+)\.md\)", README)) == sorted(SHOP.library.ids())


def test_the_rehearsals_page_names_every_scenario() -> None:
    told = re.findall(r"^\| `([^`]+)` \|", (DOCS / "rehearsals.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(one for one in SCENARIOS if one.split(".")[0] in SHOP.library.ids())


def test_every_command_of_the_lab_is_told() -> None:
    page = (DOCS / "real-cluster.md").read_text(encoding="utf-8")
    table = "".join(re.findall(r"^\| (`.*`) \|", page, re.MULTILINE))
    shown = re.findall(r"^python3 -m tests\.cluster\.lab ([\w-]+)", page, re.MULTILINE)
    told = {one.split()[0] for one in re.findall(r"`([^`]+)`", table)} | set(shown)
    commands = next(one for one in parser()._actions if one.dest == "command")
    assert told >= set(commands.choices)
    assert set(shown) <= set(commands.choices)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = page if not name else Path(os.path.normpath(page.parent / name))
        assert target.exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in anchors, link


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").iterdir()), ids=lambda path: path.name)
def test_a_decision_is_one_page_with_its_reasons(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    number = path.name.split("-", 1)[0]
    assert re.fullmatch(rf"# {number}: .+", lines[0])
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequence"]
    assert len(lines) <= 40


def test_no_number_of_a_decision_is_given_twice() -> None:
    numbers = [path.name.split("-", 1)[0] for path in (DOCS / "decisions").iterdir()]
    assert len(numbers) == len(set(numbers))


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for path in [*DOCS.glob("*.md"), *(DOCS / "runbooks").glob("*.md")]:
        assert path.name == "README.md" or f"]({path.relative_to(DOCS)})" in index
