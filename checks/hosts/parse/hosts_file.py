"""/etc/hosts: which names stand beside which address (hosts(5)); changed name by name, all else stays byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.look.grammar import is_address, parse_address

SOURCE = "/etc/hosts"


@dataclass(frozen=True, slots=True)
class HostsLine:
    """One line.

    Attributes:
        text: as it stands in the file, without its newline.
        address: empty where the line is a comment, empty, or none that a resolver would use.
        names: as written, the canonical one first.
    """

    text: str
    address: str
    names: tuple[str, ...]

    def without(self, gone: Sequence[str]) -> HostsLine | None:
        """The line without these names, whatever the case of their letters; None if it names nothing then."""
        kept = tuple(name for name in self.names if name.lower() not in gone)
        if kept == self.names:
            return self
        if not kept:
            return None
        body, hash_, comment = self.text.partition("#")
        written = body.split()[0]
        return HostsLine(f"{written}\t{' '.join(kept)}{f' {hash_}{comment}' if hash_ else ''}", self.address, kept)


def parse_hosts(text: str) -> tuple[HostsLine, ...]:
    """The lines of /etc/hosts. A line that no resolver understands is one without an address, never an error."""
    return tuple(_line(line) for line in text.removesuffix("\n").split("\n")) if text else ()


def _line(text: str) -> HostsLine:
    words = text.partition("#")[0].split()
    first = words[0].partition("%")[0] if words[1:] else ""
    address = parse_address(first, SOURCE) if is_address(first) else ""
    return HostsLine(text, address, tuple(words[1:]) if address else ())


def with_names(text: str, wanted: Mapping[str, str]) -> str:
    """The file with each of these full names beside this address alone; the first labels go along.

    A line for another address loses the names, and goes if it had no other. A name that stands beside its address
    already is left there, and a new one gets a line at the end.
    """
    lines: list[HostsLine | None] = list(parse_hosts(text))
    for full, address in wanted.items():
        names = tuple(dict.fromkeys((full.lower(), full.lower().split(".")[0])))
        home = parse_address(address, SOURCE)
        lines = [line if line is None or line.address == home else line.without(names) for line in lines]
        if not any(line is not None and line.address == home and full.lower() in _lower(line) for line in lines):
            lines = [line.without(names) if line is not None else None for line in lines]
            lines.append(_line(f"{address}\t{' '.join(dict.fromkeys((full, full.split('.')[0])))}"))
    return "".join(f"{line.text}\n" for line in lines if line is not None)


def _lower(line: HostsLine) -> tuple[str, ...]:
    return tuple(name.lower() for name in line.names)
