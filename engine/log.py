"""The log for machines: JSON lines apart from what the operator reads and from the journal.

An event is a connection, some reads, a retry, or a line of the journal in short, with the run and the step it belongs
to. No recovery fails or waits for a log.
"""

from __future__ import annotations

import contextlib
import contextvars
import errno
import functools
import logging
import logging.handlers
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TextIO, TypeVar

from engine import ownership

SYSLOG = Path("/dev/log")
IDENT = "gnt-runbook-log"
"""What it is called in a syslog: not as anchors are, which are looked for by their name."""
_FILE_MODE = 0o600

P = ParamSpec("P")
T = TypeVar("T")


def configure(path: Path | None, syslog: Path | None = None) -> list[tuple[Path, OSError]]:
    """Send the log to a file and to a syslog, in place of where it went before.

    Args:
        path: the file; it may be moved away meanwhile, as logrotate does.
        syslog: the socket of a syslog or of journald.

    Returns:
        Why it does not go there, for each of them that cannot be had: given up, since no recovery should fail for it.
    """
    wanted: list[tuple[Path, Callable[[Path], logging.Handler]]] = []
    wanted += [(path, _to_file)] if path is not None else []
    wanted += [(syslog, _to_syslog)] if syslog is not None else []
    handlers: list[logging.Handler] = []
    failed = []
    for where, opened in wanted:
        try:
            handlers.append(opened(where))
        except OSError as error:
            failed.append((where, error))
    # A full disk under the log must not put a traceback on the screen.
    logging.raiseExceptions = False
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        with contextlib.suppress(OSError):  # what it still holds has no room
            old.close()
    for one in handlers or [logging.NullHandler()]:
        one.setFormatter(_Formatter())
        root.addHandler(one)
    root.setLevel(logging.INFO)
    # What the ssh library says of each packet's fate would drown everything else.
    logging.getLogger("paramiko").setLevel(logging.WARNING)
    return failed


def tell(event: str, /, **fields: Any) -> None:
    """Log an event. Raises nothing, whatever is the matter with the log or with what is to be logged."""
    with contextlib.suppress(Exception):
        if _heard():
            _events().logger().info(event, **fields)


def failed(event: str, /, **fields: Any) -> None:
    """Log the exception that is handled now, with its traceback. Raises nothing."""
    with contextlib.suppress(Exception):
        _events().logger().exception(event, **fields)


def bound(**fields: Any) -> contextlib.AbstractContextManager[None]:
    """What is logged meanwhile, in this thread, has these fields."""
    manager: contextlib.AbstractContextManager[None] = _events().bound(**fields)
    return manager


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """The function for another thread: what it logs there belongs to the run and the step it was handed over in."""
    context = contextvars.copy_context()

    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        # Of its own each time: several threads cannot be in one.
        return context.copy().run(function, *args, **kwargs)

    return inside


def where() -> str:
    """The file it goes to, nothing if there is none."""
    files = (one for one in logging.getLogger().handlers if isinstance(one, logging.FileHandler))
    return next((one.baseFilename for one in files), "")


def _heard() -> bool:
    """Whether anybody listens: to make an event that goes nowhere costs as much as one that is written."""
    root = logging.getLogger()
    return root.isEnabledFor(logging.INFO) and not all(isinstance(one, logging.NullHandler) for one in root.handlers)


class _Syslog(logging.handlers.SysLogHandler):
    """One that never waits: a syslog that does not read must not hold up a repair."""

    def _connect_unixsocket(self, address: str) -> None:
        # Here and not later: logging connects anew and sends again at once when a send has failed.
        super()._connect_unixsocket(address)  # type: ignore[misc]
        self.socket.settimeout(0)  # type: ignore[attr-defined]


class _File(logging.handlers.WatchedFileHandler):
    """A file of ours, also when it is begun anew: whoever moves it away must not lead the next one elsewhere."""

    def _open(self) -> TextIO:  # type: ignore[override]
        return open(self.baseFilename, "a", encoding="utf-8", opener=_own)


def _own(path: str, flags: int) -> int:
    # Never anybody else's to read, not even at first; a pipe is not waited for.
    try:
        number = os.open(path, flags | ownership.NOT_FOLLOWED, _FILE_MODE)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ownership.StrangerError(path, "it is a symbolic link") from error
        raise
    try:
        status = os.fstat(number)
        if stat.S_ISREG(status.st_mode):
            if why := ownership.stranger(status):
                raise ownership.StrangerError(path, why)  # noqa: TRY301
            os.fchmod(number, _FILE_MODE)
    except BaseException:
        os.close(number)
        raise
    return number


def _to_file(path: Path) -> logging.Handler:
    if not path.parent.exists():
        ownership.make_folder(path.parent)
    return _File(path, encoding="utf-8")


def _to_syslog(path: Path) -> logging.Handler:
    handler = _Syslog(str(path))
    handler.ident = f"{IDENT}: "
    return handler


class _Formatter(logging.Formatter):
    """Lines of JSON; what makes them is imported with the first one."""

    def format(self, record: logging.LogRecord) -> str:
        return str(_events().FORMATTER.format(record))


@functools.cache
def _events() -> ModuleType:
    # Importing structlog takes longer than most commands take for all that they do, and these log nothing.
    with _absent("rich"):
        from engine import log_events  # noqa: PLC0415

    return log_events


@contextlib.contextmanager
def _absent(module: str) -> Iterator[None]:
    """What is imported meanwhile does without a module that is there.

    structlog imports rich where it is installed, only to colour what it might print on a screen. Nothing of ours is
    printed by it, and the import takes a sixth of the start of a rehearsal.
    """
    modules: dict[str, Any] = sys.modules
    if module in modules:
        yield
        return
    # The way of the language to say that there is none (The import system, 5.3.1).
    modules[module] = None
    try:
        yield
    finally:
        del modules[module]
