"""Whether one node reaches another one over the cluster's own networks."""

from __future__ import annotations

from dataclasses import dataclass

from checks.cluster.facts.present import answering
from checks.look.commands import connect, quick_ping
from checks.look.nodes import look
from checks.paths import NODED_PORT
from engine.errors import HostError
from engine.hosts.host import Host
from engine.knowledge import Context, remembered

WITNESSES = 3
"""How many nodes are asked about a silent one: enough to tell its fault from theirs."""
UNANSWERED = 1
REFUSED = "Connection refused"


@dataclass(frozen=True, slots=True)
class ReachAttempt:
    """One attempt: whether it was answered (None where it could not be made), and in words."""

    origin: str
    answered: bool | None
    line: str


@remembered
def heard(context: Context, target: Host) -> tuple[ReachAttempt, ...]:
    """What some of the other nodes hear of a node at each of its addresses."""
    witnesses = [one for one in answering(context) if one != target][:WITNESSES]
    pings = [(address, quick_ping(address)) for address in target.addresses]
    look(context, witnesses, *(what for _address, what in pings))
    return tuple(_ping(context, one, address) for one in witnesses for address, _what in pings)


def reached(context: Context, origins: tuple[Host, ...], address: str) -> tuple[ReachAttempt, ...]:
    """Whether these nodes reach an address of Ganeti's; a filter that only drops pings is no obstacle."""
    look(context, origins, quick_ping(address))
    first = tuple(_ping(context, one, address) for one in origins)
    again = [one for one, attempt in zip(origins, first, strict=True) if not attempt.answered]
    look(context, again, connect(address, NODED_PORT))
    return tuple(attempt if attempt.answered else _connect(context, one, address)
                 for one, attempt in zip(origins, first, strict=True))  # fmt: skip


def _ping(context: Context, origin: Host, address: str) -> ReachAttempt:
    try:
        code = context.reader.read(origin, quick_ping(address)).exit_code
    except HostError as error:
        return ReachAttempt(origin.name, None, f"{origin}: ping {address}: {error}")
    answered = True if code == 0 else False if code == UNANSWERED else None
    words = {True: "answered", False: "no answer", None: f"ping failed with exit code {code}"}
    return ReachAttempt(origin.name, answered, f"{origin}: ping {address}: {words[answered]}")


def _connect(context: Context, origin: Host, address: str) -> ReachAttempt:
    what = f"{origin}: ping and TCP port {NODED_PORT} of {address}"
    try:
        result = context.reader.read(origin, connect(address, NODED_PORT))
    except HostError as error:
        return ReachAttempt(origin.name, None, f"{what}: {error}")
    if result.ok or REFUSED in result.stderr:
        return ReachAttempt(origin.name, answered=True, line=f"{what}: answered")
    if result.exit_code in {126, 127}:
        return ReachAttempt(origin.name, None, f"{what}: no answer to the ping, and socat is not there to try the port")
    return ReachAttempt(origin.name, answered=False, line=f"{what}: no answer")
