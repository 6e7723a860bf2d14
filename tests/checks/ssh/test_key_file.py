"""Ganeti's file of public keys: what it writes is read back, and what is broken is set apart."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from checks.ssh.parse.key_file import KeyLine, parse_key_file, render_key_file

UUID = "a253936f-c34a-46be-b3cd-b19d19d13ae1"
KEY = "ssh-rsa AAAAB3NzaC1yc2E= root@hwhost-1"


def key(kind: str, rest: bytes, comment: str) -> str:
    blob = len(kind).to_bytes(4, "big") + kind.encode() + rest
    return f"{kind} {base64.b64encode(blob).decode()}{comment and f' {comment}'}"


uuids = st.uuids().map(str)
names = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)
comments = st.text(st.characters(codec="ascii", exclude_characters="\r\n", categories=["L", "N", "P"]), max_size=20)
keys = st.builds(key, st.sampled_from(["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp384"]), st.binary(max_size=60), comments)
lines = st.lists(st.builds(KeyLine, st.one_of(uuids, names), keys), max_size=6).map(tuple)


@given(lines)
def test_what_is_written_is_read_back(written: tuple[KeyLine, ...]) -> None:
    found = parse_key_file(render_key_file(written))
    assert found.lines == written
    assert found.strange == ()


@given(lines, st.text())
def test_every_line_is_either_understood_or_set_apart(written: tuple[KeyLine, ...], other: str) -> None:
    text = render_key_file(written) + other
    found = parse_key_file(text)
    assert len(found.lines) + len(found.strange) == len([line for line in text.split("\n") if line.strip()])


@given(st.binary())
def test_any_bytes_are_read(data: bytes) -> None:
    parse_key_file(data.decode(errors="surrogateescape"))


def test_empty_lines_are_nothing_and_broken_ones_are_told_as_they_are() -> None:
    cut = f"{UUID} {KEY[:-20]}"
    found = parse_key_file(f"\n{UUID} {KEY}\n\n{cut}\n{UUID}\n")
    assert found.lines == (KeyLine(UUID, KEY),)
    assert found.strange == (cut, UUID)


def test_a_line_of_an_add_that_was_broken_off_is_under_a_name() -> None:
    one, two = parse_key_file(f"{UUID} {KEY}\nhwhost-3.lab.example {KEY}\n").lines
    assert (one.by_uuid, two.by_uuid) == (True, False)
