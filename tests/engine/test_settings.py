"""Settings: where they come from, which wins, and what is said of those that are wrong."""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import settings as module
from engine.errors import NOTHING_CHANGED, UsageError
from engine.exits import Exit
from engine.settings import LISTS, Settings, default_state, load_settings

NAMES = [one.name for one in fields(Settings)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in list(os.environ):
        if name.startswith(("GNT_RUNBOOK_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(module, "SYSTEM_FILE", tmp_path / "etc" / "config.toml")
    return tmp_path


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def system(home: Path, text: str | bytes) -> Path:
    return write(home / "etc" / "config.toml", text)


def own(home: Path, text: str | bytes) -> Path:
    return write(home / "home" / ".config" / "gnt-runbook" / "config.toml", text)


def refused(environment: dict[str, str] | None = None) -> UsageError:
    with pytest.raises(UsageError) as error:
        load_settings(environment or {})
    assert error.value.code == "settings-invalid"
    assert error.value.exit == Exit.USAGE
    assert error.value.changed == NOTHING_CHANGED
    assert error.value.hint
    return error.value


def test_without_any_file_all_is_as_usual() -> None:
    assert load_settings({}) == Settings()


def test_the_later_place_wins_setting_by_setting(home: Path) -> None:
    system(home, 'user = "admin"\nport = 22\nhosts = ["a"]\n')
    own(home, "port = 2222\n")
    found = load_settings({"GNT_RUNBOOK_HOSTS": "b, c,", "GNT_RUNBOOK_USER": ""})
    assert (found.user, found.port, found.hosts) == ("admin", 2222, ("b", "c"))


def test_every_setting_has_a_variable_and_lists_have_their_separator() -> None:
    values = {
        "hosts": "a,b",
        "user": "root",
        "port": "22",
        "ssh_config": "/c",
        "known_hosts": "/k:/l",
        "connect_timeout": "2.5",
        "runbooks": "/r:/s",
        "state": "/t",
        "log_file": "/l",
        "log_syslog": "yes",
        "second_person": "destructive",
        "approval_timeout": "60",
        "approvals": "/a",
        "drills": "/d:/e",
        "drill_days": "30",
    }
    assert set(values) == set(NAMES)
    found = load_settings({f"GNT_RUNBOOK_{name.upper()}": value for name, value in values.items()})
    assert found.hosts == ("a", "b")
    assert found.known_hosts == (Path("/k"), Path("/l"))
    assert found.runbooks == (Path("/r"), Path("/s"))
    assert (found.port, found.connect_timeout, found.state) == (22, 2.5, Path("/t"))
    assert set(LISTS) == {name for name in NAMES if isinstance(getattr(found, name), tuple)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hosts = [", "Invalid value"),
        (b"hosts = '\xff'", "can't decode byte 0xff"),
        ("hots = ['a']", "there is no setting 'hots', did you mean 'hosts'?"),
        ("port = 'ssh'", "port: "),
        ("port = 0", "port: "),
        ("port = true", "port: "),
        ("connect_timeout = true", "connect_timeout: "),
        ("port = 65536", "port: "),
        ("connect_timeout = 0", "connect_timeout: "),
        ("connect_timeout = nan", "connect_timeout: "),
        ("hosts = 'a'", 'hosts: this is a list: ["one", "another"]'),
        ("hosts = [1]", "hosts: this must be a text"),
        ("user = ['a']", "user: "),
        ("x = " + "[" * 5000, ""),
    ],
)
@pytest.mark.parametrize("place", [system, own])
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(home: Path, place: object, text: str, says: str) -> None:
    path = place(home, text)  # type: ignore[operator]
    error = refused()
    assert str(path) in error.what
    assert says in error.why


def test_a_folder_in_place_of_the_file_is_told(home: Path) -> None:
    own(home, "").unlink()
    (home / "home" / ".config" / "gnt-runbook" / "config.toml").mkdir()
    assert refused().why == "Is a directory"


def test_a_variable_that_is_wrong_is_called_by_its_name() -> None:
    assert "GNT_RUNBOOK_PORT: " in refused({"GNT_RUNBOOK_PORT": "ssh"}).why


def test_the_state_of_root_is_the_machines_and_that_of_others_their_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Settings().log_path == Path("/var/lib/gnt-runbook/gnt-runbook.log")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert Settings().runs_folder == home / "home/.local/state/gnt-runbook/runs"
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert default_state() == Path("/somewhere/gnt-runbook")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert default_state() == home / "home/.local/state/gnt-runbook"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(UsageError) as error:
        load_settings({})
    assert error.value.code == "no-home"
    assert "XDG_CONFIG_HOME" in error.value.hint


def outcome(environment: dict[str, str]) -> Settings | UsageError:
    try:
        return load_settings(environment)
    except UsageError as error:
        return error


@given(
    st.dictionaries(
        st.sampled_from([f"GNT_RUNBOOK_{name.upper()}" for name in NAMES]),
        st.text(st.characters(exclude_characters="\0"), max_size=12),
    )
)
def test_no_variable_can_do_more_than_be_refused(environment: dict[str, str]) -> None:
    found = outcome(environment)
    if isinstance(found, UsageError):
        assert found.code == "settings-invalid"
    else:
        assert all(host.strip() == host != "" for host in found.hosts)


@given(st.binary(max_size=60))
def test_no_file_can_do_more_than_be_refused(content: bytes) -> None:
    path = module.SYSTEM_FILE
    write(path, content)
    found = outcome({})
    if isinstance(found, UsageError):
        assert str(path) in found.what
    else:
        assert set(tomllib.loads(content.decode())) <= set(NAMES)
