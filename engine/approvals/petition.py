"""The side of the run: it waits at a socket, and believes of who answers only what the kernel says of them."""

from __future__ import annotations

import contextlib
import json
import pwd
import selectors
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from engine.approvals.folder import ApprovalFolder
from engine.approvals.request import Request
from engine.identity import Person, why_not_two
from engine.operator.interface import is_reason

LONGEST = 16 * 1024
"""Bytes of an answer."""
MOST = 64
"""Connections at the same time."""

Identify = Callable[[int], Person | None]
"""The person behind a process, by its number."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a second person has decided."""

    state: Literal["approved", "denied"]
    who: dict[str, str]
    reason: str


@dataclass(slots=True)
class _Visitor:
    """Somebody who is connected."""

    connection: socket.socket
    person: Person
    account: str
    said: bytearray = field(default_factory=bytearray)


class Petition:
    """A request that waits for its answer.

    Attributes:
        verdict: the answer so far; a denial takes the place of an approval, never the other way round.
    """

    def __init__(self, folder: ApprovalFolder, request: Request, asker: Person, identify: Identify) -> None:
        """Begin to wait.

        Raises:
            RefusedError: the folder cannot be used.
        """
        self.request = request
        self.verdict: Approval | None = None
        self._folder = folder
        self._asker = asker
        self._identify = identify
        self._server = folder.listen(request)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ, None)

    def attend(self, seconds: float, also: int | None = None) -> tuple[list[str], bool]:
        """Wait until something happens, and see to all of it.

        Args:
            seconds: at most so long.
            also: another descriptor to wait for.

        Returns:
            What happened, in sentences; and whether there is something to read at the other descriptor.
        """
        if also is not None and also not in self._selector.get_map():
            self._selector.register(also, selectors.EVENT_READ, "other")
        news: list[str] = []
        other = False
        for key, _events in self._selector.select(max(seconds, 0)):
            if key.data == "other":
                other = True
            elif key.data is None:
                news += self._welcome()
            else:
                news += self._hear(key.data)
        return news, other

    def drain(self) -> list[str]:
        """See to all that has arrived until now."""
        news: list[str] = []
        while any(key.data != "other" for key, _events in self._selector.select(0)):
            news += self.attend(0)[0]
        return news

    def close(self, why: str) -> None:
        """Wait no more; whoever is still connected is told why. Raises nothing."""
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, _Visitor):
                self._dismiss(key.data, "over", why)
        self._selector.close()
        self._server.close()
        self._folder.remove(self.request.run)

    def _welcome(self) -> list[str]:
        try:
            connection, _address = self._server.accept()
        except OSError:
            return []
        connection.settimeout(0)
        pid, uid = peer(connection)
        person = self._identify(pid)
        why = "it cannot be told who they are" if person is None else why_not_two(self._asker, person)
        if not why and len(self._selector.get_map()) > MOST:
            why = "too many are connected"
        if why or person is None:
            _say(connection, "refused", why)
            connection.close()
            return [f"Somebody (process {pid}) wanted to answer and was refused: {why}."]
        self._selector.register(connection, selectors.EVENT_READ, _Visitor(connection, person, _account(uid)))
        _say(connection, "welcome", "")
        return [f"{person.name} is looking at it."]

    def _hear(self, visitor: _Visitor) -> list[str]:
        try:
            some = visitor.connection.recv(LONGEST)
        except BlockingIOError:
            return []
        except OSError:
            some = b""
        visitor.said += some
        if not some or len(visitor.said) > LONGEST:
            self._dismiss(visitor, "over", "no answer was understood")
            return [f"{visitor.person.name} has left without an answer."]
        if not visitor.said.endswith(b"\n"):
            return []
        return self._decide(visitor)

    def _decide(self, visitor: _Visitor) -> list[str]:
        name = visitor.person.name
        try:
            said = json.loads(visitor.said)
            typed, reason, shown = str(said["typed"]), str(said["reason"]).strip(), str(said["shown"])
        except (ValueError, KeyError, TypeError, RecursionError):
            typed, reason, shown = "", "", ""
        option = self.request.asked.option_for(typed)
        if shown != self.request.shown:
            self._dismiss(visitor, "refused", "what you were shown is not what the run asks")
            return [f"{name} was shown something else; their answer does not count."]
        if option is None or option.key == "later" or not is_reason(reason):
            self._dismiss(visitor, "refused", "the answer was not understood, or has no reason")
            return [f"{name} has left without an answer."]
        who = {**visitor.person.known, "account": visitor.account}
        if option.key == "deny":
            self.verdict = Approval("denied", who, reason)
        elif self.verdict is None:
            self.verdict = Approval("approved", who, reason)
        self._dismiss(visitor, self.verdict.state, self.verdict.reason)
        return []

    def _dismiss(self, visitor: _Visitor, state: str, why: str) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(visitor.connection)
        _say(visitor.connection, state, why)
        visitor.connection.close()


def peer(connection: socket.socket) -> tuple[int, int]:
    """The process at the other end and its user, as the kernel says."""
    size = struct.calcsize("3i")
    pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid, uid


def _say(connection: socket.socket, state: str, why: str) -> None:
    # Short, so that it fits into what the kernel keeps; who does not listen has nothing to gain.
    with contextlib.suppress(OSError):
        connection.send(json.dumps({"state": state, "why": why[:LONGEST]}).encode() + b"\n")


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
