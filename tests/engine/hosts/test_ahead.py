"""Looking ahead: how many rounds it takes, and that nothing else comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from engine.errors import FactError
from engine.hosts.ahead import Ahead, Habits, NotSeenYet, look_ahead
from engine.hosts.host import Host, Result
from engine.hosts.reader import Reader
from engine.hosts.reads import Read, read

ONE, TWO = Host("one.example"), Host("two.example")
A, B, C = read("cat", "/a"), read("cat", "/b"), read("cat", "/c")


@dataclass
class Rounds(Reader):
    """Answers each read with its own words, and notes the rounds."""

    made: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]

    def _ask_host(self, host: Host, reads: Sequence[Read]) -> Sequence[Result]:
        self.made.append((host.name, len(reads)))
        return [Result(one.argv, one.argv[-1], "", 0, 0.0) for one in reads]


def one_by_one(*reads: Read) -> Callable[[Reader], list[str]]:
    return lambda reader: [reader.read(ONE, each).stdout for each in reads]


def named(name: str, about: str, *reads: Read) -> Callable[[Ahead], object]:
    def look(ahead: Ahead) -> None:
        with ahead.known_as(name, about):
            one_by_one(*reads)(ahead)

    return look


def test_what_several_miss_is_read_in_one_round() -> None:
    reader = Rounds()
    look_ahead(reader, Habits(), [one_by_one(A), one_by_one(B), lambda ahead: ahead.read_all([(ONE, C), (TWO, C)])])
    assert sorted(reader.made) == [(ONE.name, 3), (TWO.name, 1)]
    assert one_by_one(A, B, C)(reader) == ["/a", "/b", "/c"]
    assert len(reader.made) == 2


def test_what_rests_on_an_answer_comes_in_the_next_round_and_the_next_time_at_once() -> None:
    habits, reader = Habits(), Rounds()
    look_ahead(reader, habits, [named("fact", "x", A, B, C)])
    assert reader.made == [(ONE.name, 1)] * 3
    later = Rounds()
    look_ahead(later, habits, [named("fact", "x", A, B, C)])
    assert later.made == [(ONE.name, 3)]


def test_about_something_else_only_what_is_common_is_asked_for() -> None:
    habits = Habits()
    look_ahead(Rounds(), habits, [named("fact", "x", A, B)])
    look_ahead(Rounds(), habits, [named("fact", "y", A, C)])
    reader = Rounds()
    look_ahead(reader, habits, [named("fact", "z", A)])
    assert reader.made == [(ONE.name, 1)]
    assert not reader.knows(ONE, B)


def test_errors_are_left_to_whoever_makes_it_for_good() -> None:
    def fails(reader: Reader) -> None:
        reader.read(ONE, A)
        raise FactError("broken")

    reader = Rounds()
    look_ahead(reader, Habits(), [fails, one_by_one(B)])
    assert reader.made == [(ONE.name, 2)]
    with pytest.raises(FactError):
        fails(reader)


def test_nobody_who_handles_errors_takes_a_missing_answer_for_one() -> None:
    def forgiving(reader: Reader) -> str:
        try:
            return reader.read(ONE, A).stdout
        except Exception:  # noqa: BLE001 - that is what is tested
            return "no answer"

    reader = Rounds()
    with pytest.raises(NotSeenYet):
        forgiving(Ahead(reader, Habits()))
    look_ahead(reader, Habits(), [forgiving])
    assert forgiving(Ahead(reader, Habits())) == "/a"


def test_it_reads_nothing_by_itself_and_has_no_other_moment() -> None:
    reader = Rounds()
    ahead = Ahead(reader, Habits())
    for ask in (lambda: ahead.read(ONE, A), lambda: ahead.read_all([(ONE, A)]), ahead.moment):
        with pytest.raises(NotSeenYet):
            ask()
    assert reader.made == []
    assert ahead.missing == [(ONE, A)]


def test_what_was_worked_out_before_brings_what_it_rests_on_into_the_same_round_the_next_time() -> None:
    def shared(reader: Reader) -> object:
        return reader.once(("shared", ()), lambda: one_by_one(A, B)(reader))

    def fact(name: str, own: Read) -> Callable[[Ahead], object]:
        def look(ahead: Ahead) -> None:
            with ahead.known_as(name, ""):
                shared(ahead)
                ahead.read(ONE, own)

        return look

    habits, reader = Habits(), Rounds()
    look_ahead(reader, habits, [fact("first", A)])
    look_ahead(reader, habits, [fact("second", C)])
    later = Rounds()
    look_ahead(later, habits, [fact("second", C)])
    assert later.made == [(ONE.name, 3)]
