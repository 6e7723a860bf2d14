"""What was worked out in a moment is worked out once, and an error that is met again is as good as new."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import FactError
from engine.hosts.memory import Memory


def test_a_thing_is_worked_out_once() -> None:
    memory, done = Memory(), []
    assert [memory.once("a", lambda: done.append("a") or len(done)) for _ in range(3)] == [1, 1, 1]
    assert memory.once("b", lambda: None) is None
    assert memory.once("b", lambda: 1) is None


def test_an_error_is_remembered_and_is_each_time_as_good_as_new() -> None:
    memory, done = Memory(), []

    class OddError(FactError):
        def __init__(self, *, about: str) -> None:
            super().__init__(f"{about} is odd.", why="why", hint="hint", code="odd")
            self.about = about

    def fail() -> None:
        done.append(1)
        raise OddError(about="it") from ValueError("below")

    met: list[OddError] = []
    for _ in range(3):
        with pytest.raises(OddError) as caught:
            memory.once("a", fail)
        met.append(caught.value)
        # Whoever caught it may say more in it: nobody else hears of that.
        caught.value.why += "!"
    assert len(done) == 1
    assert len({id(one) for one in met}) == len(met)
    for one in met:
        assert (str(one), one.why, one.hint, one.about) == ("odd: it is odd. (why!)", "why!", "hint", "it")
        assert one.args == ("it is odd.",)
        assert isinstance(one.__cause__, ValueError)
        assert one.__traceback__ is not None
    frames = [len([*_frames(one)]) for one in met]
    assert frames[1] == frames[2]


def _frames(error: BaseException) -> list[object]:
    found, at = [], error.__traceback__
    while at is not None:
        found.append(at)
        at = at.tb_next
    return found


@pytest.mark.parametrize("way_out", [KeyboardInterrupt, ZeroDivisionError])
def test_what_was_interrupted_or_went_wrong_is_worked_out_again(way_out: type[BaseException]) -> None:
    memory = Memory()

    def leave() -> None:
        raise way_out

    with pytest.raises(way_out):
        memory.once("a", leave)
    assert memory.once("a", lambda: "whole") == "whole"


def test_threads_that_ask_at_the_same_time_have_one_outcome() -> None:
    memory, begun, go = Memory(), threading.Event(), threading.Event()
    done: list[int] = []

    def work() -> int:
        begun.set()
        go.wait(30)
        done.append(1)
        return len(done)

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(memory.once, "a", work)
        assert begun.wait(30)
        others = [pool.submit(memory.once, "a", work) for _ in range(3)]
        # Another question does not wait for it.
        assert memory.once("b", lambda: "b") == "b"
        go.set()
        assert [one.result(30) for one in (first, *others)] == [1, 1, 1, 1]


def test_work_may_ask_for_other_things() -> None:
    memory = Memory()
    assert memory.once("a", lambda: memory.once("b", lambda: 1) + memory.once("b", lambda: 2)) == 1 + 1
