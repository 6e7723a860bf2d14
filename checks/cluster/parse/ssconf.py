"""The ssconf files: what every node knows of its cluster without any daemon (src/Ganeti/WConfd/Ssconf.hs)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from checks.look.grammar import HOST, parse_address, parse_port
from checks.look.output import ParseError, split_files
from checks.paths import SSCONF_PREFIX

SOURCE = "ssconf"
MOST = 2000
"""Lines of one of them: nodes, which are all logged in to. Ganeti is made for some hundreds."""


@dataclass(frozen=True, slots=True)
class Ssconf:
    """One node's ssconf files.

    Attributes:
        master: full name of the node it takes for the master.
        ssh_ports: by node; empty where the cluster is too old to have the file.
    """

    cluster: str
    release: str
    master: str
    master_ip: str
    nodes: tuple[str, ...]
    candidates: tuple[str, ...]
    offline: tuple[str, ...]
    primary_ips: Mapping[str, str]
    secondary_ips: Mapping[str, str]
    ssh_ports: Mapping[str, int]


@lru_cache(maxsize=64)
def parse_ssconf(text: str) -> Ssconf:
    """Read all ssconf files from one `grep -r -H "" /var/lib/ganeti --include=ssconf_*`.

    Raises:
        ParseError: a file that every version writes is missing, or a line is not of its form.
    """
    files = split_files(text, SSCONF_PREFIX)
    return Ssconf(
        cluster=HOST.parse(_one(files, "cluster_name"), SOURCE),
        release=_one(files, "release_version"),
        master=HOST.parse(_one(files, "master_node"), SOURCE),
        master_ip=parse_address(_one(files, "master_ip"), SOURCE),
        nodes=tuple(HOST.parse(line, SOURCE) for line in _lines(files, "node_list", needed=True)),
        candidates=tuple(HOST.parse(line, SOURCE) for line in _lines(files, "master_candidates", needed=True)),
        offline=tuple(HOST.parse(line, SOURCE) for line in _lines(files, "offline_nodes")),
        primary_ips=_addresses(files, "node_primary_ips"),
        secondary_ips=_addresses(files, "node_secondary_ips"),
        ssh_ports=_ports(files),
    )


def _lines(files: Mapping[str, str], key: str, *, needed: bool = False) -> list[str]:
    # An empty file has no line to print, so that it cannot be told from a missing one.
    lines = [line for line in files.get(key, "").split("\n") if line]
    if len(lines) > MOST:
        raise ParseError(SOURCE, f"ssconf_{key} has more than {MOST} lines")
    if needed and not lines:
        raise ParseError(SOURCE, f"ssconf_{key} is missing or empty")
    return lines


def _one(files: Mapping[str, str], key: str) -> str:
    lines = _lines(files, key, needed=True)
    if len(lines) > 1:
        raise ParseError(SOURCE, f"ssconf_{key} has more than one line", line=lines[1])
    return lines[0]


def _addresses(files: Mapping[str, str], key: str) -> Mapping[str, str]:
    found = {}
    for line in _lines(files, key):
        name, space, address = line.partition(" ")
        if not space:
            raise ParseError(SOURCE, f"ssconf_{key}: not a name and an address", line=line)
        found[HOST.parse(name, SOURCE)] = parse_address(address, SOURCE)
    return found


def _ports(files: Mapping[str, str]) -> Mapping[str, int]:
    found = {}
    for line in _lines(files, "ssh_ports"):
        name, equals, port = line.partition("=")
        if not equals:
            raise ParseError(SOURCE, "ssconf_ssh_ports: not a name and a port", line=line)
        found[HOST.parse(name, SOURCE)] = parse_port(port, SOURCE)
    return found
