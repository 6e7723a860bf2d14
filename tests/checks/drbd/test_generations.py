import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.drbd.parse.generations import JUST_CREATED, Generations, masked, parse_generations
from checks.look.output import ParseError

IDENTIFIERS = st.integers(0, 2**64 - 1)
SEEN = "847BF4066DFC6FA9:39B2205DEF9038D9:1C4686F269F66234:C416146BCB1CA73A:1:1:1:0:0:0:0\n"


def generations() -> st.SearchStrategy[Generations]:
    return st.builds(Generations, IDENTIFIERS, IDENTIFIERS, st.tuples(IDENTIFIERS, IDENTIFIERS), st.booleans())


@given(generations())
def test_what_is_written_is_read_back(one: Generations) -> None:
    assert parse_generations(f"{one}:1:1:0:0:0:0:{int(one.crashed)}\n") == one


def test_what_drbdsetup_prints() -> None:
    found = parse_generations(SEEN)
    assert (found.current, masked(found.current)) == (0x847BF4066DFC6FA9, 0x847BF4066DFC6FA8)
    assert f"{found}:1:1:1:0:0:0:0\n" == SEEN
    assert not found.just_created
    assert parse_generations(f"{JUST_CREATED:016X}:{0:016X}:{0:016X}:{0:016X}:0:0:0:0:0:0\n").just_created


@pytest.mark.parametrize("text", ["", "Device has no disk\n", SEEN + SEEN, SEEN.replace(":1:", ":2:"), "x" + SEEN])
def test_what_is_no_identifiers(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_generations(text)
    assert caught.value.line == text.split("\n", maxsplit=1)[0][:200]
