"""What a host says becomes a part of a word of a command, or no command at all."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.template.words import PLAIN, StrangeWordError, words
from tests.hostile import HOSTILE


@dataclass(frozen=True)
class Fact:
    """What a host said."""

    text: str = "hwhost-2.lab.example"
    many: tuple[str, ...] = ("a", "b=1")
    number: int = 7
    yes: bool = True


def said(
    part: str, fact: Fact | None = None, given_: str = "", *, parameters: frozenset[str] = frozenset({"p"})
) -> list[str]:
    names = {"fact": fact or Fact(), "p": given_, "run": "1"}
    return words(part, names, frozenset(name for name in names if name in part), parameters)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("{{ fact.text }}", ["hwhost-2.lab.example"]),
        ("--size={{ fact.number }}b", ["--size=7b"]),
        ("root@{{ fact.text }}:/root/", ["root@hwhost-2.lab.example:/root/"]),
        ("{{ fact.many }}", ["a", "b=1"]),
        ("{{ none if fact.yes else fact.text }}", []),
        ("{{ '-p' if fact.yes else '-s' }}", ["-p"]),
        ("{{ ('--with=' ~ (fact.many | join(','))) if fact.many else none }}", ["--with=a,b=1"]),
        ("--rsh=ssh -oPort={{ fact.number }} -oBatchMode=yes", ["--rsh=ssh -oPort=7 -oBatchMode=yes"]),
        ("BEGIN { print $1; }", ["BEGIN { print $1; }"]),
        ("-x", ["-x"]),
        ("", [""]),
    ],
)  # fmt: skip
def test_what_is_written_and_what_is_filled_in(part: str, found: list[str]) -> None:
    assert said(part) == found


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("part", ["{{ fact.text }}", "{{ fact.text }}=1", "{{ '-p' if not fact.yes else fact.text }}"])
def test_no_word_is_what_a_host_wants_it_to_be(part: str, text: str) -> None:
    with pytest.raises(StrangeWordError) as caught:
        print(said(part, Fact(text or "-")))
    assert caught.value.code == "word-strange"
    assert caught.value.changed == "The command was not executed."


@settings(max_examples=50)
@given(st.text(max_size=12))
def test_whatever_is_filled_into_a_word_is_plain(text: str) -> None:
    try:
        (word,) = said("--name={{ fact.text }}!", Fact(text))
    except StrangeWordError:
        assert not PLAIN.fullmatch(text)
    else:
        assert word == f"--name={text}!"
        assert PLAIN.fullmatch(text)


@pytest.mark.parametrize("text", ["x", "--with", "--withdraw", "-pq", "-"])
def test_an_option_is_only_one_that_the_runbook_has(text: str) -> None:
    part = "{{ ('--with=' ~ fact.text) if not fact.yes else fact.text }}"
    if text.startswith("-"):
        with pytest.raises(StrangeWordError, match="begins with a dash"):
            said(part, Fact(text))
    else:
        assert said(part, Fact(text)) == [text]


def test_the_operator_may_say_anything_that_prints_and_is_no_option() -> None:
    assert said("{{ p }}", given_="the lamp; (all of it) *") == ["the lamp; (all of it) *"]
    assert said("--why={{ p }}", given_="-it's so") == ["--why=-it's so"]
    for wrong in ("-a", "", "a\nb", "a\x1b[1m", "a\u202eb"):
        with pytest.raises(StrangeWordError):
            said("{{ p }}", given_=wrong)


def test_what_a_runbook_was_called_with_may_be_a_hosts_word() -> None:
    with pytest.raises(StrangeWordError):
        said("{{ p }}", given_="a b", parameters=frozenset())


def test_a_name_of_the_operators_beside_a_hosts_has_to_be_plain_too() -> None:
    with pytest.raises(StrangeWordError):
        said("{{ p }}:{{ fact.text }}", given_="a b")
