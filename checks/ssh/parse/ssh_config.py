"""root's ssh client configuration, as far as a port for each host goes (ssh_config(5)).

The first value that is found counts. So the entries made here go before every section, or, where the part before them
sets a port for all hosts, to the very top.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from checks.look.output import ParseError

SOURCE = "ssh's configuration"
BEGIN = "# gnt-runbook: the port of each node, for gnt-cluster upgrade, which calls ssh without one"
EVERYBODY = "Host *"
END = "# gnt-runbook: end of the ports"
SECTIONS = frozenset({"host", "match"})
EARLY = frozenset({"port", "include"})
"""Where one of these comes before all sections, it can set a port for every host."""


def parse_effective(text: str) -> Mapping[str, str]:
    """What `ssh -G` prints: one setting a line, the first of each.

    Raises:
        ParseError: a line without a value.
    """
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        key, space, value = line.strip().partition(" ")
        if not space and not key.islower():
            raise ParseError(SOURCE, "not a setting and its value", line=line)
        found.setdefault(key, value.strip())
    return found


def ports_set(text: str) -> Mapping[str, int]:
    """The entries that `with_ports` has made."""
    own, _rest = _split(text)
    found: dict[str, int] = {}
    name = ""
    for line in own:
        key, _, value = line.strip().partition(" ")
        if key == "Host":
            name = value
        elif key == "Port" and name and value.isascii() and value.isdecimal():
            found[name] = int(value)
    return found


def with_ports(text: str, ports: Mapping[str, int]) -> str:
    """The text with an entry for each of these hosts; entries made before are replaced, all else stays as it is."""
    _own, rest = _split(text)
    if not ports:
        return "".join(rest)
    entries = [line for name, port in sorted(ports.items()) for line in (f"Host {name}\n", f"    Port {port}\n")]
    # What follows stands for all hosts as it did before.
    block = [f"{BEGIN}\n", *entries, f"{EVERYBODY}\n", f"{END}\n"]
    first = next((at for at, line in enumerate(rest) if _keyword(line) in SECTIONS), None)
    at = len(rest) if first is None else first
    if any(_keyword(line) in EARLY for line in rest[:at]):
        return "".join([*block, *rest])
    while at and first is not None and rest[at - 1].lstrip().startswith("#"):
        at -= 1
    head = "".join(rest[:at])
    return "".join([head, "" if head.endswith("\n") or not head else "\n", *block, *rest[at:]])


def _split(text: str) -> tuple[Sequence[str], Sequence[str]]:
    """The lines between our marks, and all others."""
    own: list[str] = []
    rest: list[str] = []
    lines = re.findall(r"[^\n]+\n?|\n", text)
    inside = False
    for line in lines:
        bare = line.rstrip("\n")
        if bare == BEGIN:
            inside = True
        elif bare == END and inside:
            inside = False
        elif inside:
            own.append(line)
        else:
            rest.append(line)
    # Without the second mark nobody knows where our entries end; nothing is taken for ours then.
    return ([], [line for line in lines if line.rstrip("\n") != BEGIN]) if inside else (own, rest)


def _keyword(line: str) -> str:
    match = re.match(r"[ \t]*([A-Za-z]+)", line)
    return match[1].lower() if match else ""
