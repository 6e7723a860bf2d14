"""A link for tests is written once, and does as a real one does."""

import ast
from pathlib import Path

import pytest

from engine.errors import HostUnreachableError, LinkLostError
from engine.hosts.host import Host, Link, Once, Result, Settled
from tests.support import links
from tests.support.links import Begun, Between, ChangingLink, FakeLink, FakeLinks, said

TESTS = Path(__file__).parents[1]
HERE, CHANGE = Host("here.example"), Once("r1", "switch-on")


class Counting(ChangingLink):
    """Says how often it was changed."""

    def __init__(self, begun: Begun) -> None:
        super().__init__(HERE)
        self._begun = begun
        self.changes = 0

    @property
    def begun(self) -> Begun:
        return self._begun

    def run(self, argv: object, *, timeout: float) -> Result:
        self.changes += 1
        return said(("count",), f"{self.changes}\n")


def test_no_other_test_writes_a_link_of_its_own() -> None:
    own = [
        (path, node.name)
        for path in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(one, ast.FunctionDef) and one.name in {"settle", "forget"} for one in node.body)
    ]
    assert own == [(Path(links.__file__), "FakeLink"), (Path(links.__file__), "ChangingLink")]


def test_a_change_of_one_name_is_begun_once_whoever_asks_for_it() -> None:
    begun: Begun = {}
    first = Counting(begun)
    assert isinstance(first, Link)
    assert first.make(CHANGE, ("count",), timeout=1).stdout == "1\n"
    assert Counting(begun).make(CHANGE, ("count",), timeout=1).stdout == "1\n"
    assert first.settle(CHANGE, timeout=1) == Settled("ended", said(("count",), "1\n"))
    first.forget("r1", timeout=1)
    assert begun == {}


def test_what_was_asked_for_before_it_was_begun_never_is() -> None:
    link = Counting({})
    assert link.settle(CHANGE, timeout=1).state == "never"
    with pytest.raises(HostUnreachableError):
        link.make(CHANGE, ("count",), timeout=1)
    assert link.changes == 0


@pytest.mark.parametrize(("state", "code"), [("cut-short", "cut-short"), ("rebooted", "host-rebooted")])
def test_a_change_without_an_end_has_none_for_anybody(state: str, code: str) -> None:
    link = Counting({(HERE.name, CHANGE): Settled(state)})  # type: ignore[arg-type]
    with pytest.raises(LinkLostError) as caught:
        link.make(CHANGE, ("count",), timeout=1)
    assert caught.value.code == code


def test_a_host_that_can_only_be_looked_at_is_not_changed() -> None:
    with pytest.raises(AssertionError, match=HERE.name):
        FakeLink(HERE).make(CHANGE, ("count",), timeout=1)
    with pytest.raises(AssertionError, match=HERE.name):
        FakeLinks().to(HERE)


def test_who_stands_between_hears_what_is_looked_at_and_lets_changes_pass() -> None:
    there = Counting({})

    class There(FakeLinks):
        def to(self, host: Host) -> Link:
            return there

    heard = []

    def hear(host: Host, argv: tuple[str, ...], ask: object) -> Result:
        heard.append((host, argv))
        return said(argv, "a lie\n")

    link = Between(There(), hear).to(HERE)
    assert link.run(["cat", "/lamp"], timeout=1).stdout == "a lie\n"
    assert link.make(CHANGE, ("count",), timeout=1).stdout == "1\n"
    assert heard == [(HERE, ("cat", "/lamp"))]
