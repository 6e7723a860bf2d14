"""Whatever a host answers, the diagnosis ends in words."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.diagnosis.survey import READS
from engine.errors import HostError, HostUnreachableError, LinkLostError
from engine.transport.interface import Host, Links, Result
from tests.checks.diagnosis.clinic import ONE, TWO, patient

PROGRAMS = ("cat", "date", "getent", "grep", "ip", "ping", "ps")
WORDS = st.sampled_from(
    ["0: cs:", "ds:/", "/var/lib/ganeti/queue/job-1:{}", "ssconf_master_node:", "\x00", "[", "{}", "9"]
)
TEXT = st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=5))).map("\n".join))


class Lying:
    """Links to a cluster of which one program, on one node, prints anything."""

    def __init__(self, links: Links, node: str, program: str, text: str, code: int) -> None:
        self._links, self._node, self._program, self._text, self._code = links, node, program, text, code

    def to(self, host: Host) -> object:
        link = self._links.to(host)
        real = link.run

        def run(argv: Sequence[str], *, timeout: float) -> Result:
            if host.name == self._node and argv[0] == self._program:
                return Result(tuple(argv), self._text, self._text, self._code, 0.1)
            return real(argv, timeout=timeout)

        link.run = run
        return link

    def close(self) -> None: ...


@settings(max_examples=60, deadline=None)
@given(
    scenario=st.sampled_from(["healthy", "stuck-job.orphan", "master-failover-return"]),
    node=st.sampled_from([ONE, TWO]),
    program=st.sampled_from(PROGRAMS),
    text=TEXT,
    code=st.sampled_from([0, 1, 2]),
)
def test_any_output_becomes_a_finding_or_a_question(
    scenario: str, node: str, program: str, text: str, code: int
) -> None:
    found = patient(scenario).diagnosed(lambda links: Lying(links, node, program, text, code))
    assert not any("rule itself failed" in one.why for one in found.unknown)


FILES = (
    "config.data", "ssconf_master_node", "ssconf_node_list", "ssconf_offline_nodes", "ssconf_release_version",
    "locks.data", "watcher.pause", "ganeti_pub_keys", "queue/job-7",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    node=st.sampled_from([ONE, TWO]),
    path=st.sampled_from([f"/var/lib/ganeti/{name}" for name in FILES] + ["/etc/default/ganeti", "/etc/hosts"]),
    text=TEXT,
)
def test_any_file_becomes_a_finding_or_a_question(node: str, path: str, text: str) -> None:
    ill = patient("stuck-job")
    context = ill.context()
    ill.writes(node, path, text)
    found = ill.diagnosed_in(context)
    assert not any("rule itself failed" in one.why for one in found.unknown)


@pytest.mark.parametrize("path", [f"/var/lib/ganeti/{name}" for name in ("config.data", "locks.data", "watcher.pause")])
def test_an_unreadable_file_is_never_all_well(path: str) -> None:
    ill = patient("healthy")
    context = ill.context()
    found = ill.writes(ONE, path, "[nonsense").diagnosed_in(context)
    assert found.unknown or found.findings
    assert not found.all_well


class Failing:
    """Links to a cluster of which one node fails in some way."""

    def __init__(self, links: Links, error: Exception) -> None:
        self._links, self._error = links, error

    def to(self, host: Host) -> object:
        if host.name == TWO and isinstance(self._error, HostError):
            raise self._error
        link = self._links.to(host)
        if host.name == TWO:
            link.run = self._lost
        return link

    def _lost(self, argv: Sequence[str], *, timeout: float) -> Result:
        raise self._error

    def close(self) -> None: ...


ERRORS = {
    "silent": HostUnreachableError("no answer"),
    "stranger": HostError("another key", code="host-key"),
    "hangs": LinkLostError("no answer within 30 s"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_node_that_cannot_be_looked_at_is_said(kind: str) -> None:
    found = patient("healthy").diagnosed(lambda links: Failing(links, ERRORS[kind]))
    assert found.silent == (TWO,)
    assert any(one.question == f"everything on {TWO}" for one in found.unknown)
    assert any(one.code == "node-silent" for one in found.findings) == (kind != "stranger")


def test_the_survey_names_each_read_once() -> None:
    assert len(set(READS)) == len(READS)
