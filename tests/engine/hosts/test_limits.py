from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.hosts.limits import Output


def output(*chunks: bytes, kept: int = 8) -> str:
    one = Output(kept)
    for chunk in chunks:
        one.add(chunk)
    return one.text()


@given(st.lists(st.binary(max_size=9)))
def test_what_fits_is_kept_whole(chunks: list[bytes]) -> None:
    assert output(*chunks, kept=1000) == b"".join(chunks).decode(errors="replace")


@given(st.lists(st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=30)))
def test_of_more_the_first_and_the_last_are_kept_and_the_rest_is_counted(chunks: list[str]) -> None:
    whole = "".join(chunks)
    text = output(*(one.encode() for one in chunks))
    if len(whole) <= 8:
        assert text == whole
    else:
        missing = f"[{len(whole) - 8} of {len(whole)} bytes are left out here]"
        assert text == f"{whole[:4]}\n{missing}\n{whole[-4:]}"


def test_what_is_no_utf_8_is_replaced() -> None:
    assert output(b"a\xffb", "é".encode()) == "a\ufffdbé"


def test_a_character_in_two_chunks_is_one_character() -> None:
    assert output(b"\xc3", b"\xa9") == "é"
