"""Whatever word a node says otherwise, no command is made of it, by no rule of the diagnosis and by no fact."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.diagnosis.diagnose import diagnose
from checks.pack import pack
from engine.errors import FactError, HostError
from engine.hosts.host import Host, Links, Result
from engine.knowledge import Context
from tests.checks.diagnosis.clinic import ONE, TWO, patient
from tests.hostile import HOSTILE
from tests.support.links import Between

SCENARIOS = ("master-failover.cut-off", "split-brain-cleanup", "stuck-job")
NAMED: dict[str, Any] = {
    "node": TWO,
    "instance": "inst1.lab.example",
    "job": 41,
    "by": TWO,
    "named": ONE,
    "instances": "all",
}
"""What facts are asked about; a parameter of another name, without a value of its own, has to be added here."""
WORD = re.compile(r'[^\s:,="\[\]{}]{2,}')
ADDRESSES = ("10.77.0.1", "10.78.0.2")
"""What other nodes are asked to reach."""
SAID = [text for text in HOSTILE if text and "\n" not in text]


class Saying(Between):
    """Links to a cluster of which some nodes say one word for another."""

    def __init__(self, links: Links, nodes: Sequence[str], word: str, other: str) -> None:
        super().__init__(links, self._said)
        self._nodes, self._word, self._other = nodes, word, other
        self.heard: set[str] = set()

    def _said(self, host: Host, _argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        result = ask()
        self.heard |= set(WORD.findall(result.stdout))
        if host.name not in self._nodes or not self._word:
            return result
        return replace(result, stdout=result.stdout.replace(self._word, self._other))


def asked(scenario: str, nodes: Sequence[str], word: str, other: str) -> tuple[set[str], set[str]]:
    """All words of all commands that a diagnosis and every fact send, and all words that were heard."""
    ill = patient(scenario)
    links: list[Saying] = []

    def wrap(real: Links) -> Saying:
        links.append(Saying(real, nodes, word, other))
        return links[-1]

    context = ill.context(wrap)
    assert not any("rule itself failed" in one.why for one in diagnose(context).unknown)
    for fact in pack.facts.values():
        _read(fact, context)
    return {one for _node, argv in ill.cluster.record for one in argv}, links[0].heard


def _read(fact: Any, context: Context) -> None:
    wanted = [one for one in inspect.signature(fact).parameters.values() if one.kind is one.KEYWORD_ONLY]
    with contextlib.suppress(FactError, HostError):
        fact(context, **{one.name: NAMED[one.name] for one in wanted if one.default is one.empty})


@cache
def honest(scenario: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """What is sent where nobody lies, and what is said there."""
    sent, heard = asked(scenario, (), "", "")
    return frozenset(sent), tuple(sorted(heard))


@settings(max_examples=12, deadline=None)
@given(
    scenario=st.sampled_from(SCENARIOS),
    nodes=st.sampled_from([(ONE,), (TWO,), (ONE, TWO)]),
    place=st.integers(0, 10**4),
    other=st.sampled_from(SAID),
)
@example(scenario=SCENARIOS[1], nodes=(ONE,), place=-1, other=SAID[0])
@example(scenario=SCENARIOS[1], nodes=(ONE,), place=-2, other=SAID[0])
def test_no_word_of_a_command_is_what_a_host_wants(
    scenario: str, nodes: tuple[str, ...], place: int, other: str
) -> None:
    sent, heard = honest(scenario)
    word = heard[place % len(heard)] if place >= 0 else ADDRESSES[place]
    assert word in heard
    now, _heard = asked(scenario, nodes, word, other)
    assert [one for one in now - sent if other in one] == []
