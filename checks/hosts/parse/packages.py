"""Installed Debian packages (`dpkg-query`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.look.output import rows

SOURCE = "dpkg-query"
LINE = re.compile(r"([a-z0-9][a-z0-9+.-]+) ([0-9][A-Za-z0-9.+~:-]*|) ([a-z-]+)", re.ASCII)
INSTALLED = "installed"


def parse_packages(text: str) -> Mapping[str, str]:
    """The versions of the packages that are wholly installed, by name.

    Args:
        text: of `dpkg-query --show` with the format `${Package} ${Version} ${db:Status-Status}`.

    Raises:
        ParseError: a line is of another form.
    """
    found = (match.groups() for match in rows(text, LINE, SOURCE, "not a package, its version and its state"))
    return {name: version for name, version, state in found if state == INSTALLED}


def upstream(version: str) -> str:
    """The version of the software in a package's: `3.0.2` of `3.0.2-3+deb12u1` (deb-version(7))."""
    return re.split(r"[-+~]", version.rpartition(":")[2])[0]
