"""Settings: /etc/gnt-runbook/config.toml, then the user's, then GNT_RUNBOOK_* variables; the command line wins."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from engine import ownership
from engine.effects import Effect
from engine.errors import NOTHING_CHANGED, UsageError
from engine.nearest import did_you_mean

SYSTEM_FILE = Path("/etc/gnt-runbook/config.toml")


SecondPerson = Literal[Effect.REVERSIBLE, Effect.DISRUPTIVE, Effect.DESTRUCTIVE]


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set.

    Attributes:
        hosts: where to look for the cluster, in this order; any of its nodes will do.
        user: the ssh user; root or one with `sudo -n`.
        port: the ssh port of all nodes; goes before ssh_config and before what the cluster knows.
        ssh_config: an ssh_config to use instead of the user's and the system's.
        known_hosts: known_hosts files to use besides those of ssh_config.
        connect_timeout: seconds until a host counts as unreachable.
        runbooks: folders with a site's own runbooks.
        state: the folder for journals and logs.
        log_file: where the log goes instead of the state folder.
        log_syslog: the log goes to this machine's syslog or journald as well.
        second_person: steps from this effect on need a second person's approval, whatever the runbook says.
        approval_timeout: seconds after which a second person who does not answer has denied.
        approvals: the folder in which requests to a second person wait.
        drills: folders with records of exercises that were made elsewhere.
        drill_days: after so many days a runbook should be rehearsed again.
    """

    hosts: tuple[str, ...] = ()
    user: str | None = None
    port: int | None = None
    ssh_config: Path | None = None
    known_hosts: tuple[Path, ...] = ()
    connect_timeout: float = 10.0
    runbooks: tuple[Path, ...] = ()
    state: Path | None = None
    log_file: Path | None = None
    log_syslog: bool = False
    second_person: SecondPerson | None = None
    approval_timeout: float = 1800.0
    approvals: Path | None = None
    drills: tuple[Path, ...] = ()
    drill_days: int = 90

    @property
    def runs_folder(self) -> Path:
        return (self.state or default_state()) / "runs"

    @property
    def approvals_folder(self) -> Path:
        return self.approvals or (self.state or default_state()) / "approvals"

    @property
    def drills_folder(self) -> Path:
        return (self.state or default_state()) / "drills"

    @property
    def log_path(self) -> Path:
        return self.log_file or (self.state or default_state()) / "gnt-runbook.log"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("this must be a text")  # noqa: TRY004 - told with all that else is wrong
    return value


def _path(value: object) -> Path:
    return Path(_text(value))


def _several(one: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    def parse(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError('this is a list: ["one", "another"]')  # noqa: TRY004
        return tuple(one(each) for each in value)

    return parse


def _whole(most: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
            raise ValueError(f"this must be a whole number from 1 to {most}")
        return number

    return parse


def _seconds(most: int) -> Callable[[object], float]:
    problem = f"this must be a number of seconds, more than 0, at most {most}"

    def parse(value: object) -> float:
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            raise ValueError(problem)  # noqa: TRY004
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise ValueError(problem) from None
        if not 0 < number <= most:
            raise ValueError(problem)
        return number

    return parse


def _switch(value: object) -> bool:
    word = str(value).lower()
    if word in {"true", "yes", "on", "1", "t", "y"}:
        return True
    if word in {"false", "no", "off", "0", "f", "n"}:
        return False
    raise ValueError("this must be true or false")


def _second_person(value: object) -> SecondPerson:
    known = [one.value for one in Effect if one is not Effect.SAFE]
    if value not in known:
        raise ValueError(f"this must be one of {', '.join(known)}")
    return cast("SecondPerson", Effect(value))


_PARSERS: Mapping[str, Callable[[object], Any]] = {
    "hosts": _several(_text),
    "user": _text,
    "port": _whole(65535),
    "ssh_config": _path,
    "known_hosts": _several(_path),
    "connect_timeout": _seconds(300),
    "runbooks": _several(_path),
    "state": _path,
    "log_file": _path,
    "log_syslog": _switch,
    "second_person": _second_person,
    "approval_timeout": _seconds(86400),
    "approvals": _path,
    "drills": _several(_path),
    "drill_days": _whole(36500),
}
"""By hand, and not by pydantic: every command reads them, and importing it takes longer than many of them do."""

LISTS = {"hosts": ",", "known_hosts": ":", "runbooks": ":", "drills": ":"}
"""Settings that hold several values, with what separates them in a variable."""


def default_state() -> Path:
    """`/var/lib/gnt-runbook` for root, the XDG state folder for anyone else."""
    if os.geteuid() == 0:
        return Path("/var/lib/gnt-runbook")
    return _xdg("XDG_STATE_HOME", ".local/state") / "gnt-runbook"


def user_file() -> Path:
    """The user's own file in the XDG configuration folder."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "gnt-runbook" / "config.toml"


def _xdg(variable: str, usual: str) -> Path:
    """A folder of the user's; a relative one is to be ignored, says the XDG Base Directory Specification."""
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given
    try:
        return Path.home() / usual
    except RuntimeError as error:
        raise UsageError(
            "It is not known where your home is.",
            why=str(error),
            changed=NOTHING_CHANGED,
            hint=f"Set HOME or {variable}.",
            code="no-home",
        ) from error


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all places, the later ones over the earlier ones.

    Raises:
        UsageError: a file cannot be read or holds something that is no setting.
    """
    merged: dict[str, Any] = {}
    for path in (SYSTEM_FILE, user_file()):
        merged.update(_from_file(path))
    merged.update(_from_environment(os.environ if environment is None else environment))
    return Settings(**merged)


def _from_file(path: Path) -> dict[str, object]:
    try:
        # Whoever can write them can name other runbooks, other keys of hosts, and nobody to approve anything.
        ownership.check(path.parent)
        content = ownership.read_own(path)
        import tomllib  # noqa: PLC0415 - of those only who have such a file

        data = tomllib.loads(content.decode("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        strange = isinstance(error, ownership.StrangerError)
        what = "are not gone by" if strange else "cannot be read"
        raise _invalid(f"The settings in {path} {what}.", why, ownership.REMEDY if strange else "") from error
    return _parsed(data, f"The settings in {path}", "")


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in _PARSERS:
        text = environment.get(f"GNT_RUNBOOK_{name.upper()}")
        if text:
            found[name] = _split(text, LISTS[name]) if name in LISTS else text
    return _parsed(found, "The settings in the environment", "GNT_RUNBOOK_")


def _split(text: str, separator: str) -> list[str]:
    return [one.strip() for one in text.split(separator) if one.strip()]


def _parsed(data: Mapping[str, object], what: str, prefix: str) -> dict[str, object]:
    """The values of settings; all that is wrong with them is told at once."""
    found: dict[str, object] = {}
    problems = []
    for name, value in data.items():
        if name not in _PARSERS:
            problems.append(f"there is no setting '{name}'{did_you_mean(name, _PARSERS) or '.'}")
            continue
        try:
            found[name] = _PARSERS[name](value)
        except ValueError as error:
            problems.append(f"{prefix}{name.upper() if prefix else name}: {error}")
    if problems:
        raise _invalid(f"{what} cannot be used.", "; ".join(problems))
    return found


def _invalid(what: str, why: str, hint: str = "") -> UsageError:
    return UsageError(
        what,
        why=why,
        changed=NOTHING_CHANGED,
        hint=hint or "docs/settings.md lists all settings.",
        code="settings-invalid",
    )
