"""Errors an operator can meet: each has a code, says what happened and why, what changed, and what to do next.

One place renders them (`engine.cli.errors`); no traceback ever reaches an operator.
"""

from __future__ import annotations

from typing import ClassVar

from engine.exits import Exit

NOTHING_CHANGED = "Nothing was changed."


class RunbookError(Exception):
    """Base of every error that is shown to an operator.

    Attributes:
        code: a short stable name such as `host-key-unknown`, to search the documentation for.
        exit: the exit status of a command that ends with this error.
        what: what happened, one sentence.
        why: the cause as far as it is known; may hold the words of the program that failed.
        changed: what was and what was not changed.
        hint: what to do next.
    """

    code: str = "error"
    exit: ClassVar[Exit] = Exit.STOPPED

    def __init__(self, what: str, *, why: str = "", changed: str = "", hint: str = "", code: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.changed = changed
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        """One line for logs and for the journal."""
        return f"{self.code}: {self.what}" + (f" ({self.why})" if self.why else "")


class UsageError(RunbookError):
    """The command line, the configuration or a file given to it is wrong."""

    code = "usage"
    exit = Exit.USAGE


class RefusedError(RunbookError):
    """The tool will not act under these circumstances."""

    code = "refused"
    exit = Exit.REFUSED


class FactError(RunbookError):
    """A fact could not be read, or contradicts what was asked (an unknown job, an unknown node)."""

    code = "fact-unreadable"
    exit = Exit.PRECONDITION


class PreconditionError(RunbookError):
    """One or more preconditions do not hold."""

    code = "precondition"
    exit = Exit.PRECONDITION


class StepError(RunbookError):
    """A step did not do what it should; the journal holds its output."""

    code = "step-failed"
    exit = Exit.STOPPED


class StoppedError(RunbookError):
    """The person, or what speaks for them, ended the run before the next change."""

    code = "stopped"
    exit = Exit.STOPPED


class OutcomeUnknownError(RunbookError):
    """A change was started and nobody saw how it ended."""

    code = "outcome-unknown"
    exit = Exit.UNKNOWN


class JournalError(RunbookError):
    """The journal cannot be written or read; no change is made without it."""

    code = "journal"
    exit = Exit.STOPPED


class HostError(RunbookError):
    """A host cannot be used. Raised before a command was sent there."""

    code = "host"
    exit = Exit.PRECONDITION


class HostUnreachableError(HostError):
    """No connection, or no answer within the time allowed."""

    code = "host-unreachable"


class PrintedTooMuchError(HostError):
    """A program on the host printed more than it may, and was not listened to any longer: the host is there."""

    code = "printed-too-much"


class HostDeclaredDeadError(HostUnreachableError):
    """The operator said that this host is dead: it was not tried, and waiting for it is no use."""

    code = "host-declared-dead"


class HostKeyError(HostError):
    """The host's key is unknown or is not the one we know; both fingerprints are in the message."""

    code = "host-key"
    exit = Exit.REFUSED


class HostIdentityError(HostError):
    """The host that answers calls itself by another name.

    Attributes:
        calls_itself: that name, where it is known.
    """

    code = "host-identity"
    exit = Exit.REFUSED
    calls_itself: str = ""


class SudoRefusedError(HostError):
    """We are not root on the host and `sudo -n` does not let us be."""

    code = "sudo-refused"
    exit = Exit.REFUSED


class LinkLostError(RunbookError):
    """The connection ended, or the time allowed ran out, after a command had been sent: its end was not seen.

    Attributes:
        stdout: what it had printed until then, as far as it is known; stderr: likewise.
    """

    code = "link-lost"
    exit = Exit.UNKNOWN
    stdout: str = ""
    stderr: str = ""

    def printed(self, stdout: str, stderr: str) -> LinkLostError:
        """The same error, with what the command had printed."""
        self.stdout, self.stderr = stdout, stderr
        return self


class DetachedError(LinkLostError):
    """The person does not wait for the end of a change, which goes on."""

    code = "detached"
