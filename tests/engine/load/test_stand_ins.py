"""A part that lacks what it needs is judged all the same, with values about which nothing can be wrong."""

import pytest

from checks.jobs.step import JobStep
from checks.pack import pack
from engine.load.library import kinds_of
from engine.load.loader import load_runbook
from engine.load.problems import InvalidRunbookError
from engine.load.shape import _neutral
from engine.load.source import Source
from engine.model.hold import Hold
from engine.model.parts import Parameter, Part
from engine.model.step import Ask, CallRunbook, Edit, Manual, Run, Wait
from tests.rehearsals.rehearsal import SHOP

GIVEN = {Ask: {"saves": "chosen"}}
"""What has no neutral value: a name by which others call it."""


@pytest.mark.parametrize("model", [Ask, CallRunbook, Edit, JobStep, Hold, Manual, Parameter, Run, Wait])
def test_each_kind_of_part_says_what_may_stand_in_for_what_it_needs(model: type[Part]) -> None:
    part = model.model_validate({**_neutral(model), **GIVEN.get(model, {})})
    needed = {info.alias or name for name, info in model.model_fields.items() if info.is_required()}
    assert needed == part.model_fields_set


BROKEN = b"""format: 1
id: broken
title: An example
summary: An example.
steps:
  - id: start
    title: Start it
    job: []
    on: "'node1' + nobody"
    effect: disruptive
    undo: none
"""


def test_a_kind_of_step_of_a_pack_is_judged_as_ours_are() -> None:
    with pytest.raises(InvalidRunbookError) as caught:
        load_runbook(Source("it", BROKEN), SHOP.knowledge, kinds_of([pack]))
    found = [str(one) for one in caught.value.problems]
    assert len(found) == 2
    assert "8:10: " in found[0]
    assert "9:9: " in found[1]
    assert "nobody" in found[1]
