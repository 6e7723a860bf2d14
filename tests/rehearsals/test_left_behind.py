"""What a repair leaves on nodes is told as it is there: before the data go, at the end, and by a diagnosis later."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import PreconditionError, StoppedError
from engine.journal.leftovers import Leftover, from_data
from engine.knowledge import Context
from engine.operator.scripted import Given
from engine.packs import World
from engine.run.overrides import Overrides
from tests.rehearsals.cases import ANSWERS
from tests.rehearsals.rehearsal import ONE, SCENARIOS, SHOP, TWO, Rehearsal

DISCARD = "split-brain-discard"
KEPT = f"keep-a-copy[disk 0 on {TWO}]"
GONE = f"invalidate[disk 0 on {TWO}]"

SKIPPED: dict[str, Given] = {KEPT: ("skip", "nobody needs it"), f"{GONE}.unguarded": "without keep-a-copy"}


def group_of(world: World, node: str = TWO) -> object:
    machine = world.links._cluster.machines[node]  # type: ignore[attr-defined]
    (group,) = machine.storage.groups.values()
    return group


def without_room(scenario: str) -> World:
    """The same incident, with a volume group that is all but full."""
    world = SCENARIOS[scenario]()
    group = group_of(world)
    group.create("full", group.free)  # type: ignore[attr-defined]
    return world


def left(rehearsal: Rehearsal) -> list[Leftover]:
    ended = rehearsal.journal.ended
    assert ended is not None
    return [one for data in ended.left or () if (one := from_data(data)) is not None]


def volumes(rehearsal: Rehearsal) -> list[str]:
    return [name for name in group_of(rehearsal.world).volumes if name.startswith("before-discard-")]  # type: ignore[attr-defined]


def go(tmp_path: Path, answers: dict[str, Given], *, room: bool = True, world: World | None = None) -> Rehearsal:
    world = world or (SCENARIOS[DISCARD]() if room else without_room(DISCARD))
    return Rehearsal(tmp_path, DISCARD, {**ANSWERS[DISCARD], **answers}, world=world).go()


def test_the_end_names_the_snapshot_that_is_there_and_the_diagnosis_how_it_is_removed(tmp_path: Path) -> None:
    rehearsal = go(tmp_path, {})
    assert rehearsal.error is None, rehearsal.operator.text
    (name,) = volumes(rehearsal)
    (snapshot,) = left(rehearsal)
    assert (snapshot.kind, snapshot.host, snapshot.state) == ("snapshot", TWO, "there")
    assert snapshot.name.endswith(f"/{name}")
    said = rehearsal.operator.text.split("What is left behind, and what removes it")[1]
    assert f"on {TWO}:  lvremove --yes {snapshot.name}" in said
    context = Context(rehearsal.run.reader, rehearsal.run.site, rehearsal.run.clock)
    assert SHOP.packs[0].diagnose is not None
    found = next(one for one in SHOP.packs[0].diagnose(context).findings if one.code == "volumes-kept")
    assert found.next.endswith(f"on {TWO}: lvremove --yes {snapshot.name}")
    assert re.search(r"MiB|GiB", found.evidence[0])
    assert re.search(r", since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", found.evidence[0])


def test_without_room_the_question_says_that_there_is_no_snapshot_and_the_end_names_none(tmp_path: Path) -> None:
    rehearsal = go(tmp_path, {"no-room": "without"}, room=False)
    assert rehearsal.error is None, rehearsal.operator.text
    asked = {question.id: question for question, _answer in rehearsal.operator.asked}
    assert "There is no room for a snapshot of what is thrown away" in asked["no-room"].text
    card = "\n".join(line.text for line in asked[GONE].card)
    assert "NO SNAPSHOT of it is kept: it needs" in card
    assert KEPT not in asked
    assert "before-discard" not in rehearsal.operator.text
    assert left(rehearsal) == []


def test_room_can_be_made_and_the_snapshot_is_kept_then(tmp_path: Path) -> None:
    world = without_room(DISCARD)
    group = group_of(world)
    told = world.on_manual

    def make_room(step: str) -> None:
        told(step)
        group.remove(group.volumes["full"])  # type: ignore[attr-defined]

    answers: dict[str, Given] = {"no-room": "room", "make-room": "done"}
    rehearsal = go(tmp_path, answers, world=replace(world, on_manual=make_room))
    assert rehearsal.error is None, rehearsal.operator.text
    asked = {question.id: question for question, _answer in rehearsal.operator.asked}
    assert "there is the snapshot" in "\n".join(line.text for line in asked[GONE].card)
    assert len(volumes(rehearsal)) == len(left(rehearsal)) == 1


def test_room_that_was_not_made_is_noticed(tmp_path: Path) -> None:
    answers: dict[str, Given] = {"no-room": "room", "make-room": "done", "make-room.failed": "stop"}
    rehearsal = go(tmp_path, answers, room=False)
    assert rehearsal.error is not None
    assert "There is still no room" in rehearsal.operator.text
    assert GONE.split("[", maxsplit=1)[0] not in {step.split("[")[0] for step in rehearsal.changed}


def test_the_data_can_be_copied_elsewhere_before_they_go(tmp_path: Path) -> None:
    rehearsal = go(tmp_path, {"no-room": "elsewhere", "copy-elsewhere": "done"}, room=False)
    assert rehearsal.error is None, rehearsal.operator.text
    assert f"ssh root@{TWO} dd if=/dev/" in "\n".join(line.text for line in rehearsal.operator.shown)
    ids = [question.id for question, _answer in rehearsal.operator.asked]
    assert ids.index("copy-elsewhere") < ids.index(GONE)


def test_or_nothing_is_thrown_away_at_all(tmp_path: Path) -> None:
    rehearsal = go(tmp_path, {"no-room": "stop"}, room=False)
    assert isinstance(rehearsal.error, StoppedError)
    assert not any(step.startswith("invalidate") for step in rehearsal.changed)


def test_a_snapshot_that_was_left_out_is_not_claimed(tmp_path: Path) -> None:
    rehearsal = go(tmp_path, SKIPPED)
    assert rehearsal.error is None, rehearsal.operator.text
    asked = {question.id: question for question, _answer in rehearsal.operator.asked}
    assert "NO SNAPSHOT of it is kept" in "\n".join(line.text for line in asked[GONE].card)
    assert left(rehearsal) == []
    assert "What is left behind" not in rehearsal.operator.text


def test_the_snapshot_of_an_earlier_repair_is_not_taken_for_one_of_this(tmp_path: Path) -> None:
    world = SCENARIOS[DISCARD]()
    group = group_of(world)
    origin = next(name for name in group.volumes if name.endswith("_data"))  # type: ignore[attr-defined]
    group.snapshot(group.volumes[origin], f"before-discard-{origin}.20200101-000000", 1 << 20)  # type: ignore[attr-defined]
    rehearsal = go(tmp_path, SKIPPED, world=world)
    asked = {question.id: question for question, _answer in rehearsal.operator.asked}
    assert "NO SNAPSHOT of it is kept" in "\n".join(line.text for line in asked[GONE].card)


@pytest.mark.parametrize("scenario", ["split-brain-replace", "split-brain-replace.diskless-primary"])
def test_it_is_asked_which_side_is_kept_by_the_names_of_nodes_the_newer_first(tmp_path: Path, scenario: str) -> None:
    rehearsal = Rehearsal(tmp_path, scenario, {"watcher": "y", "decide": "stop"}).go()
    question = next(question for question, _answer in rehearsal.operator.asked if question.id == "decide")
    assert "KEPT" in question.text
    assert [option.words for option in question.options[:2]] == [(ONE,), (TWO,)]
    card = "\n".join(line.text for line in question.card)
    first, second = (card.index(f"{node}: keep {node}") for node in (ONE, TWO))
    assert first < second
    assert f"Thrown away is the side on {TWO}" in card[first:second]
    assert f"Thrown away is the side on {ONE}" in card[second:]
    assert "for it speaks: disk 0: " in card[first:second] or "cannot be known" in question.text


def test_no_check_denies_what_speaks_for_the_side_that_is_thrown_away(tmp_path: Path) -> None:
    answers: dict[str, Given] = {"watcher": "y", "decide": TWO, "discard.failed": "stop"}
    rehearsal = Rehearsal(tmp_path, "split-brain-replace.diskless-primary", answers).go()
    assert rehearsal.error is not None
    assert "Nothing that is known speaks for" not in rehearsal.operator.text
    assert not any("invalidate" in step for step in rehearsal.changed)


def wrong_side() -> World:
    world = SCENARIOS[DISCARD]()
    return replace(world, parameters={**world.parameters, "node": ONE})


def test_a_refusal_names_the_node_and_no_force(tmp_path: Path) -> None:
    rehearsal = Rehearsal(tmp_path, DISCARD, {}, world=wrong_side()).go()
    assert isinstance(rehearsal.error, PreconditionError)
    assert f"Run this again with node={TWO}: with that it holds." in rehearsal.error.hint
    assert "--force" not in rehearsal.error.hint


def test_what_was_forced_is_told_at_the_end_with_what_follows(tmp_path: Path) -> None:
    world = SCENARIOS["split-brain-cleanup"]()
    for machine in world.links._cluster.machines.values():  # type: ignore[attr-defined]
        machine.domains.discard("inst2.lab.example")
    world = replace(world, parameters={"instance": "inst2.lab.example", "node": TWO})
    refused = Rehearsal(tmp_path / "refused", DISCARD, {}, world=world).go()
    assert isinstance(refused.error, PreconditionError)
    assert "better-side" in refused.error.what
    assert "--force better-side" not in refused.error.hint
    forced = Overrides(frozenset({"better-side"}), "it was written by mistake")
    disk = f"disk 0 on {TWO}"
    answers: dict[str, Given] = {
        "watcher": "y",
        f"demote[{disk}]": "yes",
        f"disconnect[{disk}]": "y",
        f"keep-a-copy[{disk}]": "y",
        f"invalidate[{disk}]": disk,
        "reconnect": "y",
    }
    rehearsal = Rehearsal(tmp_path, DISCARD, answers, forced, world=world).go()
    assert rehearsal.error is None, f"{rehearsal.error}\n{rehearsal.operator.text}"
    end = " ".join(rehearsal.operator.text.split("What was overridden")[1].split())
    assert "The reason given: it was written by mistake" in end
    assert f"What inst2.lab.example has from now on are the data of {ONE}" in end


def test_a_refusal_names_the_runbook_that_fits_and_no_force(tmp_path: Path) -> None:
    world = SCENARIOS["split-brain-replace.diskless-primary"]()
    rehearsal = Rehearsal(tmp_path, "split-brain-cleanup", {}, world=world).go()
    assert isinstance(rehearsal.error, PreconditionError)
    assert "Do this instead: gnt-runbook run split-brain-replace instance=inst2.lab.example." in rehearsal.error.hint
    assert "--force" not in rehearsal.error.hint
