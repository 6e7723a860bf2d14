"""Settings: /etc/gnt-runbook/config.toml, then the user's, then GNT_RUNBOOK_* variables; the command line wins."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine import ownership
from engine.effects import Effect
from engine.errors import NOTHING_CHANGED, UsageError
from engine.nearest import did_you_mean

SYSTEM_FILE = Path("/etc/gnt-runbook/config.toml")


class Settings(BaseModel):
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

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[str, ...] = ()
    user: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    ssh_config: Path | None = None
    known_hosts: tuple[Path, ...] = ()
    connect_timeout: Annotated[float, Field(gt=0, le=300)] = 10.0
    runbooks: tuple[Path, ...] = ()
    state: Path | None = None
    log_file: Path | None = None
    log_syslog: bool = False
    second_person: Literal[Effect.REVERSIBLE, Effect.DISRUPTIVE, Effect.DESTRUCTIVE] | None = None
    approval_timeout: Annotated[float, Field(gt=0, le=86400)] = 1800.0
    approvals: Path | None = None
    drills: tuple[Path, ...] = ()
    drill_days: Annotated[int, Field(ge=1, le=36500)] = 90

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
    merged: dict[str, object] = {}
    for path in (SYSTEM_FILE, user_file()):
        merged.update(_from_file(path))
    merged.update(_from_environment(os.environ if environment is None else environment))
    return _validated(merged, "The settings", "")


def _from_file(path: Path) -> dict[str, object]:
    try:
        # Whoever can write them can name other runbooks, other keys of hosts, and nobody to approve anything.
        ownership.check(path.parent)
        data = tomllib.loads(ownership.read_own(path).decode("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        strange = isinstance(error, ownership.StrangerError)
        what = "are not gone by" if strange else "cannot be read"
        raise _invalid(f"The settings in {path} {what}.", why, ownership.REMEDY if strange else "") from error
    _validated(data, f"The settings in {path}", "")
    return data


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in Settings.model_fields:
        text = environment.get(f"GNT_RUNBOOK_{name.upper()}")
        if text:
            found[name] = _several(text, LISTS[name]) if name in LISTS else text
    _validated(found, "The settings in the environment", "GNT_RUNBOOK_")
    return found


def _several(text: str, separator: str) -> list[str]:
    return [one.strip() for one in text.split(separator) if one.strip()]


def _validated(data: dict[str, object], what: str, prefix: str) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(_problem(one["loc"], one["type"], one["msg"], prefix) for one in error.errors())
        raise _invalid(f"{what} cannot be used.", problems) from error


def _problem(loc: tuple[int | str, ...], kind: str, message: str, prefix: str) -> str:
    name = str(loc[0]) if loc else ""
    if kind == "extra_forbidden":
        return f"there is no setting '{name}'{did_you_mean(name, Settings.model_fields) or '.'}"
    shown = f"{prefix}{name.upper()}" if prefix else ".".join(map(str, loc))
    if kind == "tuple_type":
        message = 'this is a list: ["one", "another"]'
    return f"{shown}: {message}"


def _invalid(what: str, why: str, hint: str = "") -> UsageError:
    return UsageError(
        what,
        why=why,
        changed=NOTHING_CHANGED,
        hint=hint or "docs/settings.md lists all settings.",
        code="settings-invalid",
    )
