"""One node of four whose programs print without end, or hang: it costs its own answers, and the others nothing."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from paramiko.common import DEFAULT_WINDOW_SIZE

from engine.errors import HostError
from engine.hosts.host import Host, Result
from engine.hosts.pool import ConnectedLinks
from engine.hosts.reader import Reader
from engine.hosts.reads import LARGEST, Read, read
from engine.hosts.ssh_settings import TransportSettings
from engine.resume.trust import in_files
from tests.engine.cli.nodes import Nodes
from tests.engine.cli.program import Program
from tests.sshd import Sshd

WELL = ("node1.example", "node3.example", "node4.example")
SICK = "node2.example"
BLOCK = 65536
MOST = 2 * (LARGEST + 2 * DEFAULT_WINDOW_SIZE)
"""Bytes that the program gets rid of in one diagnosis: it is looked at twice, and each time some are under way when
the limit is passed: a channel's window full of them, and what the pipes, sockets and sshd of the machine hold."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with Sshd(tmp_path_factory.mktemp("nodes")) as sshd:
        some = Nodes(sshd)
        for name in (*WELL, SICK):
            some.node(name, "one", others=[one for one in (*WELL, SICK) if one != name])
        yield some


def diagnosed(program: Program, nodes: Nodes) -> dict[str, Any]:
    program.write("ssh_config", "".join(nodes.block(one) for one in (*WELL, SICK)))
    program.env["GNT_RUNBOOK_CONNECT_TIMEOUT"] = "20"
    ended = program("diagnose", "--json", "-F", "ssh_config", "--host", WELL[0])
    assert ended.code in {0, 1}, ended.err
    found = json.loads(ended.out)
    assert set(WELL) <= set(found["answered"])
    assert not set(WELL) & set(found["silent"])
    assert not [one for one in found["unknown"] if any(name in one["question"] + one["why"] for name in WELL[1:])]
    return dict(found)


@pytest.mark.parametrize("sick", ["ps", "ip", "cat", "uname", "date", "ls", "getent", "lvs"])
def test_a_program_that_prints_without_end_is_ended_at_its_limit(program: Program, nodes: Nodes, sick: str) -> None:
    count = nodes.folder / f"printed-{sick}"
    path = nodes.folder / SICK / sick
    before = path.read_text() if path.exists() else None
    nodes.program(
        f"{SICK}/{sick}", f"#!/bin/sh\nwhile printf x >>{count}; do printf %0{BLOCK}d 0 || exit 1; done 2>/dev/null\n"
    )
    try:
        found = diagnosed(program, nodes)
    finally:
        path.unlink() if before is None else nodes.program(f"{SICK}/{sick}", before)
    assert BLOCK * len(count.read_text()) < MOST
    assert SICK in (found["answered"] if sick not in {"uname", "date"} else found["silent"])
    said = json.dumps(found)
    assert "printed more than" in said or "longer than any name" in said


def test_a_program_that_hangs_is_started_a_second_time_and_no_more(program: Program, nodes: Nodes) -> None:
    begun, fifo = nodes.folder / "begun", nodes.folder / "fifo"
    os.mkfifo(fifo)
    before = (nodes.folder / SICK / "grep").read_text()
    nodes.program(f"{SICK}/grep", f"#!/bin/sh\necho x >>{begun}\nread x <{fifo}\n")
    config = program.write("ssh_config", "".join(nodes.block(one) for one in (*WELL, SICK)))
    links = ConnectedLinks(TransportSettings(ssh_config=config, connect_timeout=20))
    looks = [read("date", "+%s"), *(Read(in_files(str(number)).argv, 0.5) for number in range(6)), read("id", "-u")]
    try:
        reader = Reader(links)
        answers = reader.read_all((Host(name), one) for name in (*WELL, SICK) for one in looks)
        told = {name: [answers[Host(name), one] for one in looks] for name in (*WELL, SICK)}
        again = reader.moment()
        with pytest.raises(HostError):
            again.read(Host(SICK), looks[1])
        # What hung is asked last from now on: all else is heard first.
        assert again.read(Host(SICK), looks[0]).ok
    finally:
        links.close()
        nodes.program(f"{SICK}/grep", before)
        fifo.write_text("end\n" * 9)
    for name in WELL:
        assert all(isinstance(one, Result) for one in told[name])
    assert [isinstance(one, Result) for one in told[SICK]] == [True, *[False] * 6, True]
    assert {one.code for one in told[SICK] if isinstance(one, HostError)} == {"host-silent"}
    assert len(begun.read_text().splitlines()) == 3
