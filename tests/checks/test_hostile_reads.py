"""No read can be made with what a hostile host may say in the place of any of its words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.look import commands
from checks.pack import pack
from engine.hosts import reads
from engine.hosts.reads import Read, ReadForm, UnknownReadError
from engine.run import host_health
from tests.hostile import HOSTILE

SAMPLES: dict[str, Any] = {
    "address": "2001:db8::2",
    "device": "/dev/sdb",
    "minor": 3,
    "name": "hwhost-2.lab.example",
    "path": "/etc/hosts",
    "paths": "/etc/hosts",
    "port": 1811,
    "volume": "/dev/vg0/a.disk0_meta",
}
"""Something for each parameter that a read is made with; a parameter of another name has to be added here."""
HARMLESS = re.compile(r"(?:TCP6:\[[0-9a-f:.]+\]:[0-9]+,connect-timeout=3|[A-Za-z0-9_/+:%.][A-Za-z0-9_./:@%+=,~ -]*)")
"""No option, no pattern, nothing of a program's own language but a look at a port."""


def made() -> Iterator[Read]:
    """Every read that this program makes, those with something to fill in once each."""
    for module in (commands, host_health):
        for name, value in vars(module).items():
            if isinstance(value, Read):
                yield value
            elif inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                yield from _by(value)


def _by(function: Any) -> Iterator[Read]:
    signature = inspect.signature(function)
    if signature.return_annotation == "Read":
        yield function(*(SAMPLES[name] for name in signature.parameters))


MADE = tuple({one.argv: one for one in made()}.values())
FILLED_IN = [
    form for form in (*reads.BASIC_FORMS, *pack.read_forms) if any(isinstance(one, re.Pattern) for one in form.words)
]


def test_all_of_them_are_walked() -> None:
    assert {"cat", "grep", "socat", "ping", "getent", "ssh", "stat", "drbdmeta", "lvs", "wipefs"} <= {
        one.argv[0] for one in MADE
    }


@pytest.mark.parametrize("one", MADE, ids=lambda one: " ".join(one.argv)[:60])
def test_a_hostile_word_in_any_place_is_refused(one: Read) -> None:
    for word in HOSTILE:
        for place in range(len(one.argv) + 1):
            for rest in (one.argv[place:], one.argv[place + 1 :]):
                argv = (*one.argv[:place], word, *rest)
                if argv == one.argv:
                    # grep is asked for the empty pattern.
                    continue
                with pytest.raises(UnknownReadError):
                    Read(argv)


@pytest.mark.parametrize("form", FILLED_IN, ids=lambda form: str(form.words)[:60])
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_whatever_a_form_allows_is_harmless(form: ReadForm, data: st.DataObject) -> None:
    for word in (*form.words, *(() if form.exact else (form.more,))):
        if isinstance(word, re.Pattern):
            text = data.draw(st.from_regex(word, fullmatch=True))
            assert HARMLESS.fullmatch(text), (form, text)
            assert not {"..", "."} & set(text.split("/"))


def test_a_form_that_says_nothing_of_what_follows_allows_no_option() -> None:
    form = ReadForm(("lamp", "status"))
    assert form.allows(("lamp", "status", "kitchen", "a/b"))
    assert [word for word in HOSTILE if form.allows(("lamp", "status", word)) and word != "/a/../b"] == []


def test_an_address_of_ours_can_be_asked_for() -> None:
    for address in ("10.77.0.2", "::1", "2001:db8::2", "::ffff:10.0.0.1", "fe80::1"):
        assert commands.ping(address).argv[-1] == address
        assert address in commands.connect(address, 22).argv[-1]
