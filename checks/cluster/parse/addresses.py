"""The IP addresses a node has, from `ip -o address show`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.look.grammar import parse_interface
from checks.look.output import rows

ADDRESS = re.compile(r"\d+: +(\S+) +inet6? +(\S+)(?: .*)?", re.ASCII)
OTHER = re.compile(r"\d+: +\S+(?! +inet6? +\S)(?: .*)?", re.ASCII)
SOURCE = "ip -o address show"


@dataclass(frozen=True, slots=True)
class Address:
    """One address on one interface."""

    interface: str
    address: str


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Read the IPv4 and IPv6 addresses; lines of other kinds, which old versions print as well, are left out.

    Raises:
        ParseError: a line is not of that command.
    """
    found = rows(text, ADDRESS, SOURCE, "not an address on an interface", passed_over=OTHER)
    return tuple(Address(match[1], parse_interface(match[2], SOURCE)) for match in found)
