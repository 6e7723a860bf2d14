"""A capture as a file: the same again when it is read, whole or not at all, and no harm in one that is hostile."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import tarfile
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.capture import archive
from engine.capture.archive import CaptureError, dump, load, write
from engine.capture.model import Capture, CapturedRead, in_order
from engine.errors import HostError, HostIdentityError, HostUnreachableError, RefusedError, SudoRefusedError
from engine.hosts.host import Host, Result

TAKEN = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HOSTS = st.builds(
    Host,
    st.text("abc.-", min_size=1, max_size=5),
    st.lists(TEXT, max_size=2).map(tuple),
    st.none() | st.integers(1, 65535),
)
ARGV = st.lists(TEXT, min_size=1, max_size=3).map(tuple)


def result(argv: tuple[str, ...], out: str, err: str, code: int) -> Result:
    return Result(argv, out, err, code, 0.0)


@st.composite
def entries(draw: st.DrawFn) -> CapturedRead:
    host, argv = draw(HOSTS), draw(ARGV)
    kind = draw(st.sampled_from([None, HostUnreachableError, SudoRefusedError, HostIdentityError, HostError]))
    if kind is None:
        return CapturedRead(host, argv, result(argv, draw(TEXT), draw(TEXT), draw(st.integers(0, 255))))
    error = kind(draw(TEXT), why=draw(TEXT), hint=draw(TEXT), code=draw(TEXT))
    if isinstance(error, HostIdentityError):
        error.calls_itself = draw(TEXT)
    return CapturedRead(host, argv, error)


def comparable(entry: CapturedRead) -> Any:
    answer = entry.answer
    if isinstance(answer, HostError):
        told = (type(answer), answer.what, answer.why, answer.hint, answer.code, getattr(answer, "calls_itself", ""))
        return entry.host, entry.argv, told
    return entry


def some(*answers: CapturedRead) -> Capture:
    return Capture(TAKEN, "cluster", (Host("a"),), answers or (ANSWER,), "1.2")


ANSWER = CapturedRead(Host("a"), ("id",), result(("id",), "uid=0\n", "", 0))


@settings(deadline=None)
@given(st.lists(entries(), max_size=5), st.lists(HOSTS, min_size=1, max_size=2))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, answers: list[CapturedRead], where: list[Host]
) -> None:
    path = tmp_path_factory.mktemp("capture") / "x.tar.gz"
    made = Capture(TAKEN, "cluster", tuple(where), answers, "1.2")
    write(made, path)
    again = load(path)
    assert (again.taken, again.site, again.entries, again.made_by) == (TAKEN, "cluster", tuple(where), "1.2")
    assert [comparable(one) for one in again.answers] == [comparable(one) for one in in_order(answers)]


def test_the_same_capture_makes_the_same_bytes_whatever_the_threads_did() -> None:
    other = CapturedRead(Host("b"), ("id",), result(("id",), "", "", 1))
    later = CapturedRead(Host("a"), ("id",), result(("id",), "later", "", 0))
    assert dump(some(ANSWER, other, later)) == dump(some(other, ANSWER, later))
    assert dump(some(ANSWER, later)) != dump(some(later, ANSWER))


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write(some(), tmp_path / "x")
    finally:
        os.umask(old)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("there", ["file", "dangling link", "folder"])
def test_nothing_is_ever_overwritten(tmp_path: Path, there: str) -> None:
    path = tmp_path / "x"
    if there == "file":
        path.write_text("mine")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RefusedError) as caught:
        write(some(), path)
    assert caught.value.code == "capture-exists"
    assert list(tmp_path.iterdir()) == [path]
    assert there != "file" or path.read_text() == "mine"


def test_a_file_that_comes_while_it_is_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"

    def slow(_capture: Capture) -> bytes:
        path.write_text("mine")
        return b"other"

    monkeypatch.setattr(archive, "dump", slow)
    with pytest.raises(RefusedError):
        write(some(), path)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_file_is_never_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(some(), tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def packed(**members: bytes | tarfile.TarInfo) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name.replace("_", "."))
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return gzip.compress(raw.getvalue())


MANIFEST = {"format": 1, "made_by": "1", "taken": TAKEN.isoformat(), "site": "c", "entries": [{"name": "a"}]}
LINE = {
    "host": {"name": "a"},
    "argv": ["id"],
    "answer": {"kind": "result", "stdout": "", "stderr": "", "exit_code": 0},
}


def made(manifest: Any = MANIFEST, *lines: Any) -> bytes:
    return packed(
        manifest_json=json.dumps(manifest).encode(), answers_jsonl="\n".join(map(json.dumps, lines or (LINE,))).encode()
    )


def refused(tmp_path: Path, data: bytes) -> CaptureError:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(data)
    with pytest.raises(CaptureError) as caught:
        load(path)
    assert caught.value.why
    return caught.value


def test_what_is_made_by_hand_like_this_is_taken(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(made())
    assert load(tmp_path / "x").host_names() == ("a",)


def link_to(target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo("manifest.json")
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def sparse(name: str, size: int) -> bytes:
    """A file of a terabyte that is nothing but a hole, as GNU tar writes it."""
    info = tarfile.TarInfo(name)
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"%011o\0" % 0 if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return gzip.compress(bytes(header) + bytes(10240 - 512))


def told_of_itself(size: int) -> bytes:
    """A member behind an extended header of that size."""
    info = tarfile.TarInfo("manifest.json")
    info.pax_headers = {f"k{number}": "x" * 1000 for number in range(size // 1000)}
    return gzip.compress(info.tobuf(tarfile.PAX_FORMAT) + bytes(10240))


def many(number: int) -> bytes:
    return packed(**{f"x{one}": b"" for one in range(number)})


UNFOLDING: dict[str, Callable[[], bytes]] = {
    "empty lines": lambda: packed(manifest_json=json.dumps(MANIFEST).encode(), answers_jsonl=b"\n" * 2**21),
    "lines": lambda: packed(manifest_json=json.dumps(MANIFEST).encode(), answers_jsonl=b" \n" * 2**20),
    "manifest": lambda: packed(manifest_json=b" " * 2**22),
    "words": lambda: made(MANIFEST, LINE | {"argv": [""] * 10**5}),
    "addresses": lambda: made(MANIFEST, LINE | {"host": {"name": "a", "addresses": [""] * 10**5}}),
    "hosts": lambda: made(MANIFEST | {"entries": [{"name": "a"}] * 20_000}),
    "header": lambda: told_of_itself(2**22),
    "members": lambda: many(1000),
    "sparse": lambda: sparse("manifest.json", 10**12),
}
"""What is small as a file, and large as soon as it is read."""


@pytest.mark.parametrize("kind", UNFOLDING)
def test_a_small_file_unfolds_into_little_before_it_is_refused(tmp_path: Path, kind: str) -> None:
    data = UNFOLDING[kind]()
    assert len(data) < 2**17
    (tmp_path / "x").write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(CaptureError) as caught:
            load(tmp_path / "x")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "capture-invalid"
    assert most < 2**24, most


BROKEN = {
    str(number): data
    for number, data in enumerate([
        b"",
        b"not gzip",
        gzip.compress(b"not tar" * 200),
        made()[:-20],
        packed(manifest_json=b"{}"),
        packed(manifest_json=link_to("/etc/passwd"), answers_jsonl=b""),
        made({}),
        made([]),
        made(MANIFEST | {"entries": []}),
        made(MANIFEST | {"taken": "yesterday"}),
        made(MANIFEST | {"taken": "2026-01-01T00:00:00"}),
        made(MANIFEST, {}),
        made(MANIFEST, LINE | {"argv": []}),
        made(MANIFEST, LINE | {"argv": "id"}),
        made(MANIFEST, LINE | {"answer": {"kind": "other"}}),
        made(MANIFEST, LINE | {"host": {"name": "a", "port": 0}}),
        packed(manifest_json=json.dumps(MANIFEST).encode(), answers_jsonl=b"\xff"),
        packed(manifest_json=b"[" * 100_000, answers_jsonl=b""),
    ])
}  # fmt: skip


@pytest.mark.parametrize("which", BROKEN)
def test_what_is_broken_is_refused_in_words(tmp_path: Path, which: str) -> None:
    assert refused(tmp_path, BROKEN[which]).code == "capture-invalid"


@settings(deadline=None)
@given(st.data())
def test_no_damage_makes_it_fail_in_another_way(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(made())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "x"
    path.write_bytes(bytes(whole))
    with contextlib.suppress(CaptureError):
        assert load(path).answers is not None


def test_a_newer_format_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, made(MANIFEST | {"format": 2})).code == "capture-newer"


def test_what_unfolds_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_CONTENT", 100_000)
    zeros = packed(manifest_json=b" " * 1_000_000, answers_jsonl=b"")
    assert "unfolds" in refused(tmp_path, zeros).why


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_FILE", 100)
    assert "larger" in refused(tmp_path, b"x" * 101).why


def test_no_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(CaptureError) as caught:
            load(path)
        assert caught.value.code == "capture-unreadable"


def test_nothing_is_ever_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outside = tarfile.TarInfo("../escaped")
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.addfile(outside)
        for name, text in (("manifest.json", json.dumps(MANIFEST)), ("answers.jsonl", json.dumps(LINE))):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    (tmp_path / "x").write_bytes(gzip.compress(raw.getvalue()))
    load(tmp_path / "x")
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    assert not (tmp_path.parent / "escaped").exists()


def test_a_kind_of_error_from_a_later_version_is_an_error_of_that_host(tmp_path: Path) -> None:
    odd = {"kind": "error", "error": "FutureError", "code": "future", "what": "No."}
    (tmp_path / "x").write_bytes(made(MANIFEST, LINE | {"answer": odd}))
    (one,) = load(tmp_path / "x").answers
    assert isinstance(one.answer, HostError)
    assert one.answer.code == "future"
