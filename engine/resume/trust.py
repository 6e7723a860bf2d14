"""Whose journal a run is gone on with or taken back by, and what vouches for one that is not ours."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.commands import to_type
from engine.english import pairs, when
from engine.errors import NOTHING_CHANGED, HostError, JournalError, StoppedError
from engine.hosts.host import Host, Result
from engine.hosts.reader import Reader
from engine.hosts.reads import ANCHORS, Read, ReadForm, allow
from engine.journal.anchor import Anchor, read_anchors
from engine.journal.chain import walk
from engine.journal.events import Answered, Intent
from engine.journal.files import SUFFIX
from engine.journal.folder import RunsFolder
from engine.journal.lenient import read_from
from engine.journal.reader import Journal
from engine.journal.signature import check
from engine.journal.verify import verify_stream
from engine.knowledge import Site
from engine.operator.interface import Line, Operator, Option, Question, Style
from engine.operator.words import Name
from engine.resume.past import Past
from engine.steps.questions import STOP

TIMEOUT = 15.0
"""Seconds for each of the two looks at a host's logs."""
FILES = ("/var/log/auth.log", "/var/log/auth.log.1", "/var/log/syslog", "/var/log/messages")
"""Where anchors are without systemd's journal."""
SEARCH = ("grep", "-a", "-h", "-s", "-F", "-m", "5000", "-e")
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


_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,199}")
"""Names of runs, as they may stand in a command and in an anchor."""


def strangers(journals: Sequence[Journal], folder: RunsFolder, machine: str) -> dict[Path, str]:
    """Those that are not the record of our own runs on this machine, each with why.

    Raises:
        JournalError: it calls its run what no run is called.
    """
    for one in journals:
        if not _RUN.fullmatch(one.run):
            raise JournalError(
                f"The journal {one.path} is not of a run of gnt-runbook.",
                why=f"no run is called {one.run!r}",
                changed=NOTHING_CHANGED,
                hint="Ask whoever gave it to you for the file as it was written.",
                code="journal-damaged",
            )
    return {one.path: why for one in journals if (why := _why_strange(one, folder, machine))}


def agreed(
    journals: Sequence[Journal],
    strange: Mapping[Path, str],
    taken: Sequence[Line],
    operator: Operator,
    reader: Reader,
    site: Site,
    signers: Path | None = None,
) -> list[Answered]:
    """Let the operator see whose journals these are, and agree to go by them; nothing is asked where all are ours.

    Args:
        journals: of the runs, oldest first.
        strange: those that are not ours, with why.
        taken: what would be taken from them.
        operator: who is asked.
        reader: to look for anchors; nothing that the journals say is read by it.
        site: the site that they are about.
        signers: who may sign.

    Returns:
        The answer, for the record.

    Raises:
        StoppedError: they do not agree.
    """
    if not strange:
        paths = ", ".join(str(one.path) for one in journals)
        operator.show(Line(Style.FAINT, f"By this machine's own record, which nobody else can have written: {paths}"))
        return []
    lines = [Line(Style.HEADING, "Whose journal this is")]
    for one in (one for one in journals if one.path in strange):
        lines += [*_whose(one, strange[one.path]), *vouching(one, reader, site, signers)]
    lines += taken
    operator.show(*lines)
    # It names what was looked at: an answer that was written down for one journal opens no other.
    tips = hashlib.sha256("".join(one.tip for one in journals).encode()).hexdigest()[:12]
    word = Name(f"{journals[-1].run}@{tips}", "journal")
    text = f"Nothing of this was done by you on this machine. Type {word} to go by it all the same."
    question = Question("journal", text, (Option("go", (word,), "go by this journal"), STOP), card=tuple(lines))
    answer = operator.ask(question)
    if answer.key == "stop":
        raise StoppedError(
            "You do not go by this journal.",
            changed=NOTHING_CHANGED,
            hint=f"{to_type('diagnose')} says what is wrong now, and which runbook repairs it without any journal.",
        )
    return [Answered(question.id, question.text, answer.key, answer.typed)]


def taken_by_resuming(past: Past) -> list[Line]:
    """What a run that goes on with others takes from their journals, without looking for itself."""
    started = past.started
    rows: dict[str, object] = {
        "runbook": started.runbook if started is not None else "",
        "parameters": started.parameters if started is not None else {},
        "steps that are not taken again": {key: one.state for key, one in past.ended.items()},
        "what was decided": {key: one.saved for key, one in past.ended.items() if one.saved},
        "facts that were read once": {key or "(the run)": facts for key, facts in past.kept.items() if facts},
        "items of loops": past.items,
        "changes whose hosts are asked": [f"{one.intent.key} on {one.intent.host}" for one in past.open],
    }
    return [Line(Style.TEXT, "What is taken from it, and not looked at again:"), *_rows(rows)]


def taken_by_undoing(journals: Sequence[Journal]) -> list[Line]:
    """What an undo takes from journals; each command is shown, and asked about, by itself."""
    words = "What is taken from it: each command that is made, its host, and what is looked at before and afterwards."
    runs = ", ".join(one.run for one in journals)
    return [Line(Style.TEXT, words), Line(Style.TEXT, f"Hosts are asked what became of changes of {runs}.")]


def _rows(rows: Mapping[str, object]) -> list[Line]:
    return [
        Line(Style.FILE, f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
        for name, value in rows.items()
        if value
    ]


def _whose(journal: Journal, why: str) -> list[Line]:
    started = journal.started
    if started is None:
        return [Line(Style.WARNING, f"{journal.path} does not say what was run; {why}")]
    who, begun = pairs(started.operator) or "nobody that it names", when(journal.entries[0].time)
    return [
        Line(Style.TEXT, f"{started.run}, on {started.site}, begun at {begun} by {who}: so it says itself."),
        Line(Style.WARNING, f"It is not this machine's own record: {journal.path}, {why}."),
    ]


def _why_strange(journal: Journal, folder: RunsFolder, machine: str) -> str:
    if journal.stranger:
        return journal.stranger
    if journal.path.resolve().parent != folder.path.resolve():
        return f"it is not among the journals of this machine's runs, {folder.path}"
    its = journal.started.operator.get("machine", machine) if journal.started is not None else machine
    return "" if its == machine else f"it was written on {its}"
