"""Looking at nodes: what all facts share. Nothing is asked twice in one moment; the reader remembers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from checks.look.commands import cat
from checks.look.output import ParseError
from engine.english import listed
from engine.errors import FactError, HostError
from engine.hosts.host import Host, Result
from engine.hosts.reads import Read
from engine.knowledge import Context

Form = TypeVar("Form")
MISSING = "No such file or directory"


class UnknownNameError(FactError):
    """There is no node, instance or job of that name: a contradiction, not something that cannot be known."""

    code = "name-unknown"


def hosts(context: Context) -> tuple[Host, ...]:
    """All nodes, whether they answer or not."""
    return tuple(context.site.hosts.values())


def host(context: Context, name: str) -> Host:
    """The node of this full name, or of this first label if only one has it.

    Raises:
        UnknownNameError: none, or more than one.
    """
    full = complete(name, context.site.hosts)
    if full is None:
        raise UnknownNameError(
            f"There is no node {name!r} in the cluster {context.site.label}.",
            hint=f"Its nodes are: {listed(context.site.hosts)}.",
            code="node-unknown",
        )
    found: Host = context.site.hosts[full]
    return found


def complete(name: str, names: Iterable[str]) -> str | None:
    """The full name for a full name or an unambiguous first label, whatever the case of its letters."""
    wanted = name.strip().rstrip(".").lower()
    known = names if isinstance(names, Collection) else tuple(names)
    if wanted in known:
        return wanted
    for full in known:
        if full.lower() == wanted:
            return full
    matching = [full for full in known if full.lower().split(".")[0] == wanted]
    return matching[0] if len(matching) == 1 else None


def look(context: Context, where: Iterable[Host], *reads: Read) -> None:
    """Make these reads everywhere at the same time; asking for each answer afterwards costs nothing."""
    context.reader.read_all((one, what) for one in where for what in reads)


def answer(context: Context, where: Host, what: Read) -> Result | None:
    """What the host answered, or None if it cannot be used."""
    try:
        return context.reader.read(where, what)
    except HostError:
        return None


def understood(context: Context, where: Host, what: Read, parse: Callable[[str], Form]) -> Form | None:
    """What the host answered, in the form that it should have; None if it cannot be used, or says something else.

    A node that says what cannot be costs its own answer, and not those of the others (`nodes.not_believed` says so).
    """
    result = answer(context, where, what)
    try:
        return None if result is None else context.remember(parse, result.stdout)
    except ParseError:
        return None


def content(context: Context, where: Host, path: str) -> str | None:
    """The text of a file, or None where there is no such file.

    Raises:
        HostError: the host does not answer.
        FactError: the file is there and cannot be read.
    """
    result = context.reader.read(where, cat(path))
    if result.ok:
        return result.stdout
    if MISSING in result.stderr:
        return None
    reasons = result.stderr.strip().splitlines() or ["no reason was given"]
    raise FactError(f"{path} on {where} cannot be read.", why=reasons[-1])
