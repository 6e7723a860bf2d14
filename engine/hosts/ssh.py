"""Another host, over one ssh connection that is kept open."""

from __future__ import annotations

import contextlib
import select
import shlex
import time
from collections.abc import Sequence
from typing import Any, Literal

import paramiko

from engine.errors import NOTHING_CHANGED, HostUnreachableError, LinkLostError
from engine.hosts import command, sockets
from engine.hosts.batch import Batch, BatchStreams, typed
from engine.hosts.host import Host, Result
from engine.hosts.limits import Over, Patience, Streams, Watchdog
from engine.hosts.link import LOOKING, UNWATCHED, HostLink, Watch, over
from engine.hosts.reading_shell import LOOP, Shell, read_both
from engine.hosts.ssh_login import Dialled, dial
from engine.hosts.ssh_settings import TransportSettings
from engine.hosts.supervisor import KNOWN, Sent

QUIET = 1.0
"""Seconds without output after which a command that ended is done: a daemon it left may hold the pipe."""

IDLE = 2
"""How many shells are kept for the next look, and for the next change; sshd allows ten sessions."""

_LEAVES_NOTHING = frozenset({"logger"})
"""Programs that leave no process behind, which would print into what comes after them in the same shell."""
_CODES = frozenset(map(str, range(256)))
"""Exit codes as a shell says them."""
_MOST_TYPED = 8192
"""Bytes that a shell is told: it reads them one by one. More goes the way of any command."""

_AGAIN = 0.1
_TICK = 1.0


class SshLink(HostLink):
    """Commands on another host. Several may run at once, from several threads.

    Fabric makes the connection; commands go through paramiko's channels and not through fabric's `run`, which
    mirrors our standard input character by character, keeps all output however much it is, and does not tell
    a command that was never sent from one whose end was not seen.
    """

    def __init__(self, host: Host, dialled: Dialled, settings: TransportSettings) -> None:
        super().__init__(host, settings.state, settings.peer_timeout)
        self._dialled = dialled
        self._settings = settings
        self._cut = False
        self._shells: list[Shell] = []
        self._speaking: list[Shell] = []
        self._shells_work = True

    @classmethod
    def open(cls, host: Host, settings: TransportSettings) -> SshLink:
        """Log in.

        Raises:
            HostError, UsageError: see `dial`.
        """
        return cls(host, dial(host, settings), settings)

    @property
    def connection(self) -> Any:
        """The `fabric.Connection`."""
        return self._dialled.connection

    @property
    def alive(self) -> bool:
        transport = self.connection.transport
        return not self._cut and transport is not None and bool(transport.is_active())

    @property
    def looks_well(self) -> bool:
        return self._shells_work

    def close(self) -> None:
        self._dialled.close()

    def execute(self, argv: Sequence[str], *, timeout: float, sudo: bool, watch: Watch = UNWATCHED) -> Result:
        program = watch.name or argv[0]
        line = command.line(argv, search_path=self._settings.search_path, sudo=sudo)
        start = time.monotonic()
        channel = self._channel(timeout)
        streams = watch.streams()
        try:
            # Whoever says something now and then while it runs says that it has begun, too.
            patience = timeout if watch.silence is None else min(timeout, watch.silence)
            self._send(channel, line, program, start + patience)
            code = self._follow(channel, streams, Patience(start + timeout - time.monotonic()), watch)
            if not isinstance(code, int):
                raise self._given_up(code, program, streams, timeout)
            if code < 0:
                raise self._lost(program, streams)
        finally:
            sockets.hang_up(channel)
        return Result(tuple(argv), streams.out.text(), streams.err.text(), code, time.monotonic() - start)

    def look(self, sent: Batch) -> Result:
        try:
            return self._look(sent)
        except LinkLostError as error:
            # Any batch begins by saying its mark: whoever did not even say that is dialled anew the next time.
            if sent.mark not in error.stdout:
                self._hang_up()
            raise

    def _look(self, sent: Batch) -> Result:
        if not self._shells_work:
            return super().look(sent)
        start = time.monotonic()
        deadline = start + sent.timeout
        shell = self._shell(self._shells, LOOP, sent.timeout)
        streams = BatchStreams(sent, end=shell.end)
        try:
            why = shell.ask(typed(sent), streams, deadline - time.monotonic())
        except OSError:  # it ended while nobody looked
            why = "ended"
        if why is None:
            _keep(self._shells, shell)
            return Result(sent.argv, streams.out.text(), streams.err.text(), 0, time.monotonic() - start)
        # What it was at gets nobody to print to, and so an end.
        shell.close()
        if not self.alive:
            raise self._lost("sh", streams)
        if why == "ended":
            # What should be a shell is something else, or somebody ended it: never mind, there is another way.
            self._shells_work = False
            return super().look(sent)
        assert why != "silent"  # noqa: S101 - nobody said that it should not be
        raise self._given_up(why, "sh", streams, sent.timeout)

    def run(self, argv: Sequence[str], *, timeout: float) -> Result:
        if argv[0] not in _LEAVES_NOTHING:
            return super().run(argv, timeout=timeout)
        return self._say(argv, f"(exec {shlex.join(argv)})", timeout, LOOKING)

    def ask(self, sent: Sent, *, timeout: float, watch: Watch) -> Result:
        return self._say(sent.argv, sent.typed, timeout, watch)

    def _say(self, argv: Sequence[str], text: str, timeout: float, watch: Watch) -> Result:
        """Have a command executed that may be repeated, by a shell that is kept, if there is one."""
        # Where there is sudo, its log has each of them, and its rules are asked for each.
        if self._sudo or not self._shells_work or len(text.encode()) > _MOST_TYPED:
            return self.execute(argv, timeout=timeout, sudo=self._sudo, watch=watch)
        program = watch.name or argv[0]
        command.line(argv, search_path=self._settings.search_path, sudo=False)  # the same refusals
        start = time.monotonic()
        try:
            patience = timeout if watch.silence is None else min(timeout, watch.silence)
            shell = self._shell(self._speaking, f"{KNOWN}{LOOP}", patience)
        except LinkLostError as error:
            # What nobody knows the end of is a shell that was to be told it.
            raise HostUnreachableError(
                f"{self.host} was lost before {program} was sent.",
                why=error.why,
                changed=NOTHING_CHANGED,
                hint=sockets.hint(self.host.name),
            ) from error
        streams = watch.streams(end=shell.end)
        why: Over | Literal["ended", "silent"] | None = "ended"
        said = None
        try:
            with contextlib.suppress(OSError):  # it ended while nobody looked
                why = shell.ask(f"{text} </dev/null\nprintf '<%s>' \"$?\"", streams, timeout, watch)
            said = _said(streams.out.text()) if why is None else None
        finally:
            # What it was at gets nobody to print to; a change goes on.
            if said is None:
                shell.close()
        if said is not None:
            _keep(self._speaking, shell)
            printed, code = said
            return Result(tuple(argv), printed, streams.err.text(), code, time.monotonic() - start)
        if why == "silent":
            # Whatever is between us and it, such as a jump host, may well be alive: hang up, and dial anew.
            self._hang_up()
        elif why is not None and why != "ended":
            raise self._given_up(why, program, streams, timeout)
        # The channels of a connection end some moments before itself does.
        self.connection.transport.join(_AGAIN)
        if not self.alive:
            raise self._lost(program, streams)
        self._shells_work = False
        try:
            return self.execute(argv, timeout=timeout, sudo=False, watch=watch)
        except HostUnreachableError as error:
            # That one was not started; the one before may have been.
            raise self._lost(program, streams) from error

    def _shell(self, idle: list[Shell], program: str, timeout: float) -> Shell:
        """One that has nothing to do, or a new one."""
        with contextlib.suppress(IndexError):
            while True:
                shell = idle.pop()
                if shell.alive:
                    return shell
        words = command.words(("sh", "-c", program), search_path=self._settings.search_path, sudo=self._sudo)
        start = time.monotonic()
        channel = self._channel(timeout)
        self._send(channel, f"exec {shlex.join(words)}", "sh", start + timeout)
        return Shell(channel)

    def _give_up_shells(self) -> bool:
        """Make room where sshd allows hardly any session; whether there was something to give up."""
        had = [*self._shells, *self._speaking]
        self._shells, self._speaking = [], []
        for shell in had:
            shell.close()
        return bool(had)

    def _channel(self, timeout: float) -> Any:
        transport = self.connection.transport
        wait = min(timeout, self._settings.connect_timeout)
        with Watchdog(timeout, self._hang_up):
            try:
                if not self.alive:
                    raise EOFError("The connection has ended.")  # noqa: TRY301 - one place says what follows
                return self._session(transport, wait)
            except (paramiko.SSHException, OSError, EOFError) as error:
                # A host that does not even answer this will not answer the next either: dial again.
                if not isinstance(error, paramiko.ChannelException):
                    self._hang_up()
                raise HostUnreachableError(
                    f"{self.host} does not take another command.",
                    why=str(error) or type(error).__name__,
                    changed=NOTHING_CHANGED,
                    hint=sockets.hint(self.host.name),
                    code="command-refused" if isinstance(error, paramiko.ChannelException) else None,
                ) from error

    def _session(self, transport: Any, wait: float) -> Any:
        """A new channel; where sshd allows no more of them, shells without work make room."""
        deadline = time.monotonic() + wait
        made_room = False
        while True:
            try:
                return transport.open_session(timeout=wait)
            except paramiko.ChannelException:
                made_room = self._give_up_shells() or made_room
                if not made_room or time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN)  # sshd takes note of the end of a session some moments later

    def _send(self, channel: Any, line: str, program: str, deadline: float) -> None:
        # Paramiko waits for the answer to this without any limit.
        with Watchdog(deadline - time.monotonic(), self._hang_up) as dog:
            try:
                channel.exec_command(line)
            except (OSError, EOFError) as error:
                # It was written into a connection that had ended, which paramiko's own thread may not have seen yet.
                self._hang_up()
                raise self._lost(program, Streams()) from error
            except paramiko.SSHException as error:
                # Likewise: the channels of a connection are closed some moments before itself is.
                self.connection.transport.join(_AGAIN)
                if self.alive and not dog.expired:
                    raise HostUnreachableError(
                        f"{self.host} refused to start {program}.",
                        why=str(error),
                        changed=NOTHING_CHANGED,
                        hint=f"sshd on {self.host} may allow only one fixed command to this key or user.",
                        code="command-refused",
                    ) from error
                raise self._lost(program, Streams()) from error

    def _follow(self, channel: Any, streams: Streams, patience: Patience, watch: Watch) -> int | Over:
        """Read both streams to their end; the exit code, -1 when none came, or why they are not read to their end."""
        poll = select.poll()
        poll.register(channel.fileno(), select.POLLIN)
        quiet_since: float | None = None  # counts from its exit code, which may come before its last output
        heard_at = time.monotonic()
        while True:
            watch.tick()
            # Asked before reading: what came before the end is then read for sure.
            ended = channel.eof_received or channel.closed
            exited = channel.exit_status_ready()
            heard = read_both(channel, streams)
            now = time.monotonic()
            if heard:
                heard_at = now
            elif watch.silence is not None and now - heard_at > watch.silence:
                # Whatever is between us and it, such as a jump host, may well be alive: hang up, and dial anew.
                self._hang_up()
                return -1
            if heard or not exited:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = now
            if (ended and not heard) or (quiet_since is not None and now - quiet_since > QUIET):
                break
            left = max(patience.left(), 0.0)
            if not left and not exited:
                return "timed-out"
            if (why := streams.over) is not None:
                return why
            poll.poll(1000 * (0.1 if exited else min(_TICK, left)))
        if not channel.status_event.wait(max(patience.left(), 0.0)):
            return "timed-out"
        return int(channel.exit_status)

    def _given_up(self, code: Over, program: str, streams: Streams, timeout: float) -> LinkLostError:
        return self._unseen(over(code, program, self.host, timeout), "", streams, code)

    def _lost(self, program: str, streams: Streams) -> LinkLostError:
        self.connection.transport.join(0.5)  # its thread ends with the connection
        why = (
            "It ended without an exit code: a signal, or the end of its ssh session."
            if self.alive
            else "The connection was lost."
        )
        return self._unseen(f"Nobody saw how {program} on {self.host} ended.", why, streams, "link-lost")

    def _unseen(self, what: str, why: str, streams: Streams, code: str) -> LinkLostError:
        out, err = streams.out.text(), streams.err.text()
        last = (err or out).strip()[-500:]
        return LinkLostError(
            what,
            why=" ".join(filter(None, (why, f"Its last words: {last}" if last else ""))),
            changed=f"It may still be running on {self.host}.",
            hint="Look whether it still runs and what it did before anything else is tried.",
            code=code,
        ).printed(out, err)

    def _hang_up(self) -> None:
        # Only the socket: paramiko's own thread sees it and ends everything that waits, some moments later.
        self._cut = True
        transport = self.connection.transport
        if transport is not None:
            sockets.cut(transport.sock)


def _said(text: str) -> tuple[str, int] | None:
    """What a command printed that a kept shell executed, and its exit code; None where the shell did not say that."""
    printed, begun, code = text.removesuffix(">").rpartition("<")
    whole = begun and text.endswith(">") and code in _CODES
    return (printed, int(code)) if whole else None


def _keep(idle: list[Shell], shell: Shell) -> None:
    """For the next one."""
    if len(idle) < IDLE:
        idle.append(shell)
    else:
        shell.close()
