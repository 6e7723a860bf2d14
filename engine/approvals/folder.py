"""The folder in which requests wait: for each run that waits a file with what is shown, and a socket to answer at."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import ownership
from engine.approvals.request import LARGEST, Request, read_request
from engine.errors import NOTHING_CHANGED, RefusedError, UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
"""Names of runs; anything else in the folder is not looked at."""


class ApprovalFolder:
    """Where requests wait. Who may enter it is up to its mode; it is made for its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def runs(self) -> list[str]:
        """The runs that wait, or waited when they were killed, in order.

        Raises:
            RefusedError: the folder cannot be used.
        """
        try:
            found = list(self.path.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(self.path, error.strerror or str(error)) from error
        return sorted(one.stem for one in found if one.suffix == ".json" and NAME.fullmatch(one.stem))

    def read(self, run: str) -> Request:
        """What a run asks.

        Raises:
            RefusedError: the folder cannot be used.
            UsageError: it does not wait, or what it asks cannot be read.
        """
        try:
            with self._opened() as folder:
                number = os.open(
                    f"{run}.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
                )
                with os.fdopen(number, "rb") as file:
                    regular = stat.S_ISREG(os.fstat(number).st_mode)
                    text = file.read(LARGEST + 1) if regular else b""
        except OSError as error:
            raise nobody_waits(run, error.strerror or str(error)) from error
        return read_request(text, run)

    def listen(self, request: Request) -> socket.socket:
        """Let a second person see the request, and answer it.

        Raises:
            RefusedError: the folder cannot be used.
        """
        server = socket.socket(socket.AF_UNIX)
        try:
            if not self.path.exists():
                ownership.make_folder(self.path)
            with self._opened() as folder:
                self._remove(folder, request.run)
                # It answers from the moment it can be seen; and a name in an open folder is short enough for a socket.
                server.bind(f"/proc/self/fd/{folder}/.{request.run}")
                os.chmod(f".{request.run}", 0o660, dir_fd=folder)
                server.listen(16)
                server.settimeout(0)
                os.rename(f".{request.run}", f"{request.run}.sock", src_dir_fd=folder, dst_dir_fd=folder)
                number = os.open(
                    f".{request.run}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640, dir_fd=folder
                )
                with os.fdopen(number, "wb") as file:
                    file.write(request.text)
                os.rename(f".{request.run}", f"{request.run}.json", src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            server.close()
            raise _unusable(self.path, error.strerror or str(error)) from error
        except BaseException:
            server.close()
            raise
        return server

    def connect(self, run: str) -> socket.socket:
        """Reach the run that waits.

        Raises:
            UsageError: it is not there any more.
        """
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(10)
        try:
            with self._opened() as folder:
                client.connect(f"/proc/self/fd/{folder}/{run}.sock")
        except ConnectionRefusedError as error:
            client.close()
            self.remove(run)
            raise nobody_waits(run, "the process that asked has died") from error
        except OSError as error:
            client.close()
            raise nobody_waits(run, error.strerror or str(error)) from error
        except BaseException:
            client.close()
            raise
        return client

    def remove(self, run: str) -> None:
        """Take a request away. Raises nothing: what is left answers nobody."""
        with contextlib.suppress(OSError, RefusedError), self._opened() as folder:
            self._remove(folder, run)

    @staticmethod
    def _remove(folder: int, run: str) -> None:
        for name in (f"{run}.json", f"{run}.sock", f".{run}"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(self.path, error.strerror or str(error)) from error
        try:
            # Whose it is does not matter: those of a group may share one, and who answers is asked of the kernel.
            if os.fstat(folder).st_mode & stat.S_IWOTH:
                raise _unusable(self.path, "everybody may write there")
            yield folder
        finally:
            os.close(folder)


def _unusable(path: Path, why: str) -> RefusedError:
    return RefusedError(
        f"The folder of approvals, {path}, cannot be used.",
        why=why,
        changed=NOTHING_CHANGED,
        hint="See to its owner and mode, or set `approvals` to another folder: docs/approvals.md.",
        code="approval-folder",
    )


def nobody_waits(run: str, why: str) -> UsageError:
    return UsageError(
        f"The run {run} does not wait for an approval.",
        why=why,
        changed=NOTHING_CHANGED,
        hint="gnt-runbook runs says how it ended. Be root on the machine it runs on, or see docs/approvals.md.",
        code="approval-gone",
    )
