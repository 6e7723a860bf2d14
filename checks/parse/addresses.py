"""The IP addresses a node has, from `ip -o address show`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_interface

from checks.parse.errors import ParseError

ADDRESS = re.compile(r"\d+: +(\S+) +inet6? +(\S+)(?: .*)?", re.ASCII)
OTHER = re.compile(r"\d+: +\S+(?: .*)?", re.ASCII)


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
    found = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = ADDRESS.fullmatch(line)
        if match is None:
            if OTHER.fullmatch(line):
                continue
            raise ParseError("ip -o address show", "not an address on an interface", line=line)
        try:
            address = str(ip_interface(match[2]).ip)
        except ValueError as error:
            raise ParseError("ip -o address show", "not an IP address", line=line) from error
        found.append(Address(match[1], address))
    return tuple(found)
