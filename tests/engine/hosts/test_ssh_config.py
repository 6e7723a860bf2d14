from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.hosts import openssh, ssh_files
from engine.hosts.host import Host
from engine.hosts.ssh_config import Target, target
from engine.hosts.ssh_settings import TransportSettings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(openssh, "find_ssh", lambda: None)  # tests/engine/hosts/test_openssh.py has one
    monkeypatch.setattr(ssh_files, "SYSTEM_CONFIG", tmp_path / "etc" / "ssh_config")
    (tmp_path / ".ssh").mkdir()
    (tmp_path / "etc").mkdir()
    return tmp_path


def look(home: Path, text: str, *, host: Host | None = None, **settings: object) -> Target:
    path = home / "given"
    path.write_text(text)
    return target(host or Host("node1"), TransportSettings(ssh_config=path, **settings), login="me")


def test_without_any_file_a_host_is_what_it_is_called(home: Path) -> None:
    found = target(Host("node1"), TransportSettings(), login="me")
    assert (found.hostname, found.renamed, found.user, found.port) == ("node1", False, "me", 22)
    assert (found.jumps, found.proxy_command, found.alias, found.identity_files) == ((), None, None, ())
    assert found.known_hosts == (
        home / ".ssh/known_hosts",
        home / ".ssh/known_hosts2",
        Path("/etc/ssh/ssh_known_hosts"),
        Path("/etc/ssh/ssh_known_hosts2"),
    )


@pytest.mark.parametrize(
    ("setting", "config", "cluster", "port"),
    [
        (1, "Host *\nPort 2\n", 3, 1),
        (None, "Host *\nPort 2\n", 3, 2),
        (None, "Host other\nPort 2\n", 3, 3),
        (None, "Port 2\n", None, 2),
        (None, "", None, 22),
    ],
)
def test_the_port_is_taken_from_the_first_that_names_one(
    home: Path, setting: int | None, config: str, cluster: int | None, port: int
) -> None:
    assert look(home, config, host=Host("node1", port=cluster), port=setting).port == port


def test_the_user_is_taken_from_the_first_that_names_one(home: Path) -> None:
    assert look(home, "User a\n", user="b").user == "b"
    assert look(home, "User a\n").user == "a"
    assert look(home, "").user == "me"


def test_the_users_file_comes_before_the_systems(home: Path) -> None:
    (home / ".ssh/config").write_text("Host node1\n  User mine\n")
    ssh_files.SYSTEM_CONFIG.write_text("User theirs\nPort 2222\n")
    found = target(Host("node1"), TransportSettings(), login="me")
    assert (found.user, found.port) == ("mine", 2222)


def test_a_given_file_stands_alone(home: Path) -> None:
    (home / ".ssh/config").write_text("User mine\n")
    assert look(home, "").user == "me"


def test_another_name_and_everything_about_keys(home: Path) -> None:
    found = look(
        home,
        "Host node1\n HostName 192.0.2.1\n HostKeyAlias cluster\n IdentityFile ~/a\n IdentityFile /b-%h\n"
        " IdentitiesOnly yes\n UserKnownHostsFile ~/k1 %d/k2-%%-%k-%p /k3\n GlobalKnownHostsFile none\n Port 7\n",
        identity_files=(Path("/first"),),
        known_hosts=(Path("/extra"),),
    )
    assert (found.hostname, found.renamed, found.alias, found.identities_only) == ("192.0.2.1", True, "cluster", True)
    assert found.identity_files == (Path("/first"), home / "a", Path("/b-192.0.2.1"))
    assert found.known_hosts == (Path("/extra"), home / "k1", home / "k2-%-cluster-7", Path("/k3"))


@pytest.mark.parametrize(
    ("line", "jumps"),
    [
        ("ProxyJump a", ("a",)),
        ("ProxyJump me@a:1, b", ("me@a:1", "b")),
        ("ProxyJump none", ()),
        ("ProxyJump NONE", ()),
        ("ProxyCommand none", ()),
    ],
)
def test_jumps(home: Path, line: str, jumps: tuple[str, ...]) -> None:
    found = look(home, line + "\n")
    assert (found.jumps, found.proxy_command) == (jumps, None)


def test_a_proxy_command_knows_the_port_whoever_named_it(home: Path) -> None:
    text = "Host *\nProxyCommand nc %h %p\n"
    assert look(home, text, port=1).proxy_command == "nc node1 1"
    assert look(home, text, host=Host("node1", port=2)).proxy_command == "nc node1 2"


def test_included_files_are_read_where_they_are_named(home: Path) -> None:
    (home / ".ssh/d").mkdir()
    (home / ".ssh/d/1.conf").write_text("Host node1\n  User one\n")
    (home / ".ssh/d/2.conf").write_text("Host node2\n  User two\n")
    (home / ".ssh/config").write_text("Include d/*.conf ~/none\nHost node3\n  User three\n")
    users = [target(Host(name), TransportSettings(), login="me").user for name in ("node1", "node2", "node3", "x")]
    assert users == ["one", "two", "three", "me"]


def test_the_block_around_an_included_file_goes_on_behind_it(home: Path) -> None:
    (home / "inner").write_text("Port 7\n")
    text = f"Host node1\n  Include {home}/inner\n  User mine\n"
    assert (look(home, text).user, look(home, text).port) == ("mine", 7)
    other = look(home, text, host=Host("node9"))
    assert (other.user, other.port) == ("me", 22)


@pytest.mark.parametrize("value", ["HostName {} # why", "HostName={} #", 'HostName "{}" # "x"', "HostName\t{}\t# x"])
def test_a_comment_behind_a_value_is_no_part_of_it(home: Path, value: str) -> None:
    text = value.format("192.0.2.1") + "\nUser root # him\nPort 2222 # there\n# all\nProxyCommand nc %h %p # its own\n"
    found = look(home, text)
    assert (found.hostname, found.user, found.port) == ("192.0.2.1", "root", 2222)
    assert found.proxy_command == "nc 192.0.2.1 2222 # its own"


@pytest.mark.parametrize(
    "line",
    ["Match final", "Match canonical", "Match final all", "Match exec true", "Match tagged x", "Match !localnetwork x"],
)
def test_what_cannot_be_judged_here_is_refused(home: Path, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        look(home, f"User me\n{line}\n  Port 7\n")
    assert caught.value.code == "ssh-config-unsupported"
    assert "line 2" in caught.value.why


def test_a_section_within_a_section_of_another_host_is_refused(home: Path) -> None:
    """It would hold for hosts that it is not meant for."""
    (home / "inner").write_text("Host *\n  User other\n")
    for text in (f"Host node9\n  Include {home}/inner\n", f"Match host node9\n  Include {home}/inner\n"):
        with pytest.raises(UsageError) as caught:
            look(home, text)
        assert caught.value.code == "ssh-config-unsupported"
    assert look(home, f"Host *\n  Include {home}/inner\n").user == "other"


def test_a_file_that_includes_itself_is_an_error(home: Path) -> None:
    with pytest.raises(UsageError, match="included by itself"):
        look(home, f"Include {home}/given\n")


@pytest.mark.parametrize(
    "text",
    ["Port many\n", "nonsense\n", 'Host "a\n', "Match\n", "Match user\n", 'Include "a\n', 'UserKnownHostsFile "a\n'],
)
def test_a_file_that_cannot_be_understood_is_an_error_that_says_why(home: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        look(home, text)
    assert caught.value.code == "ssh-config"
    assert caught.value.why


@pytest.mark.parametrize("name", ["", "-x", "a b", "a;id", "$(id)", "`id`", "a\nb", "a|b", "a'b", "../a", "a\n"])
def test_what_is_no_name_gets_nowhere_near_a_proxy_command(home: Path, name: str) -> None:
    for host in (Host(name), Host("node1", addresses=(name,))):
        with pytest.raises(UsageError) as caught:
            look(home, "ProxyCommand nc %h %p\n", host=host)
        assert caught.value.code == "host-name-invalid"


@pytest.mark.parametrize("name", ["node1.example.com", "n_1", "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::1"])
def test_names_and_addresses(home: Path, name: str) -> None:
    assert look(home, "", host=Host(name)).hostname == name


def test_the_home_of_nobody_is_no_path(home: Path) -> None:
    text = "Include ~no-such-user/x\nUserKnownHostsFile ~no-such-user/k\nGlobalKnownHostsFile none\n"
    assert look(home, text).known_hosts == (Path("~no-such-user/k"),)


def test_a_file_that_is_missing_is_an_error(home: Path) -> None:
    with pytest.raises(UsageError) as caught:
        target(Host("node1"), TransportSettings(ssh_config=home / "missing"), login="me")
    assert str(home / "missing") in caught.value.why


@pytest.mark.parametrize("user", ["a b", "a\nHost *\nProxyCommand id"])
def test_a_user_cannot_be_more_than_a_name(home: Path, user: str) -> None:
    with pytest.raises(UsageError):
        look(home, "", user=user)


VALUES = st.text(st.sampled_from(list("~\"'%*/ab1 ,=#!é"))) | st.text(max_size=9)
KEYWORDS = ["Host", "Match", "Include", "Port", "HostName", "UserKnownHostsFile", "ProxyJump", "IdentityFile"]


@given(st.lists(st.tuples(st.sampled_from(KEYWORDS), st.sampled_from("=  \t"), VALUES), max_size=6))
def test_whatever_stands_in_it_the_answer_is_a_target_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any_ssh_config"
    text = "\n".join("".join(one) for one in lines)
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        found = target(Host("node1"), TransportSettings(ssh_config=path), login="me")
    except UsageError:
        return
    assert found.name == "node1"
