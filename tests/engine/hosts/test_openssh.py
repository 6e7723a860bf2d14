"""What a host's settings are, compared with what ssh itself says of them; and logging in by them to a real sshd."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import HostUnreachableError, UsageError
from engine.hosts import openssh
from engine.hosts.host import Host
from engine.hosts.ssh_config import Target, target
from engine.hosts.ssh_login import dial
from engine.hosts.ssh_settings import TransportSettings
from tests.engine.hosts.test_ssh_login import lets_in
from tests.sshd import NODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sshd import Sshd

SSH = shutil.which("ssh")
pytestmark = pytest.mark.skipif(SSH is None, reason="needs ssh: install openssh-client")


def look(folder: Path, text: str, name: str = "node1") -> Target:
    path = folder / "ssh_config"
    path.write_text(text)
    return target(Host(name), TransportSettings(ssh_config=path), login=getpass.getuser())


def told(folder: Path, name: str = "node1") -> dict[str, str]:
    """What ssh says, read by nothing of ours."""
    argv = [SSH or "ssh", "-G", "-F", folder / "ssh_config", name]
    lines = subprocess.run(argv, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    return dict(reversed([line.split(" ", 1) for line in lines.splitlines() if " " in line]))


def agrees(found: Target, says: dict[str, str]) -> bool:
    jumps = says.get("proxyjump", "none").replace("none", "")
    return (
        (found.hostname, found.user, str(found.port)) == (says["hostname"], says["user"], says["port"])
        and found.alias == says.get("hostkeyalias")
        and ",".join(found.jumps) == jumps
        and found.identities_only == (says["identitiesonly"] == "yes")
        and (found.proxy_command is None) == (says.get("proxycommand", "none") == "none")
    )


CASES = [
    "HostName 192.0.2.1 # a comment\nUser root # another\nPort 2222 # there\n",
    "Host node1 # not node2\n  Port 7\n",
    "Host other\n  Include inner\nHost *\n  User last\n",
    "Match host node1 !user root\n  Port 7\n",
    "Match final\n  User final\nMatch canonical\n  User canonical\n",
    "Match exec true\n  User exec\n",
    "Match originalhost node1 exec false\n  User exec\n",
    "Match all\n  Port=7\n",
    "Host node? !node1\n  User other\nHost *\n  HostName %h.lab.example\n  HostKeyAlias x\n",
    "ProxyJump me@a:1,b:2\nIdentitiesOnly yes\n",
    "ProxyCommand nc %h %p # its own\n",
    'User "root" # x\nHostName=192.0.2.1\n',
]


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("name", ["node1", "other"])
def test_a_host_is_what_ssh_says(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / "inner").write_text("Host *\n  User leaked\n  Port 99\n")
    found = look(tmp_path, text.replace("inner", str(tmp_path / "inner")), name)
    assert agrees(found, told(tmp_path, name)), (found, told(tmp_path, name))


VALUES = {
    "HostName": ["192.0.2.1", "%h.lab.example"],
    "User": ["root", "me"],
    "Port": ["22", "2222"],
    "HostKeyAlias": ["cluster"],
    "ProxyJump": ["none", "a", "me@a:1,b"],
    "IdentitiesOnly": ["yes", "no"],
}
SETTING = st.sampled_from([(key, value) for key, values in VALUES.items() for value in values])
SECTION = st.sampled_from(
    ["Host *", "Host node1", "Host other !node1", "Match all", "Match host node*", "Match user root"]
)
CONFIG = st.lists(st.tuples(SECTION, st.lists(SETTING, max_size=4), st.sampled_from(["", " # said {}"])), max_size=4)


@given(CONFIG)
@settings(max_examples=12, deadline=None)
def test_whatever_is_written_a_host_is_what_ssh_says(
    tmp_path_factory: pytest.TempPathFactory, config: list[tuple[str, list[tuple[str, str]], str]]
) -> None:
    folder = tmp_path_factory.mktemp("config")
    lines = [
        f"{section}\n" + "".join(f"  {key} {value}{end}\n" for key, value in pairs) for section, pairs, end in config
    ]
    found = look(folder, "".join(lines))
    says = told(folder)
    assert agrees(found, says), (found, says)


@given(CONFIG)
@settings(max_examples=12, deadline=None)
def test_without_ssh_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, config: list[tuple[str, list[tuple[str, str]], str]]
) -> None:
    folder = tmp_path_factory.mktemp("config")
    # Paramiko judges `Match user` by the name of whoever runs it, and `Match host` before it has replaced %h.
    by_name = any(section == "Match host node*" for section, _pairs, _end in config)
    text = "".join(
        f"{section}\n" + "".join(f"  {key} {value}{end}\n" for key, value in pairs if not (by_name and "%h" in value))
        for section, pairs, end in config
        if section != "Match user root"
    )
    with_ssh = look(folder, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openssh, "find_ssh", lambda: None)
        without = look(folder, text)
    for one in ("hostname", "user", "port", "alias", "jumps", "identities_only", "proxy_command"):
        assert getattr(with_ssh, one) == getattr(without, one), one


@pytest.mark.parametrize(
    ("config", "setting", "cluster", "port"),
    [
        ("Port 2\n", 1, 3, 1),
        ("Port 2\n", None, 3, 2),
        ("Port 22\n", None, 3, 22),
        ("Host other\nPort 2\n", None, 3, 3),
        ("", None, None, 22),
        ("", None, 22, 22),
    ],
)
def test_the_port_that_the_cluster_knows_comes_behind_what_is_written(
    tmp_path: Path, config: str, setting: int | None, cluster: int | None, port: int
) -> None:
    path = tmp_path / "ssh_config"
    path.write_text(config)
    found = target(Host("node1", port=cluster), TransportSettings(ssh_config=path, port=setting), login="me")
    assert found.port == port


def test_the_port_is_asked_for_behind_the_files_of_the_user_too(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("Host node1\n  Port 22\n")
    found = openssh.effective(SSH or "ssh", "node1", TransportSettings(), port=3, files=[tmp_path / "own"])
    assert found["port"] == ("22",)


def test_what_is_not_honoured_is_said(tmp_path: Path) -> None:
    text = "CertificateFile ~/c\nGSSAPIAuthentication yes\nStrictHostKeyChecking no\nBindAddress 192.0.2.1\n"
    wanted = ("bindaddress", "certificatefile", "gssapiauthentication", "stricthostkeychecking")
    assert look(tmp_path, text).not_honoured == wanted
    assert look(tmp_path, "User root\n").not_honoured == ()


@pytest.mark.parametrize("text", ["Port many\n", "nonsense\n", "Match\n", "Match nonsense x\n", 'Host "a\n'])
def test_what_ssh_does_not_understand_is_an_error_in_its_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        look(tmp_path, text)
    assert caught.value.code == "ssh-config"
    assert "ssh_config" in caught.value.why


def test_ssh_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssh, "SECONDS", 0.5)
    mark = tmp_path / "pid"
    with pytest.raises(UsageError, match="cannot be used") as caught:
        look(tmp_path, f'Match exec "echo $$ > {mark}; exec tail -f /dev/null"\n  Port 7\n')
    assert "takes longer" in caught.value.why
    assert not Path(f"/proc/{mark.read_text().strip()}/cmdline").exists() or not (
        Path(f"/proc/{mark.read_text().strip()}/cmdline").read_bytes()
    )


def test_comments_and_sections_within_sections_lead_to_the_host(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "inner").write_text("Host *\n  Port 1\n  HostName 192.0.2.1\n")
    text = sshd.block().replace("\n", " # so\n").replace("IdentitiesOnly", "# IdentitiesOnly")
    assert lets_in(sshd.host(), sshd.settings(config=f"Host other\n  Include {tmp_path}/inner\n{text}"))


@pytest.fixture
def agent(sshd: Sshd, tmp_path: Path) -> Iterator[Path]:
    """A real agent with the key that sshd takes."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        env = {**os.environ, "SSH_AUTH_SOCK": str(path)}
        subprocess.run(["ssh-add", "-q", sshd.key], check=True, env=env, stdin=subprocess.DEVNULL)
        yield path
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize("within", ["{}", "$THERE"])
def test_the_agent_that_is_named_is_asked(
    sshd: Sshd, agent: Path, monkeypatch: pytest.MonkeyPatch, within: str
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("THERE", str(agent))
    block = sshd.block().replace(f"IdentityFile {sshd.key}", f"IdentityAgent {within.format(agent)}")
    block = block.replace("IdentitiesOnly yes", "IdentitiesOnly no")
    assert lets_in(sshd.host(), sshd.settings(config=block))


def test_no_agent_is_asked_where_none_is_wanted(sshd: Sshd, agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    block = sshd.block().replace(f"IdentityFile {sshd.key}", "IdentityFile /none\n  CertificateFile /c")
    block = block.replace("IdentitiesOnly yes", "IdentitiesOnly no")
    assert lets_in(sshd.host(), sshd.settings(config=block))
    with pytest.raises(HostUnreachableError) as caught:
        dial(sshd.host(), sshd.settings(config=block.replace(f"Host {NODE}", f"Host {NODE}\n  IdentityAgent none")))
    assert caught.value.code == "login-refused"
    assert "certificatefile" in caught.value.why
