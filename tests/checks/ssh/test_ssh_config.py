"""Entries for ports in root's ssh configuration: they count, they are made once, and all else counts as before."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ssh.parse.ssh_config import BEGIN, parse_effective, ports_set, with_ports

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}(?:\.[a-z]{1,6}){0,2}", fullmatch=True).map(lambda one: one.rstrip("-"))
PORTS = st.dictionaries(NAMES, st.integers(1, 65535), min_size=1, max_size=4)
LINES = st.sampled_from(
    [
        "Host *",
        "Host backup",
        "    Port 22",
        "Port 7",
        "ServerAliveInterval 9",
        "# of ours",
        "",
        "Match user x",
        "Include y",
    ]
)
TEXTS = st.lists(LINES, max_size=12).map(lambda lines: "".join(f"{line}\n" for line in lines))
ONE, TWO = "hwhost-1.lab.example", "hwhost-2.lab.example"


@given(TEXTS, PORTS)
def test_what_is_entered_is_read_back_once_and_taken_out_without_a_trace(text: str, ports: dict[str, int]) -> None:
    after = with_ports(text, ports)
    assert ports_set(after) == ports
    assert with_ports(after, ports) == after
    assert with_ports(after, {}) == text
    assert with_ports(with_ports(text, {"x": 1}), ports) == after


@given(st.text(), PORTS)
def test_whatever_stands_there_stays(text: str, ports: dict[str, int]) -> None:
    rest = with_ports(with_ports(text, ports), {})
    assert rest in {with_ports(text, {}), with_ports(text, {}) + "\n"}


def test_without_the_second_mark_nothing_is_taken_for_ours() -> None:
    text = f"{BEGIN}\nHost a\n    Port 7\n"
    assert ports_set(text) == {}
    assert with_ports(text, {}) == "Host a\n    Port 7\n"


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh here")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Port 7\nUser backup\n",
        "ServerAliveInterval 9",
        "ServerAliveInterval 9\n# of ours\nHost hwhost-*\n    Port 7\n    User backup\n",
        "Match host hwhost-1.lab.example\n    Port 7\n",
        "Host *\n    Port 7\n    ServerAliveInterval 9\n",
        "HOST=hwhost-1.lab.example\n\tport=7\n",
    ],
)
def test_ssh_itself_takes_the_ports_and_everything_else_as_before(tmp_path: Path, text: str) -> None:
    before = {name: told(tmp_path, text, name) for name in (ONE, TWO, "backup.example")}
    after = with_ports(text, {ONE: 2222, TWO: 2223})
    for name, port in ((ONE, "2222"), (TWO, "2223"), ("backup.example", before["backup.example"]["port"])):
        assert told(tmp_path, after, name) == before[name] | {"port": port}


def told(tmp_path: Path, text: str, name: str) -> dict[str, str]:
    file = tmp_path / "config"
    file.write_text(text, encoding="utf-8")
    ran = subprocess.run(["ssh", "-G", "-F", str(file), name], capture_output=True, text=True, check=True)
    return dict(parse_effective(ran.stdout))
