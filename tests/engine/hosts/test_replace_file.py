from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RefusedError
from engine.hosts import replace_file
from engine.hosts.host import FileChange

SHELLS = {
    "sh": ["sh"],
    "dash": ["dash"],
    "bash as sh": ["bash", "--posix"],
    "busybox": ["busybox", "sh"],
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    words = SHELLS[request.param]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return words


def change(path: Path, before: str | None, after: str | None) -> FileChange:
    return FileChange(str(path), before, after, f"{path}.old")


def make(one: FileChange, shell: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    argv = [*(shell or ["sh"]), *replace_file.argv(one)[1:]]
    return subprocess.run(argv, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def test_the_file_is_replaced_and_the_old_one_kept(tmp_path: Path, shell: list[str]) -> None:
    path = tmp_path / "it's a $(file)"
    path.write_text("old\n")
    path.chmod(0o640)
    os.utime(path, (1_000_000, 1_000_000))
    inode = path.stat().st_ino
    result = make(change(path, "old\n", "new ünï\n"), shell)
    assert (result.returncode, result.stderr) == (0, "")
    backup = tmp_path / f"{path.name}.old"
    assert path.read_text() == "new ünï\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert path.stat().st_ino != inode, "it was written in place, not renamed over"
    assert backup.read_text() == "old\n"
    assert (backup.stat().st_mode & 0o7777, backup.stat().st_mtime) == (0o640, 1_000_000)
    assert names(tmp_path) == {path.name, backup.name}


@given(st.text(st.characters(exclude_categories=("Cs",))), st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_arrives_byte_for_byte(before: str, after: str) -> None:
    argv = replace_file.argv(FileChange("/f", before, after, "/b"))
    decoded = subprocess.run(["sh", "-c", 'printf %s "$1" | base64 -d', "sh", argv[6]], check=True, capture_output=True)
    assert decoded.stdout == after.encode()


def test_a_file_is_removed_and_kept_as_its_backup(tmp_path: Path, shell: list[str]) -> None:
    path = tmp_path / "made by us"
    path.write_text("ours\n")
    path.chmod(0o600)
    result = make(change(path, "ours\n", None), shell)
    assert (result.returncode, result.stderr) == (0, "")
    backup = tmp_path / "made by us.old"
    assert (backup.read_text(), backup.stat().st_mode & 0o7777) == ("ours\n", 0o600)
    assert names(tmp_path) == {backup.name}


def test_a_file_that_is_not_as_shown_is_not_removed(tmp_path: Path, shell: list[str]) -> None:
    path = tmp_path / "file"
    path.write_text("somebody's\n")
    assert make(change(path, "ours\n", None), shell).returncode == replace_file.NOT_AS_SHOWN
    assert path.read_text() == "somebody's\n"
    assert names(tmp_path) == {"file"}


def test_a_new_file_is_for_all_to_read_and_has_no_backup(tmp_path: Path, shell: list[str]) -> None:
    path = tmp_path / "new"
    result = make(change(path, None, "content\n"), shell)
    assert (result.returncode, result.stderr) == (0, "")
    assert path.read_text() == "content\n"
    assert path.stat().st_mode & 0o7777 == 0o644
    assert names(tmp_path) == {"new"}


def test_a_new_file_gets_the_mode_and_the_owner_it_should_have(tmp_path: Path, shell: list[str]) -> None:
    path = tmp_path / "secret"
    me = f"{pwd.getpwuid(os.geteuid()).pw_name}:{grp.getgrgid(os.getegid()).gr_name}"
    result = make(FileChange(str(path), None, "content\n", f"{path}.old", "0600", me), shell)
    assert (result.returncode, result.stderr) == (0, "")
    assert path.stat().st_mode & 0o7777 == 0o600
    nobody = make(FileChange(f"{path}.2", None, "content\n", f"{path}.old", "0600", "no-such-user"), shell)
    assert nobody.returncode != 0
    assert names(tmp_path) == {"secret"}, "half a change was left"


@pytest.mark.parametrize("found", [None, "changed\n", "old", "old\n\n"])
def test_a_file_that_is_not_what_was_shown_is_left_alone(tmp_path: Path, found: str | None, shell: list[str]) -> None:
    path = tmp_path / "file"
    if found is not None:
        path.write_text(found)
    result = make(change(path, "old\n", "new\n"), shell)
    assert result.returncode == replace_file.NOT_AS_SHOWN
    assert "not what was shown" in result.stderr
    assert (path.read_text() if path.exists() else None) == found
    assert names(tmp_path) == ({"file"} if found is not None else set())


def test_a_file_that_appeared_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("somebody's\n")
    assert make(change(path, None, "new\n")).returncode == replace_file.NOT_AS_SHOWN
    assert path.read_text() == "somebody's\n"


def test_a_file_that_is_no_utf_8_is_not_what_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\n")
    assert make(change(path, "\ufffd\n", "new\n")).returncode == replace_file.NOT_AS_SHOWN


def test_a_link_stays_a_link_and_what_it_points_at_is_edited(tmp_path: Path, shell: list[str]) -> None:
    real = tmp_path / "real" / "file"
    real.parent.mkdir()
    real.write_text("old\n")
    link = tmp_path / "link"
    link.symlink_to("real/file")
    assert make(change(link, "old\n", "new\n"), shell).returncode == 0
    assert link.is_symlink()
    assert real.read_text() == "new\n"
    assert names(real.parent) == {"file"}


def test_a_backup_is_never_overwritten(tmp_path: Path, shell: list[str]) -> None:
    path, backup = tmp_path / "file", tmp_path / "file.old"
    path.write_text("old\n")
    backup.write_text("precious\n")
    result = make(change(path, "old\n", "new\n"), shell)
    assert result.returncode == replace_file.NO_BACKUP
    assert str(backup) in result.stderr
    assert (path.read_text(), backup.read_text()) == ("old\n", "precious\n")
    assert names(tmp_path) == {"file", "file.old"}


def test_the_backup_of_an_interrupted_attempt_is_as_good_as_a_new_one(tmp_path: Path) -> None:
    path, backup = tmp_path / "file", tmp_path / "file.old"
    path.write_text("old\n")
    backup.write_text("old\n")
    assert make(change(path, "old\n", "new\n")).returncode == 0
    assert (path.read_text(), backup.read_text()) == ("new\n", "old\n")


def test_a_folder_for_backups_is_made_for_root_only(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old\n")
    backup = tmp_path / "a" / "b" / "file"
    assert make(FileChange(str(path), "old\n", "new\n", str(backup))).returncode == 0
    assert backup.read_text() == "old\n"
    assert backup.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("program", ["sync", "base64", "mv"])
def test_a_failure_half_way_leaves_the_file_and_no_litter(tmp_path: Path, program: str) -> None:
    broken, folder = tmp_path / "bin", tmp_path / "folder"
    broken.mkdir()
    folder.mkdir()
    (broken / program).write_text("#!/bin/sh\nexit 1\n")
    (broken / program).chmod(0o755)
    path = folder / "file"
    path.write_text("old\n")
    environment = os.environ | {"PATH": f"{broken}:{os.environ['PATH']}"}
    argv = replace_file.argv(change(path, "old\n", "new\n"))
    assert subprocess.run(argv, check=False, env=environment, stderr=subprocess.DEVNULL).returncode != 0
    assert path.read_text() == "old\n"
    assert names(folder) <= {"file", "file.old"}


def test_a_folder_that_is_missing_is_an_error_of_its_own(tmp_path: Path) -> None:
    result = make(change(tmp_path / "no" / "file", None, "new\n"))
    assert result.returncode not in {0, replace_file.NOT_AS_SHOWN}
    assert result.stderr


def test_the_largest_content_arrives_and_a_larger_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert make(change(path, None, "x" * replace_file.LARGEST)).returncode == 0
    assert path.stat().st_size == replace_file.LARGEST
    with pytest.raises(RefusedError) as caught:
        replace_file.argv(change(path, None, "é" * (replace_file.LARGEST // 2) + "x"))
    assert caught.value.code == "file-too-large"


@pytest.mark.parametrize("path", ["relative", "", "/folder/"])
def test_a_path_that_names_no_file_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="absolute path"):
        replace_file.argv(FileChange(path, None, "", "/backup"))
    with pytest.raises(ValueError, match="absolute path"):
        replace_file.argv(FileChange("/file", None, "", path))


def test_text_that_utf_8_cannot_hold_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        replace_file.argv(FileChange("/file", None, "\ud800", "/backup"))
    assert caught.value.code == "file-not-text"
