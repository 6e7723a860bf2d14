"""A capture as a file: a gzipped tar archive of a manifest and one line of JSON for each answer.

The same capture always makes the same bytes. Nothing of an archive is ever unpacked to disk; what it says is data, and
only answers questions that this program asks by itself.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import IO, Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine import errors
from engine.capture.model import Capture, CapturedRead, in_order
from engine.errors import NOTHING_CHANGED, HostError, RefusedError, UsageError
from engine.hosts.host import Host, Result

FORMAT = 1
"""Of the archive; a newer one is refused."""
MANIFEST, ANSWERS = "manifest.json", "answers.jsonl"
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_CONTENT = 512 * 1024 * 1024
"""Bytes of all that is in an archive: a small file can unfold into more than any memory holds."""
LARGEST_MANIFEST = 1024 * 1024
LONGEST_LINE = 128 * 1024 * 1024
"""Bytes of one answer, as JSON writes it."""
MOST_LINES = 500_000
"""Answers of a thousand nodes, of a hundred looks at each of them, and as many empty lines."""
MOST_MEMBERS = 100
LARGEST_HEADER = 64 * 1024
"""Bytes of what an archive says of a member beyond its header."""
MODE = 0o600
_PIECE = 1024 * 1024
_ERRORS = {one.__name__: one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, HostError)}


class CaptureError(UsageError):
    """The file given to --from is no capture that can be used."""

    code = "capture-invalid"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Host(_Part):
    name: Annotated[str, Field(min_length=1, max_length=255)]
    addresses: Annotated[list[str], Field(max_length=100)] = []
    port: Annotated[int, Field(ge=1, le=65535)] | None = None

    def host(self) -> Host:
        return Host(self.name, tuple(self.addresses), self.port)


class _Manifest(_Part):
    format: int
    made_by: str
    taken: Annotated[AwareDatetime, Field(strict=False)]
    site: str
    entries: Annotated[list[_Host], Field(min_length=1, max_length=10_000)]


class _Answer(_Part):
    kind: Literal["result"]
    stdout: str
    stderr: str
    exit_code: int


class _Failure(_Part):
    kind: Literal["error"]
    error: str
    code: str
    what: str
    why: str = ""
    hint: str = ""
    calls_itself: str = ""


class _Line(_Part):
    host: _Host
    argv: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    answer: Annotated[_Answer | _Failure, Field(discriminator="kind")]


_LINE = TypeAdapter(_Line)


def dump(capture: Capture) -> bytes:
    """The bytes of an archive."""
    manifest = {
        "format": FORMAT,
        "made_by": capture.made_by,
        "taken": capture.taken.astimezone(UTC).isoformat(),
        "site": capture.site,
        "entries": [_host(one) for one in capture.entries],
    }
    lines = "".join(_json(_line(one)) + "\n" for one in in_order(capture.answers))
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in ((MANIFEST, _json(manifest) + "\n"), (ANSWERS, lines)):
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(data), MODE, 0
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


def write(capture: Capture, path: Path) -> None:
    """Write it whole or not at all, readable for its owner only, and never over anything.

    Raises:
        RefusedError: code `capture-exists`.
        OSError: it cannot be written.
    """
    refuse_existing(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb") as file:
            file.write(dump(capture))
            file.flush()
            os.fsync(file.fileno())
        try:
            # Unlike a rename, a link refuses to take the place of a file that came meanwhile.
            os.link(part, path)
        except FileExistsError:
            refuse_existing(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def refuse_existing(path: Path) -> None:
    """Refuse a name that is taken, before anybody waits for a survey.

    Raises:
        RefusedError: code `capture-exists`.
    """
    if path.exists() or path.is_symlink():
        raise RefusedError(
            f"{path} is there already.",
            changed=NOTHING_CHANGED,
            hint="Give another name: a capture never takes the place of a file.",
            code="capture-exists",
        )


def load(path: Path) -> Capture:
    """Read an archive.

    Raises:
        CaptureError: code `capture-unreadable`, `capture-invalid`, or `capture-newer`.
    """
    try:
        data = _read(path)
    except OSError as error:
        raise _refused(path, str(error), code="capture-unreadable") from error
    try:
        known, answers = _members(path, data)
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, RecursionError, ValidationError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _refused(path, why, code="capture-invalid") from error
    return Capture(
        known.taken.astimezone(UTC), known.site, tuple(one.host() for one in known.entries), answers, known.made_by
    )


def _read(path: Path) -> bytes:
    data = bytearray()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            data += piece
            if len(data) > LARGEST_FILE:
                raise _refused(path, f"it is larger than {LARGEST_FILE // 2**20} MiB", code="capture-invalid")
    return bytes(data)


def _members(path: Path, data: bytes) -> tuple[_Manifest, list[CapturedRead]]:
    """The two members by their names; others are passed over, nothing is unpacked, and nothing is ever held twice."""
    known: _Manifest | None = None
    answers: list[CapturedRead] | None = None
    with (
        gzip.GzipFile(fileobj=io.BytesIO(data)) as unzipped,
        tarfile.open(fileobj=_Limited(unzipped), mode="r|", tarinfo=_Member) as tar,
    ):
        for number, member in enumerate(tar):
            if number >= MOST_MEMBERS:
                raise ValueError(f"it has more than {MOST_MEMBERS} members")
            # A sparse one is larger than what is in the archive.
            if not member.isreg() or member.issparse() or (file := tar.extractfile(member)) is None:
                continue
            if member.name == MANIFEST and known is None:
                known = _Manifest.model_validate_json(_at_most(file.read(LARGEST_MANIFEST + 1), LARGEST_MANIFEST))
                if known.format > FORMAT:
                    why = f"its format is {known.format}; this program knows {FORMAT}"
                    raise _refused(path, why, code="capture-newer")
            elif member.name == ANSWERS and answers is None:
                answers = [_entry(_LINE.validate_json(line)) for line in _lines(file)]
    if known is None or answers is None:
        raise ValueError(f"it has no {MANIFEST if known is None else ANSWERS}")
    return known, answers


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines that say something."""
    for _ in range(MOST_LINES):
        line = file.readline(LONGEST_LINE + 1)
        if not line:
            return
        if line.strip():
            yield _at_most(line, LONGEST_LINE)
    raise ValueError(f"it has more than {MOST_LINES} lines")


def _at_most(data: bytes, size: int) -> bytes:
    if len(data) > size:
        raise ValueError(f"something in it is larger than {size // 2**20} MiB")
    return data


class _Member(tarfile.TarInfo):
    """A member whose header is all that is said of it: extended headers are read into memory as a whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if not member.isfile() and not member.isdir() and member.size > LARGEST_HEADER:
            raise ValueError(f"a header in it is larger than {LARGEST_HEADER // 1024} KiB")
        return member


class _Limited(io.RawIOBase):
    """A stream that refuses to unfold without end."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream = stream
        self._left = LARGEST_CONTENT

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size if size >= 0 else self._left + 1, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(f"it unfolds into more than {LARGEST_CONTENT // 2**20} MiB")
        return data


def _refused(path: Path, why: str, *, code: str) -> CaptureError:
    return CaptureError(
        f"{path} cannot be used as a capture.",
        why=why,
        changed=NOTHING_CHANGED,
        hint="Take one with `gnt-runbook capture -o FILE`, with the same version of the program.",
        code=code,
    )


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _host(host: Host) -> dict[str, Any]:
    return {"name": host.name, "addresses": list(host.addresses), "port": host.port}


def _line(entry: CapturedRead) -> dict[str, Any]:
    answer = entry.answer
    if isinstance(answer, Result):
        said: dict[str, Any] = {"kind": "result", "stdout": answer.stdout, "stderr": answer.stderr}
        said["exit_code"] = answer.exit_code
    else:
        kind = next(one.__name__ for one in type(answer).__mro__ if one.__name__ in _ERRORS)
        said = {"kind": "error", "error": kind, "code": answer.code}
        said |= {"what": answer.what, "why": answer.why, "hint": answer.hint}
        said["calls_itself"] = getattr(answer, "calls_itself", "")
    return {"host": _host(entry.host), "argv": list(entry.argv), "answer": said}


def _entry(line: _Line) -> CapturedRead:
    answer: Result | HostError
    match line.answer:
        case _Answer() as said:
            answer = Result(tuple(line.argv), said.stdout, said.stderr, said.exit_code, 0.0)
        case _Failure() as said:
            # A kind of error that only a later version knows is still an error of that host.
            kind = _ERRORS.get(said.error, HostError)
            answer = kind(said.what, why=said.why, changed=NOTHING_CHANGED, hint=said.hint, code=said.code)
            if isinstance(answer, errors.HostIdentityError):
                answer.calls_itself = said.calls_itself
    return CapturedRead(line.host.host(), tuple(line.argv), answer)
