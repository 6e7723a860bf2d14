"""What a change was and what became of it, as the journal holds it and as a person is told."""

from __future__ import annotations

from engine.hosts import host as hosts_host
from engine.hosts.command import shown
from engine.hosts.host import Once, Result
from engine.journal.events import Intent, Outcome, SettledLater
from engine.redaction.redactor import REDACTOR

KEPT = 64 * 1024
"""Characters of a command's output that the journal keeps of each stream: the first and the last half of these."""

BECAME = {
    "ended": "It has ended.",
    "never": "It was not begun, and never will be.",
    "cut-short": "It was begun; its processes are gone and left no exit code.",
    "rebooted": "It was begun, and the host was started anew before it ended.",
    "unknown": "Its host was not asked; the step is looked at as it is.",
}
"""What became of a change that nobody saw the end of, by what its host says."""


def intent_in_words(intent: Intent) -> str:
    """What a change does, one sentence."""
    if "file" in intent.action:
        return f"The file is {intent.action['file']}; its backup would be {intent.action['backup']}."
    return f"The command is: {shown([str(word) for word in intent.action['argv']])}"


def outcome_of(key: str, result: Result) -> Outcome:
    """How a change ended that was seen to its end."""
    # Before it is cut: half a secret would not be known any more.
    out, err = REDACTOR.text(result.stdout, result.argv), REDACTOR.text(result.stderr)
    return Outcome(
        key=key,
        state="done" if result.ok else "failed",
        exit_code=result.exit_code,
        seconds=result.seconds,
        stdout=_kept(out),
        stderr=_kept(err),
    )


def settled_of(once: Once, step: str, host: str, seen: hosts_host.Settled, argv: tuple[str, ...] = ()) -> SettledLater:
    """What a host says became of a change that does not go on any more."""
    about = (once.run, once.key, step, host)
    if seen.state == "running":
        raise AssertionError
    result = seen.result
    if result is None:
        return SettledLater(*about, seen.state, why=BECAME[seen.state])
    return SettledLater(
        *about,
        seen.state,
        exit_code=result.exit_code if seen.state == "ended" else None,
        seconds=result.seconds,
        stdout=_kept(REDACTOR.text(result.stdout, argv)),
        stderr=_kept(REDACTOR.text(result.stderr)),
        why="" if seen.state == "ended" else BECAME[seen.state],
    )


def _kept(text: str) -> str:
    """As much of an output as the journal keeps."""
    if len(text) <= KEPT:
        return text
    cut = len(text) - KEPT
    return f"{text[: KEPT // 2]}\n[… {cut} characters are not kept …]\n{text[-KEPT // 2 :]}"
