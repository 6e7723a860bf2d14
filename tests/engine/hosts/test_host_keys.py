from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import HostKeyError
from engine.hosts.host_keys import KnownHosts, OfferedKey, fingerprint, with_port
from tests.sshd import find_ssh_keygen

OURS = OfferedKey("ssh-ed25519", b"ours")
OTHER = OfferedKey("ssh-ed25519", b"other")
ANOTHER_KIND = OfferedKey("ssh-rsa", b"rsa")


def entry(patterns: str, key: OfferedKey = OURS, marker: str = "") -> str:
    return f"{marker} {patterns} {key.kind} {base64.b64encode(key.blob).decode()} comment\n".lstrip()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def judge(file: Path, *names: str, key: OfferedKey = OURS, also: tuple[str, ...] = ()) -> str:
    """The code of the refusal, or nothing."""
    try:
        KnownHosts([file]).judge("node1", names or ("node1",), key, also=also)
    except HostKeyError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("patterns", "name", "verdict"),
    [
        ("node1", "node1", ""),
        ("node1", "node2", "host-key-unknown"),
        ("node2,node1", "node1", ""),
        ("NODE1", "node1", ""),
        ("node1", "NODE1", ""),
        ("node*", "node1", ""),
        ("node?", "node1", ""),
        ("node?", "node12", "host-key-unknown"),
        ("*,!node1", "node1", "host-key-unknown"),
        ("*,!node1", "node2", ""),
        ("[node1]:2222", "[node1]:2222", ""),
        ("[node1]:2222", "node1", "host-key-unknown"),
        ("n.de1", "node1", "host-key-unknown"),
    ],
)
def test_a_line_is_about_the_names_it_matches(file: Path, patterns: str, name: str, verdict: str) -> None:
    file.write_text(entry(patterns))
    assert judge(file, name) == verdict


def test_hashed_names_are_found(file: Path) -> None:
    file.write_text(f"[node1]:2222,node2 ssh-ed25519 {_real_key()}\n")
    subprocess.run([find_ssh_keygen(), "-q", "-H", "-f", file], check=True, capture_output=True)
    assert "node" not in file.read_text()
    key = OfferedKey("ssh-ed25519", base64.b64decode(_real_key()))
    assert judge(file, "[node1]:2222", key=key) == ""
    assert judge(file, "node2", key=key) == ""
    assert judge(file, "node1", key=key) == "host-key-unknown"


def _real_key() -> str:
    """A key whose form ssh-keygen believes."""
    parts = (b"ssh-ed25519", b"k" * 32)
    return base64.b64encode(b"".join(len(one).to_bytes(4, "big") + one for one in parts)).decode()


def test_the_fingerprint_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    path = tmp_path / "key.pub"
    path.write_text(f"ssh-ed25519 {_real_key()}\n")
    told = subprocess.run([find_ssh_keygen(), "-lf", path], check=True, capture_output=True, text=True).stdout
    assert told.split()[1] == fingerprint(base64.b64decode(_real_key()))


def test_of_an_unknown_key_everything_is_said_that_helps_to_check_it(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    with pytest.raises(HostKeyError) as caught:
        KnownHosts(files).judge("node1", ["node1", "192.0.2.1"], OURS, login="ssh -p 2222 root@node1")
    error = caught.value
    assert error.code == "host-key-unknown"
    assert f"ssh-ed25519 {OURS.fingerprint}" in error.what
    for part in ("node1, 192.0.2.1", str(files[0]), str(files[1])):
        assert part in error.why
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in error.hint
    assert "ssh -p 2222 root@node1" in error.hint


def test_of_a_changed_key_both_fingerprints_and_the_place_are_said(file: Path) -> None:
    file.write_text("# a comment\n\n" + entry("node1", ANOTHER_KIND) + entry("node1", OTHER))
    with pytest.raises(HostKeyError) as caught:
        KnownHosts([file]).judge("node1", ["node1"], OURS)
    error = caught.value
    assert error.code == "host-key-changed"
    assert OURS.fingerprint in error.why
    assert f"ssh-ed25519 {OTHER.fingerprint} in {file} line 4" in error.why
    assert f"line 4 of {file}" in error.hint


def test_a_known_host_with_a_key_of_another_type_is_a_changed_one(file: Path) -> None:
    file.write_text(entry("node1", ANOTHER_KIND))
    assert judge(file) == "host-key-changed"


def test_the_first_name_that_is_known_decides(file: Path) -> None:
    file.write_text(entry("node1", OTHER) + entry("192.0.2.1", OURS))
    assert judge(file, "node1", "192.0.2.1") == "host-key-changed"
    assert judge(file, "192.0.2.1", "node1") == ""
    assert judge(file, "unheard-of", "192.0.2.1") == ""


def test_a_name_without_its_port_can_confirm_a_key_but_not_contradict_it(file: Path) -> None:
    file.write_text(entry("node1"))
    assert judge(file, "[node1]:2222", also=("node1",)) == ""
    assert judge(file, "[node1]:2222", also=("node1",), key=OTHER) == "host-key-unknown"


@pytest.mark.parametrize("patterns", ["node1", "*"])
def test_a_revoked_key_is_refused_wherever_else_it_is_known(file: Path, patterns: str) -> None:
    file.write_text(entry("node1") + entry(patterns, marker="@revoked"))
    assert judge(file) == "host-key-revoked"
    assert judge(file, key=OTHER) == "host-key-changed"


def test_a_key_revoked_for_another_host_says_nothing(file: Path) -> None:
    file.write_text(entry("node1") + entry("node2", marker="@revoked"))
    assert judge(file) == ""


def test_an_authority_is_no_key_and_the_message_says_so(file: Path) -> None:
    file.write_text(entry("*", marker="@cert-authority"))
    with pytest.raises(HostKeyError, match="not known") as caught:
        KnownHosts([file]).judge("node1", ["node1"], OURS)
    assert "certificates of hosts are not supported" in caught.value.why


def test_several_files_count_as_one_and_a_missing_one_as_empty(tmp_path: Path) -> None:
    (tmp_path / "two").write_text(entry("node1"))
    KnownHosts([tmp_path / "missing", tmp_path, tmp_path / "two"]).judge("node1", ["node1"], OURS)


@pytest.mark.parametrize(("port", "name"), [(22, "node1"), (2222, "[node1]:2222")])
def test_a_name_has_its_port_with_it_unless_it_is_the_usual_one(port: int, name: str) -> None:
    assert with_port("Node1", port) == name


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r")))
def test_no_content_of_a_file_breaks_the_reading_nor_lets_a_host_in(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any_known_hosts"
    file.write_text(content + "\n" + entry("node2"))
    assert judge(file, "node2") == ""
    assert judge(file, "node1") != ""


@given(st.lists(st.sampled_from(["@revoked", "|1|", "|1|a|b", "*", "!", "node1", "ssh-ed25519", "b3Vycw==", "?"])))
def test_odd_lines_are_no_trouble(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    file = tmp_path_factory.getbasetemp() / "odd_known_hosts"
    file.write_text(" ".join(words))
    assert judge(file, key=OTHER) in {"host-key-unknown", "host-key-changed"}
