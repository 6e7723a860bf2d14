"""What the words of `gnt-instance info` can mean, version by version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.explain.instance_info import ToldSide
from checks.explain.instance_words import STATES, DrbdState, could_be, meanings, words_of
from checks.version import Version

VERSIONS = tuple(map(Version, ("2.12.6", "2.13.0", "2.15.2", "2.16.2", "3.0.2", "3.1.1")))


def told(state: DrbdState, version: Version) -> ToldSide:
    words = words_of(state, version)
    return ToldSide("/dev/drbd0", 147, 0, 0.0 if words.recovering else None, None, words.degraded, words.word)


def states(recovering: float | None, word: str, version: str, *, degraded: bool = True) -> set[str]:
    side = ToldSide("/dev/drbd0", 147, 0, recovering, None, degraded, word)
    return set(map(str, could_be(side, Version(version))))


@given(st.sampled_from(STATES), st.sampled_from(VERSIONS))
def test_no_state_is_missing_in_what_its_words_can_mean(state: DrbdState, version: Version) -> None:
    side = told(state, version)
    assert state in could_be(side, version)
    listed = [one for meaning in meanings(side, version) for one in meaning.states]
    assert sorted(map(str, listed)) == sorted(map(str, could_be(side, version)))


def test_ok_has_one_meaning_on_every_version() -> None:
    for version in VERSIONS:
        assert states(None, "", version, degraded=False) == {"cs:Connected ds:UpToDate"}


def test_in_sync_and_degraded_may_be_a_split_brain() -> None:
    for version in ("2.12.6", "2.15.2", "3.0.2"):
        assert {"cs:StandAlone ds:UpToDate", "cs:WFConnection ds:UpToDate"} <= states(None, "", version)
    assert "cs:StandAlone ds:UpToDate" not in states(None, "", "3.1.1")


def test_a_missing_disk_may_be_there_from_3_1_on() -> None:
    assert {one.partition("ds:")[2] for one in states(None, "MISSING DISK", "3.0.2")} == {"Diskless"}
    for version in ("3.1.0~rc1", "3.1.0~rc2", "3.1.0~rc2-1", "3.1.0", "3.1.1"):
        assert "cs:StandAlone ds:UpToDate" in states(None, "MISSING DISK", version)


def test_a_target_is_uncertain_on_2_12_only() -> None:
    assert "cs:SyncTarget ds:Inconsistent" in states(10.0, "UNCERTAIN STATE", "2.12.6")
    for version in ("2.13.0", "2.15.2", "2.16.2", "3.0.2", "3.1.1"):
        assert states(10.0, "UNCERTAIN STATE", version) == set()
        assert "cs:SyncTarget ds:Inconsistent" in states(10.0, "", version)


def test_the_third_case_of_the_wiki_on_its_version() -> None:
    assert "cs:WFBitMapT ds:Outdated" in states(0.0, "UNCERTAIN STATE", "2.12.6")
    assert "cs:WFBitMapS ds:UpToDate" in states(0.0, "", "2.12.6")


@pytest.mark.parametrize("version", VERSIONS)
def test_words_that_are_never_printed_are_said_to_be_so(version: Version) -> None:
    (one,) = meanings(ToldSide("/dev/drbd0", 147, 0, 5.0, None, degraded=False, word=""), version)
    assert one.states == ()
    assert str(version) in one.text
