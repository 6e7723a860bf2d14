"""A runbook on a site of a version that it was not written for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from checks.world.scenario_model import Scenario
from checks.world.scenarios import world_of
from engine.errors import PreconditionError
from engine.model.versions import Versions
from engine.run.overrides import Overrides
from tests.rehearsals.rehearsal import Rehearsal

NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=4)


def versions(**given_: str) -> Versions:
    return Versions.model_validate(given_)


@pytest.mark.parametrize(
    ("version", "covered"),
    [
        ("2.12.6", True), ("2.12", True), ("2.11.9", False), ("2.9", False), ("3.1", True), ("3.1.2", True),
        ("3.1.0~rc2", True), ("3.2.0", False), ("4", False), ("", None), ("none of your business", None),
    ],
)  # fmt: skip
def test_both_ends_are_included_with_all_that_begins_like_the_last_one(*, version: str, covered: bool | None) -> None:
    assert versions(**{"from": "2.12", "to": "3.1"}).covers(version) is covered


@given(NUMBERS, NUMBERS, NUMBERS)
def test_what_lies_between_its_ends_is_covered(one: list[int], two: list[int], three: list[int]) -> None:
    first, middle, last = (".".join(map(str, numbers)) for numbers in sorted((one, two, three)))
    assert versions(**{"from": first, "to": last}).covers(middle)
    assert versions().covers(middle)


@pytest.mark.parametrize("text", ["2.x", "-1", "", "2..1", "1.2.3.4.5"])
def test_a_bound_is_a_version_by_numbers(text: str) -> None:
    with pytest.raises(ValidationError):
        versions(to=text)


def test_words_of_one_end_and_of_none() -> None:
    assert versions(**{"from": "2.13"}).words == "2.13 and later"
    assert versions(to="3.1", notes="on Debian").words == "up to 3.1, on Debian"
    assert versions().words == "any version"


PAUSED = Scenario(description="paused", before=("run hwhost-1 gnt-cluster watcher pause 1h",), version="2.12")


def on(tmp_path: Path, release: str, forced: Overrides | None = None) -> Rehearsal:
    world = world_of(PAUSED)
    for machine in world.links._cluster.machines.values():  # type: ignore[attr-defined]
        machine.files.write("/var/lib/ganeti/ssconf_release_version", f"{release}\n")
    return Rehearsal(tmp_path, "watcher-continue", {"continue": "y"}, forced, world).go()


def test_on_another_version_it_is_refused_before_anything_and_can_be_forced(tmp_path: Path) -> None:
    refused = on(tmp_path, "3.2.1")
    assert isinstance(refused.error, PreconditionError)
    assert "version" in refused.error.what
    assert "was written for 2.12 to 3.1; cluster.lab.example has version '3.2.1'" in refused.error.why
    assert refused.changed == []
    forced = on(tmp_path, "3.2.1", Overrides(frozenset({"version"}), "tried on a test cluster"))
    assert forced.error is None, forced.operator.text
    assert forced.changed != []


@pytest.mark.parametrize("release", ["{{ 7 * 7 }}", "3.0'\"\\"])
def test_what_is_no_version_is_shown_as_it_is(tmp_path: Path, release: str) -> None:
    refused = on(tmp_path, release)
    assert isinstance(refused.error, PreconditionError)
    assert repr(release) in refused.error.why


def test_on_its_own_version_nothing_is_said_of_it(tmp_path: Path) -> None:
    done = on(tmp_path, "2.12.6")
    assert done.error is None
    assert "was written for" not in done.operator.text
