"""Whatever a host answers, the diagnosis ends in words."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.diagnosis.survey import READS
from engine.errors import HostError, HostUnreachableError, LinkLostError
from engine.hosts.host import Host, Link, Links, Result
from tests.checks.diagnosis.clinic import ONE, TWO, patient
from tests.support.links import Between, said

PROGRAMS = ("cat", "date", "getent", "grep", "ip", "ping", "ps")
WORDS = st.sampled_from(
    ["0: cs:", "ds:/", "/var/lib/ganeti/queue/job-1:{}", "ssconf_master_node:", "\x00", "[", "{}", "9"]
)
TEXT = st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=5))).map("\n".join))


def lying(links: Links, node: str, program: str, text: str, code: int) -> Links:
    """Links to a cluster of which one program, on one node, prints anything."""

    def hear(host: Host, argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        return said(argv, text, text, code) if (host.name, argv[0]) == (node, program) else ask()

    return Between(links, hear)


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
    found = patient(scenario).diagnosed(lambda links: lying(links, node, program, text, code))
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


class Failing(Between):
    """Links to a cluster of which one node fails in some way."""

    def __init__(self, links: Links, error: Exception) -> None:
        super().__init__(links, self._lost)
        self._error = error

    def to(self, host: Host) -> Link:
        if host.name == TWO and isinstance(self._error, HostError):
            raise self._error
        return super().to(host)

    def _lost(self, host: Host, _argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        if host.name == TWO:
            raise self._error
        return ask()


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
