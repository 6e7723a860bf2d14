"""`gnt-runbook audit`: whether journals are what was written, and signing them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.bounded_files import read_bytes
from engine.cli.errors import colour
from engine.errors import NOTHING_CHANGED, JournalError, UsageError
from engine.exits import EXIT_HELP, Exit
from engine.journal.anchor import Anchor, read_anchors
from engine.journal.events import RunEnded
from engine.journal.files import SUFFIX
from engine.journal.folder import RunsFolder
from engine.journal.line import FIRST, digest
from engine.journal.signature import Signature, check, relied_on, sign, signature_of
from engine.journal.succession import judged, with_those_before
from engine.journal.verify import ChainFinding, verify
from engine.operator.screen import harmless
from engine.settings import load_settings

FORMAT = 1
"""Of what `--json` prints: keys may be added; none is removed or changes its meaning without a new number."""

_COLOURS = {"intact": "green", "broken": "red", "unverified": "yellow"}


def register(app: typer.Typer) -> None:
    audit = typer.Typer(no_args_is_help=True, help="Verify and sign the journals of runs.", rich_markup_mode=None)
    ends = "0 all intact; 1 one is broken, or its signature bad; 3 one cannot be verified to its end"
    audit.command("verify", epilog=f"Exit codes: {ends}.")(verify_runs)
    audit.command("sign", epilog=EXIT_HELP)(sign_run)
    app.add_typer(audit, name="audit")


def verify_runs(
    runs: Annotated[list[str] | None, typer.Argument(metavar="[RUN]...", help="Default: all runs.")] = None,
    tip: Annotated[str, typer.Option("--tip", help="Hash that was on the screen at the end of the run.")] = "",
    anchors: Annotated[
        list[str] | None, typer.Option("--anchors", help="Lines of a syslog; - for standard input. May be repeated.")
    ] = None,
    allowed: Annotated[
        Path | None, typer.Option("--allowed-signers", help="Who may sign (ssh-keygen, ALLOWED SIGNERS).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say of each journal: intact, broken at a line, or not to be verified beyond a line; and why."""
    folder = RunsFolder(load_settings().runs_folder)
    tip = _tip(tip, runs or [])
    relied_on(allowed)
    known = _anchors(anchors or [])
    here = {path.stem: path for path in folder.files()}
    paths = [folder.file(run) for run in runs] if runs else list(here.values())
    found: list[tuple[ChainFinding, Signature]] = []
    for path in with_those_before(paths, here):
        signature = check(path, allowed)
        end = tip if path in paths else ""
        finding = verify(path, known.get(path.stem, ()), end, signed=signature.state == "good")
        found.append((judged(finding, here), signature))
    if not runs:
        found += [
            (_gone(folder, run, some), Signature("absent", "absent"))
            for run, some in known.items()
            if not (folder.path / f"{run}{SUFFIX}").exists()
        ]
    if as_json:
        typer.echo(json.dumps({"format": FORMAT, "runs": [_row(*one) for one in found]}, indent=2))
    else:
        _show(found, folder, asked=allowed is not None)
    raise typer.Exit(int(_exit(found, asked=allowed is not None)))


def _tip(text: str, runs: Sequence[str]) -> str:
    word = text.strip().lower()
    if text and (not re.fullmatch("[0-9a-f]{64}", word) or len(runs) != 1):
        raise UsageError(
            "--tip is the hash at the end of one run's journal: 64 digits, and the run it is of.",
            changed=NOTHING_CHANGED,
            hint="gnt-runbook audit verify RUN --tip HASH",
            code="tip-invalid",
        )
    return word


def _anchors(names: Sequence[str]) -> dict[str, list[Anchor]]:
    """All anchors in these files, by run."""
    known: dict[str, list[Anchor]] = {}
    for name in names:
        try:
            if name == "-":
                some = list(read_anchors(sys.stdin.buffer, "standard input"))
            else:
                with Path(name).open("rb") as stream:
                    some = list(read_anchors(stream, name))
        except OSError as error:
            raise UsageError(
                f"The anchors in {name} cannot be read.",
                why=error.strerror or str(error),
                changed=NOTHING_CHANGED,
                hint="Give a file of a syslog, or pipe one in: journalctl -t gnt-runbook | … --anchors -",
                code="anchors-unreadable",
            ) from error
        for one in some:
            known.setdefault(one.run, []).append(one)
    return known


def _gone(folder: RunsFolder, run: str, anchors: Sequence[Anchor]) -> ChainFinding:
    last = max(anchors, key=lambda one: one.tip.line)
    why = (
        f"there is no journal of it here, and an anchor ({last.source}) says that line {last.tip.line} was written: "
        "it was removed, or the run was made from another machine"
    )
    return ChainFinding(run, folder.path / f"{run}{SUFFIX}", "unverified", 0, why, 0, FIRST)


def _show(found: Sequence[tuple[ChainFinding, Signature]], folder: RunsFolder, *, asked: bool) -> None:
    if not found:
        typer.echo(harmless(f"There is no journal in {folder.path}: nothing was verified."))
    for finding, signature in found:
        typer.secho(harmless(finding.words), fg=_COLOURS[finding.state], color=colour())
        if asked or signature.state == "unchecked":
            typer.echo(harmless(f"    signature {signature.words}"))


def _row(finding: ChainFinding, signature: Signature) -> dict[str, Any]:
    return {
        "run": finding.run,
        "journal": str(finding.path),
        "state": finding.state,
        "line": finding.line,
        "why": finding.why,
        "lines": finding.lines,
        "tip": finding.tip,
        "signature": {"state": signature.state, "by": signature.by or None, "why": signature.words},
    }


def _exit(found: Sequence[tuple[ChainFinding, Signature]], *, asked: bool) -> Exit:
    if any(finding.state == "broken" or signature.state == "bad" for finding, signature in found):
        return Exit.STOPPED
    whole = all(finding.state == "intact" and (signature.state == "good" or not asked) for finding, signature in found)
    return Exit.DONE if found and whole else Exit.PRECONDITION


def sign_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run that has ended.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="ssh key; default: the agent's first, else your usual one.")
    ] = None,
) -> None:
    """Sign the journal of a run that has ended, with your own ssh key; the signature is kept beside it."""
    path = RunsFolder(load_settings().runs_folder).file(run)
    target = signature_of(path)
    if target.exists():
        raise UsageError(
            f"{target} is there already.",
            changed=NOTHING_CHANGED,
            hint="Move it away to sign again.",
            code="signature-exists",
        )
    finding = verify(path)
    data = read_bytes(path)
    last, rest = [b"", *data.split(b"\n")][-2:]
    if finding.state == "broken":
        raise JournalError(
            f"What is not whole is not signed: {path} is broken at line {finding.line}.",
            why=finding.why,
            changed=NOTHING_CHANGED,
            hint="gnt-runbook audit verify says more; docs/audit.md.",
            code="journal-damaged",
        )
    ended = f'"kind":"{RunEnded.kind}"'.encode() in last
    if rest or not ended or digest(last) != finding.tip:
        raise UsageError(
            f"The run {path.stem} has no end: it still goes on, or it was killed.",
            changed=NOTHING_CHANGED,
            hint="Only the journal of a run that has ended is signed. Keep the tip of this one another way.",
            code="run-not-ended",
        )
    signed = sign(data, key)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(signed)
        stream.flush()
        os.fsync(stream.fileno())
    typer.echo(harmless(f"Signed: {target}; line {finding.lines}, tip {finding.tip}"))
