"""What vouches for a journal that is not ours: its anchors in the logs of hosts, and a signature."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.errors import HostError
from engine.journal.anchor import Anchor, read_anchors
from engine.journal.chain import walk
from engine.journal.events import Intent
from engine.journal.files import SUFFIX
from engine.journal.reader import Journal
from engine.journal.signature import check
from engine.journal.verify import verify_stream
from engine.knowledge import Site
from engine.operator.interface import Line, Style
from engine.report.reading import read_from
from engine.transport.interface import Host, Result
from engine.transport.reader import Reader
from engine.transport.reads import ANCHORS, Read, ReadForm, allow

TIMEOUT = 15.0
"""Seconds for each of the two looks at a host's logs."""
FILES = ("/var/log/auth.log", "/var/log/auth.log.1", "/var/log/syslog", "/var/log/messages")
"""Where anchors are without systemd's journal."""
SEARCH = ("grep", "-h", "-s", "-F", "-m", "5000", "-e")
allow([ReadForm((*SEARCH, re.compile(r"run=[A-Za-z0-9][A-Za-z0-9._-]{0,254} line=", re.ASCII), *FILES), exact=True)])


def vouching(journal: Journal, reader: Reader, site: Site, signers: Path | None) -> list[Line]:
    """What of its lines somebody else than the journal itself says, and what its signature is worth.

    Args:
        journal: of a run whose name was looked at.
        reader: to look into the logs of hosts.
        site: its hosts.
        signers: a file of allowed signers (ssh-keygen(1)); None where nobody said who may sign.

    Raises:
        JournalError: the file cannot be read any more.
        UsageError: there is a signature, and no ssh-keygen.
    """
    run = journal.run
    data = read_from(journal.path)
    if walk(io.BytesIO(data)).tip != journal.tip:
        return [Line(Style.BAD, "The file was changed while it was read.")]
    hosts = _hosts(journal, site)
    reads = {host: (Read(ANCHORS, TIMEOUT), in_files(run)) for host in hosts}
    answers = reader.read_all([(host, one) for host, some in reads.items() for one in some])
    by_root, by_anybody = [
        [one for host in hosts for one in _anchors(answers[host, reads[host][at]], host, run)] for at in (0, 1)
    ]
    signature = check(journal.path, signers)
    finding = verify_stream(io.BytesIO(data), Path(f"{run}{SUFFIX}"), [*by_root, *by_anybody])
    if finding.state == "broken":
        return [Line(Style.BAD, f"It is broken at line {finding.line}: {finding.why}.")]
    lines = [
        *_reach(by_root, len(journal.entries), Style.GOOD, "root's own entries in the log of"),
        *_reach(by_anybody, len(journal.entries), Style.UNSURE, "a file into which whoever logs in may log, on"),
    ]
    silent = [host.name for host in hosts if not isinstance(answers[host, reads[host][0]], Result)]
    if not lines:
        asked = ", ".join(host.name for host in hosts if host.name not in silent) or "no host"
        lines.append(Line(Style.UNSURE, f"No anchor of it was found on {asked}."))
    if silent:
        lines.append(Line(Style.UNSURE, f"The logs of {', '.join(silent)} could not be looked into."))
    style = {"good": Style.GOOD, "bad": Style.BAD}.get(signature.state, Style.UNSURE)
    lines.append(Line(style, f"Its signature is {signature.words}."))
    if not any(one.style is Style.GOOD for one in lines):
        words = "Nothing vouches for it: whoever made this file may have written into it whatever they liked."
        lines.append(Line(Style.WARNING, words))
    return lines


def _hosts(journal: Journal, site: Site) -> list[Host]:
    """Where its anchors would be: at the witnesses, and wherever it says that it changed something."""
    changed = {event.host for event in journal.events if isinstance(event, Intent)}
    hosts = [*site.witnesses, *(host for name, host in site.hosts.items() if name in changed)]
    return list(dict.fromkeys(hosts))


def in_files(run: str) -> Read:
    """What is said of a run in the files into which a host logs."""
    return Read((*SEARCH, f"run={run} line=", *FILES), TIMEOUT)


def _anchors(answer: Result | HostError, host: Host, run: str) -> list[Anchor]:
    if isinstance(answer, HostError):
        return []
    found = read_anchors(io.BytesIO(answer.stdout.encode("utf-8", "surrogateescape")), host.name)
    return [one for one in found if one.run == run]


def _reach(anchors: Sequence[Anchor], lines: int, style: Style, what: str) -> Iterable[Line]:
    """Up to which line they vouch; those that say something else were told before."""
    if anchors:
        last = max(one.tip.line for one in anchors)
        hosts = ", ".join(dict.fromkeys(one.source.split(",")[0] for one in anchors))
        yield Line(style, f"Up to line {last} of {lines} it is as it was when it was written, say {what} {hosts}.")
