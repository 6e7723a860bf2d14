"""harep's tags: what is understood and what says nothing."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from checks.instances.parse import LEVELS, PREFIX, RepairTags, parse_repair_tags

SECONDS = st.integers(0, 999_999_999_999)
JOBS = st.integers(0, 999_999_999_999)


@st.composite
def described(draw: st.DrawFn) -> RepairTags:
    return RepairTags(
        level=draw(st.sampled_from(("", *LEVELS))),
        suspended=draw(st.booleans()),
        suspended_until=tuple(draw(st.lists(SECONDS, max_size=3))),
        pending=tuple(draw(st.lists(JOBS, max_size=3))),
        failed=draw(st.booleans()),
    )


def rendered(tags: RepairTags) -> list[str]:
    written = [
        *([tags.level] if tags.level else []),
        *(["suspend"] if tags.suspended else []),
        *(f"suspend:{until}" for until in tags.suspended_until),
        *(["pending:fix-storage:b6a9:1400000000:" + "+".join(map(str, tags.pending))] if tags.pending else []),
        *(["result:failover:0fe1:1400000001:failure:12+13"] if tags.failed else []),
    ]
    return [PREFIX + tag for tag in written]


@given(described(), st.lists(st.text(max_size=20), max_size=4))
def test_what_is_written_is_read_whatever_other_tags_there_are(tags: RepairTags, others: Sequence[str]) -> None:
    assert parse_repair_tags([*others, *rendered(tags)]) == tags


@given(st.lists(st.text() | st.text().map(PREFIX.__add__)))
def test_no_tag_is_an_error(tags: Sequence[str]) -> None:
    assert parse_repair_tags(tags).level in ("", *LEVELS)


def test_the_least_of_several_levels_counts() -> None:
    assert parse_repair_tags([f"{PREFIX}reinstall", f"{PREFIX}migrate"]).level == "migrate"


def test_what_harep_does_not_understand_says_nothing() -> None:
    wrong = ["everything", "suspend:tomorrow", "pending:fix-storage:b6a9:now:1", "result:failover:0fe1:1:failure"]
    assert parse_repair_tags([PREFIX + tag for tag in wrong]) == RepairTags()


def test_a_suspension_ends_by_itself_unless_it_says_nothing_of_an_end() -> None:
    ends = parse_repair_tags([f"{PREFIX}suspend:1000"])
    assert (ends.suspends(999), ends.suspends(1000)) == (True, False)
    for tag in ("suspend", "suspend:"):
        assert parse_repair_tags([PREFIX + tag]).suspends(10**12)
