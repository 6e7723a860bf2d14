"""What a name, a path or an address may be made of, wherever a host says one."""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.cluster.parse.addresses import parse_addresses
from checks.cluster.parse.config import parse_config
from checks.cluster.parse.ssconf import parse_ssconf
from checks.look import grammar
from checks.look.grammar import Grammar, is_address, parse_address
from checks.look.output import ParseError
from checks.paths import SSCONF_PREFIX
from engine.template.words import PLAIN
from tests.checks.imitation import configuration, ssconf_files
from tests.hostile import HOSTILE

GRAMMARS = {name: one for name, one in vars(grammar).items() if isinstance(one, Grammar)}
SCOPES = st.text(st.characters(codec="ascii"), max_size=8)


@pytest.mark.parametrize("name", GRAMMARS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_whatever_is_of_a_kind_can_stand_in_any_command(name: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(GRAMMARS[name].form, fullmatch=True))
    assert text
    assert PLAIN.fullmatch(text)
    assert not text.startswith("-")
    assert not {"..", "."} & set(text.split("/"))


@pytest.mark.parametrize("name", GRAMMARS)
def test_nothing_hostile_is_of_any_kind(name: str) -> None:
    for text in HOSTILE:
        assert not GRAMMARS[name].fits(text), text
        with pytest.raises(ParseError, match="not as expected"):
            GRAMMARS[name].parse(text, "A test")


@settings(max_examples=50)
@given(st.ip_addresses().map(str), SCOPES)
def test_an_address_has_no_scope(address: str, scope: str) -> None:
    assert parse_address(address, "A test") == address
    with pytest.raises(ParseError, match="not an IP address"):
        parse_address(f"{address}%{scope}", "A test")


@given(st.text(max_size=20))
def test_no_other_text_is_an_address(text: str) -> None:
    if is_address(text):
        assert str(ip_address(text)) == parse_address(text, "A test")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_line_of_ip_gives_a_hostile_address(text: str) -> None:
    with pytest.raises(ParseError):
        parse_addresses(f"1: lo    inet6 {text or '%'}/128 scope host lo\n")


@pytest.mark.parametrize("key", [key for key in ssconf_files() if key not in {"cluster_tags", "release_version"}])
def test_no_ssconf_file_gives_a_hostile_name_or_address(key: str) -> None:
    for text in HOSTILE:
        for line in (text, f"{text} 10.77.0.1", f"hwhost-1.lab.example {text}", f"{text}=22", f"hwhost-1={text}"):
            # Two lines may be two names.
            if line.strip() and "\n" not in line:
                files = ssconf_files() | {key: line}
                printed = "".join(
                    f"{SSCONF_PREFIX}{name}:{one}\n" for name, told in files.items() for one in told.split("\n") if one
                )
                with pytest.raises(ParseError):
                    parse_ssconf(printed)


PLACES = (
    ("cluster", "volume_group_name"),
    ("cluster", "drbd_usermode_helper"),
    ("nodes", 0, "name"),
    ("nodes", 0, "primary_ip"),
    ("nodes", 0, "secondary_ip"),
    ("instances", 0, "name"),
    ("disks", 0, "logical_id", 2),
    ("disks", 0, "logical_id", 3),
    ("disks", 0, "logical_id", 4),
    ("disks", 0, "children", 0, "logical_id", 0),
    ("disks", 0, "children", 1, "logical_id", 1),
)  # fmt: skip
"""Where the configuration has what becomes a part of a command."""


NUMBERS = {("disks", 0, "logical_id", at): (-1, True, 10**9) for at in (2, 3, 4)}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_configuration_gives_a_hostile_value(place: tuple[str | int, ...]) -> None:
    for value in (*filter(None, HOSTILE), *NUMBERS.get(place, ())):
        config = configuration()
        spot: Any = config
        for step in place[:-1]:
            spot = list(spot.values())[step] if isinstance(spot, dict) and isinstance(step, int) else spot[step]
        spot[place[-1]] = value
        with pytest.raises(ParseError) as caught:
            parse_config(json.dumps(config))
        assert f"'{value}'" not in str(caught.value), "a secret may be in the wrong place"


def test_what_an_address_is_is_known_in_one_place() -> None:
    # The embedded cluster is told no lies.
    files = [one for one in Path(grammar.__file__).parents[1].rglob("*.py") if "world" not in one.parts]
    assert [one.name for one in files if "ipaddress import" in one.read_text(encoding="utf-8")] == ["grammar.py"]
