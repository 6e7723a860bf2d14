"""The side of the second person: reaches the run that waits, sees what it asks, answers it."""

from __future__ import annotations

import contextlib
import json
import os
from types import TracebackType
from typing import Self

from engine.approvals.folder import ApprovalFolder, nobody_waits
from engine.approvals.petition import LONGEST, Identify, peer
from engine.errors import NOTHING_CHANGED, RefusedError
from engine.identity import Person, person_of, why_not_two
from engine.operator.interface import Answer


class Approver:
    """A connection to a run that waits.

    Attributes:
        request: what it asks.
        asker: the person who asks, as the kernel says of the process that waits.
    """

    def __init__(self, folder: ApprovalFolder, run: str, identify: Identify = person_of) -> None:
        """Reach the run.

        Raises:
            UsageError: it does not wait.
            RefusedError: this person may not answer, or it cannot be told who they are.
        """
        mine = identify(os.getpid())
        self._run = run
        self._connection = folder.connect(run)
        try:
            self.asker = _two_persons(mine, identify(peer(self._connection)[0]))
            self._be_welcome()
            self.request = folder.read(run)
        except BaseException:
            self._connection.close()
            raise

    def answer(self, answer: Answer) -> tuple[str, str]:
        """Hand in an answer: what has become of the request, and why.

        Raises:
            UsageError: the run does not wait any more.
        """
        said = {"typed": answer.typed, "reason": answer.reason, "shown": self.request.shown}
        # The run may have said why it waits no more, and closed its side; that is still to be read.
        with contextlib.suppress(OSError):
            self._connection.sendall(json.dumps(said).encode() + b"\n")
        return self._hear()

    def _be_welcome(self) -> None:
        state, why = self._hear()
        if state != "welcome":
            raise refused(why)

    def _hear(self) -> tuple[str, str]:
        said = b""
        try:
            while not said.endswith(b"\n") and len(said) <= LONGEST and (some := self._connection.recv(LONGEST)):
                said += some
            told = json.loads(said.partition(b"\n")[0])
            return str(told["state"]), str(told["why"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise nobody_waits(self._run, "it ended, or asks something else by now") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


def _two_persons(mine: Person | None, asker: Person | None) -> Person:
    if mine is None or asker is None:
        raise unknown("you are" if mine is None else "asks")
    if why := why_not_two(asker, mine):
        raise refused(why)
    return asker


def unknown(who: str) -> RefusedError:
    """It cannot be told who somebody is."""
    return RefusedError(
        f"It cannot be told who {who}.",
        why="the kernel keeps no login of a person's own behind the process, and no sshd or login above it tells one",
        changed=NOTHING_CHANGED,
        hint="Log in with your own account, and become root from there (sudo); outside tmux and screen where the "
        "kernel keeps no logins: docs/approvals.md.",
        code="person-unknown",
    )


def refused(why: str) -> RefusedError:
    """This person may not answer."""
    return RefusedError(
        "You cannot be the second person.",
        why=why,
        changed=NOTHING_CHANGED,
        hint="Somebody else has to answer, from a login of their own: docs/approvals.md.",
        code="approval-refused",
    )
