"""What several runbooks hold is written once and used by its name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.knowledge import Knowledge
from engine.load.library import Library
from engine.load.loader import load_runbook
from engine.load.problems import InvalidRunbookError
from engine.load.schema import schema
from engine.load.source import Source
from engine.model.hold import Hold
from engine.packs import Pack

HOLD = """\
title: Pause the lab
when: job == 7
hold: [lab, pause]
release: [lab, continue]
on: "'node1'"
consequence: Nothing new begins.
"""
RUNBOOK = """\
format: 1
id: one
title: An example
summary: An example.
parameters:
  job: {{type: int, help: The job}}
meanwhile:
  - use: lab
{own}
steps:
  - {{id: one, title: One, manual: Do it., effect: safe, undo: none}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "holds").mkdir()
    (tmp_path / "holds" / "lab.yaml").write_text(HOLD)
    (tmp_path / "holds" / ".draft.yaml").write_text(HOLD)
    return tmp_path


@pytest.fixture
def lab(folder: Path, knowledge: Knowledge) -> Knowledge:
    return replace(knowledge, holds=Pack(name="lab", runbooks=folder).holds)


def held(lab: Knowledge, own: str = "") -> Hold:
    (hold,) = load_runbook(Source.of_text(RUNBOOK.format(own=own)), lab).runbook.meanwhile
    return hold


def problems(lab: Knowledge, text: str) -> list[str]:
    with pytest.raises(InvalidRunbookError) as caught:
        load_runbook(Source.of_text(text), lab)
    return [f"{one.line}:{one.column} {one.message}" for one in caught.value.problems]


def test_it_is_what_its_file_says_by_the_name_of_the_file(lab: Knowledge) -> None:
    hold = Hold(
        id="lab", title="Pause the lab", when=("job == 7",), hold=("lab", "pause"), release=("lab", "continue"),
        on="'node1'", consequence="Nothing new begins.",
    )  # fmt: skip
    assert held(lab) == hold


def test_a_runbook_says_why_and_can_say_otherwise(lab: Knowledge) -> None:
    hold = held(lab, "    why: The job is looked at.\n    when: job == 8")
    assert (hold.why, hold.when, hold.title) == ("The job is looked at.", ("job == 8",), "Pause the lab")


@pytest.mark.parametrize("own", ["hold: [lab, stop]", "release: [lab, stop]", "on: \"'node2'\"", "id: other"])
def test_what_its_name_stands_for_is_the_same_in_each_runbook(lab: Knowledge, own: str) -> None:
    key = own.partition(":")[0]
    said = f"9:5 '{key}' is what 'lab' stands for and cannot be said anew; write the whole hold out instead"
    assert problems(lab, RUNBOOK.format(own=f"    {own}")) == [said]


def test_an_unknown_name_is_told_where_it_stands(lab: Knowledge) -> None:
    text = RUNBOOK.format(own="").replace("use: lab", "use: lba")
    assert problems(lab, text) == ["8:10 there is no hold 'lba', did you mean 'lab'?"]
    assert problems(lab, text.replace("lba", "[lab]")) == ["8:10 there is no hold '['lab']', did you mean 'lab'?"]


def test_what_it_needs_and_the_runbook_has_not_is_told_where_it_is_used(lab: Knowledge) -> None:
    text = RUNBOOK.format(own="").replace("  job: {", "  work: {")
    assert problems(lab, text) == ["8:5 unknown name 'job'; known: run, site, work"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HOLD + "wjy: nothing\n", "8:5 unknown key 'wjy', did you mean 'why'?"),
        (HOLD + "title: Again\n", "7:1 the key 'title' is there twice"),
        ("[1, 2]\n", "8:10 the file of 'lab' is no mapping of keys to values"),
        ("a: [\n", "2:1 this is no YAML"),
    ],
)
def test_what_is_wrong_with_its_file_is_wrong_with_who_uses_it(
    folder: Path, lab: Knowledge, content: str, said: str
) -> None:
    (folder / "holds" / "lab.yaml").write_text(content)
    (found,) = problems(lab, RUNBOOK.format(own=""))
    assert found.startswith(said)


def test_the_holds_of_a_pack_are_known_and_are_no_runbooks(folder: Path) -> None:
    (folder / "one.yaml").write_text(RUNBOOK.format(own=""))
    library = Library([Pack(name="lab", runbooks=folder)])
    assert library.ids() == ("one",)
    assert [one.id for one in library.load("one").runbook.meanwhile] == ["lab"]


def test_the_first_pack_that_has_a_name_keeps_it(folder: Path, tmp_path: Path) -> None:
    (folder / "one.yaml").write_text(RUNBOOK.format(own=""))
    (tmp_path / "more" / "holds").mkdir(parents=True)
    (tmp_path / "more" / "holds" / "lab.yaml").write_text(HOLD.replace("pause", "stop"))
    packs = [Pack(name="lab", runbooks=folder), Pack(name="more", runbooks=tmp_path / "more")]
    assert Library(packs).load("one").runbook.meanwhile[0].hold == ("lab", "pause")
    assert Library(packs[::-1]).load("one").runbook.meanwhile[0].hold == ("lab", "stop")


def test_a_file_that_is_gone_is_told(folder: Path, lab: Knowledge) -> None:
    (folder / "holds" / "lab.yaml").unlink()
    with pytest.raises(UsageError):
        held(lab)


def test_the_schema_offers_the_names_and_not_what_they_stand_for(lab: Knowledge, knowledge: Knowledge) -> None:
    made = schema(lab)
    used = made["$defs"]["UsedHold"]
    assert used["properties"]["use"]["enum"] == ["lab"]
    assert used["required"] == ["use"]
    assert used["additionalProperties"] is False
    assert {"why", "when", "leaves"} <= used["properties"].keys()
    assert not {"hold", "release", "on", "id"} & used["properties"].keys()
    assert {"$ref": "#/$defs/UsedHold"} in made["properties"]["meanwhile"]["items"]["anyOf"]
    assert "UsedHold" not in schema(knowledge)["$defs"]
