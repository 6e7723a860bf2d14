"""Does anything answer where a node should be? Asked from here by ssh, and from every other node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checks.look.commands import DATE, connect, ping
from checks.look.nodes import hosts, look
from checks.paths import NODED_PORT, SSH_PORT
from engine.errors import HostDeclaredDeadError, HostError, HostUnreachableError
from engine.hosts.host import Host, Result
from engine.hosts.reads import Read
from engine.knowledge import Context, remembered

Answer = Literal["answered", "silent", "unclear", "not tried"]

REFUSED = "Connection refused"
CANNOT_RUN = frozenset({126, 127})
"""Exit codes of a command that is not there or may not be executed."""
PING_NO_ANSWER = 1


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt to reach a node.

    Attributes:
        what: where from, where to and how, and what came of it.
    """

    answer: Answer
    what: str


@remembered
def probes(context: Context, target: Host) -> tuple[Probe, ...]:
    """Try every address of a node from here and from every other node that answers.

    The other nodes are asked at the same time; a node that is off costs about half a minute.
    """
    own = _own_attempt(context, target)
    ways = _ways(target)
    others = [one for one in hosts(context) if one != target]
    look(context, others, DATE)
    able = [one for one in others if error_of(context, one) is None]
    look(context, able, *(what for _name, what in ways))
    found = [own]
    for one in others:
        if one not in able:
            found.append(Probe("not tried", f"from {one}: does not answer itself"))
            continue
        found.extend(_attempt(context, one, name, what) for name, what in ways)
    return tuple(found)


def _ways(target: Host) -> list[tuple[str, Read]]:
    ways = []
    for address in dict.fromkeys(target.addresses):
        ways.append((f"ping {address}", ping(address)))
        ways.extend(
            (f"TCP {address} port {port}", connect(address, port))
            for port in dict.fromkeys((target.port or SSH_PORT, NODED_PORT))
        )
    return ways


def error_of(context: Context, where: Host) -> HostError | None:
    try:
        context.reader.read(where, DATE)
    except HostError as error:
        return error
    return None


def _own_attempt(context: Context, target: Host) -> Probe:
    error = error_of(context, target)
    if error is None:
        return Probe("answered", f"from here: ssh to {target}: answered")
    if error.code == "host-silent":
        # It let us in, just now or a while ago, and then said nothing: a machine that hangs, or one that has died.
        return Probe("unclear", f"from here: ssh to {target}: {error}")
    if isinstance(error, HostDeclaredDeadError):
        return Probe("not tried", f"from here: ssh to {target}: {error.what}")
    if isinstance(error, HostUnreachableError):
        return Probe("silent", f"from here: ssh to {target}: {error}")
    # A host that has another key, another name or no sudo for us is there all the same.
    return Probe("answered", f"from here: ssh to {target}: something answered: {error}")


def _attempt(context: Context, origin: Host, name: str, what: Read) -> Probe:
    try:
        result = context.reader.read(origin, what)
    except HostError as error:
        return Probe("not tried", f"from {origin}: {name}: {error}")
    answer, text = _meaning(result)
    return Probe(answer, f"from {origin}: {name}: {text}")


def _meaning(result: Result) -> tuple[Answer, str]:
    if result.ok:
        return "answered", "answered"
    if REFUSED in result.stderr:
        # Only a running machine refuses: the port is closed, the machine is not off.
        return "answered", "refused, so something is running there"
    if result.exit_code in CANNOT_RUN:
        return "not tried", f"{result.argv[0]} cannot be executed there"
    if result.argv[0] == "ping" and result.exit_code != PING_NO_ANSWER:
        return "not tried", f"ping failed: {_last_line(result)}"
    return "silent", "no answer"


def _last_line(result: Result) -> str:
    lines = result.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {result.exit_code}"
