"""Hosts that the operator knows to be dead: nothing is sent to them, and nothing waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.errors import NOTHING_CHANGED, HostDeclaredDeadError, UsageError
from engine.hosts.host import Host, Link, Links
from engine.nearest import did_you_mean


class WithoutTheDead:
    """Links that try no host which was declared dead.

    Args:
        links: reach all others.
        dead: names as they were typed, full or only their first label.

    Attributes:
        names: the same; their full names once `settle` has seen which hosts there are.
    """

    def __init__(self, links: Links, dead: Iterable[str]) -> None:
        self._links = links
        self.names: tuple[str, ...] = tuple(dict.fromkeys(one.strip().rstrip(".").lower() for one in dead))

    def to(self, host: Host) -> Link:
        """The link to this host.

        Raises:
            HostDeclaredDeadError: it is one of the dead; it was not tried.
            HostError: see `Links.to`.
        """
        if any(_may_be(host.name.lower(), name) for name in self.names):
            raise HostDeclaredDeadError(
                f"{host} was declared dead, and was not tried.",
                why="--dead",
                changed=NOTHING_CHANGED,
                hint=f"Leave --dead {host} out if it is alive.",
            )
        return self._links.to(host)

    def close(self) -> None:
        self._links.close()

    def settle(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """Take the names for those of hosts that there are.

        Returns:
            Their full names.

        Raises:
            UsageError: there is no such host, or there are several.
        """
        known = tuple(hosts)
        full = {one.lower(): _the_host(one, known) for one in self.names}
        self.names = tuple(dict.fromkeys(one.lower() for one in full.values()))
        return tuple(dict.fromkeys(full.values()))


def _may_be(host: str, name: str) -> bool:
    """Whether two names may be those of one host: one is the other's beginning, up to a dot."""
    return host == name or host.startswith(f"{name}.") or name.startswith(f"{host}.")


def _the_host(name: str, known: Sequence[str]) -> str:
    found = [one for one in known if one.lower() == name] or [one for one in known if one.lower().split(".")[0] == name]
    if len(found) == 1:
        return found[0]
    several = f" can be {' or '.join(found)}" if found else f" is no host here{did_you_mean(name, known)}"
    raise UsageError(
        f"--dead: {name}{several}.",
        changed=NOTHING_CHANGED,
        hint="Give the full name of the host that is dead.",
        code="dead-unknown",
    )
