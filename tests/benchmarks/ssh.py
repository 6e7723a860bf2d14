"""Reads and changes over real ssh, beside the same by OpenSSH, Ansible and pyinfra."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.hosts import Hosts, hosts
from tests.benchmarks.measuring import by_turns, clocked, process
from tests.benchmarks.programs import ROOT, env, python, rival
from tests.benchmarks.table import Goal, Row
from tests.benchmarks.twenty import CHANGE, READ, TWENTY, changes, reads

MANY = 10
LOOP = "`ssh` loop over ControlMaster"


def reading(_folder: Path, times: int) -> Iterator[Row]:
    """Each read waits for the answer to the last one."""
    with hosts(MANY) as there:
        links = there.login.links()
        try:
            for names, goal in ((there.names[:1], Goal(1.0)), (there.names, Goal(0.6))):
                words = f"{TWENTY} reads, one after another"
                words += f", of {MANY} hosts at the same time" if len(names) > 1 else ""
                open_before = partial(reads, links, names)
                seen = by_turns(
                    {
                        "ours": partial(clocked, open_before),
                        "loop": process(there.loops(names, READ), env(there.folder), there.folder),
                    },
                    times,
                )
                yield Row(f"{words}, connected before", seen["ours"], (LOOP, seen["loop"]), goal)
                seen = by_turns(
                    {
                        "ours": partial(clocked, partial(_connected, there, names)),
                        "loop": process(there.loops(names, READ, connecting=True), env(there.folder), there.folder),
                    },
                    times,
                )
                yield Row(f"{words}, with connecting", seen["ours"], (LOOP, seen["loop"]), goal)
        finally:
            links.close()


def _connected(there: Hosts, names: Sequence[str]) -> None:
    links = there.login.links()
    try:
        reads(links, names)
    finally:
        links.close()


def changing(_folder: Path, times: int) -> Iterator[Row]:
    """Supervised and journalled changes beside commands that are neither."""
    with hosts(1) as there:
        links, (host,) = there.login.links(), there.names
        try:
            seen = by_turns(
                {
                    "ours": partial(clocked, partial(changes, links, host, there.folder / "journals")),
                    "loop": process(there.loops([host], CHANGE), env(there.folder), there.folder),
                },
                times,
            )
        finally:
            links.close()
        yield Row(f"{TWENTY} changes, supervised and journalled", seen["ours"], (LOOP, seen["loop"]), Goal(1.5))


def changing_whole(_folder: Path, times: int) -> Iterator[Row]:
    """The same from the start of the process to its end, connecting included: Ansible and pyinfra are that."""
    with hosts(1) as there:
        seen = by_turns(
            {
                "ours": process(python("tests.benchmarks.twenty", there.login.as_text), env(there.folder), ROOT),
                "Ansible": process(*ansible(there)),
                "pyinfra": process(*pyinfra(there)),
            },
            times,
        )
    words = f"{TWENTY} changes, the whole process"
    yield Row(words, seen["ours"], ("Ansible's `command`", seen["Ansible"]), Goal(0.25))
    yield Row(words, seen["ours"], ("pyinfra's `server.shell`", seen["pyinfra"]))


def ansible(there: Hosts) -> tuple[list[str], dict[str, str], Path]:
    """A playbook as fast as Ansible can be made: one task that loops, pipelining, a connection that outlives the run,
    no facts, and no looking for a Python."""
    folder = there.folder
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.command": CHANGE[0], "loop": list(range(TWENTY))}],
    }
    (folder / "play.yml").write_text(json.dumps([play]))
    (folder / "inventory").write_text(f"{there.names[0]} ansible_python_interpreter={sys.executable}\n")
    more = {
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_SSH_ARGS": f"-F {there.login.ssh_config} -o ControlMaster=auto -o ControlPersist=60s",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
    }
    return [str(rival("ansible-playbook")), "-i", "inventory", "play.yml"], env(folder, **more), folder


def pyinfra(there: Hosts) -> tuple[list[str], dict[str, str], Path]:
    """A deploy of as many operations."""
    folder, server = there.folder, there.servers[0]
    data = {
        "ssh_hostname": server.address,
        "ssh_port": server.port,
        "ssh_user": getpass.getuser(),
        "ssh_key": str(server.key),
        "ssh_known_hosts_file": str(server.known_hosts),
    }
    (folder / "inventory.py").write_text(f"hosts = [({there.names[0]!r}, {data!r})]\n")
    (folder / "deploy.py").write_text(
        "from pyinfra.operations import server\n\n"
        f"for number in range({TWENTY}):\n"
        f"    server.shell(name=f'change {{number}}', commands=[{CHANGE[0]!r}])\n"
    )
    return [str(rival("pyinfra")), "-y", "inventory.py", "deploy.py"], env(folder), folder
