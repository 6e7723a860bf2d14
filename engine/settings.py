"""Settings: /etc/gnt-runbook/config.toml, then the user's, then GNT_RUNBOOK_* variables; the command line wins."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import NOTHING_CHANGED, UsageError

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

    @property
    def runs_folder(self) -> Path:
        return (self.state or default_state()) / "runs"

    @property
    def log_file(self) -> Path:
        return (self.state or default_state()) / "gnt-runbook.log"


LISTS = {"hosts": ",", "known_hosts": ":", "runbooks": ":"}
"""Settings that hold several values, with what separates them in a variable."""


def default_state() -> Path:
    """`/var/lib/gnt-runbook` for root, the XDG state folder for anyone else."""
    if os.geteuid() == 0:
        return Path("/var/lib/gnt-runbook")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "gnt-runbook"


def user_file() -> Path:
    """The user's own file in the XDG configuration folder."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "gnt-runbook" / "config.toml"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all places, the later ones over the earlier ones.

    Raises:
        UsageError: a file cannot be read or holds something that is no setting.
    """
    merged: dict[str, object] = {}
    for path in (SYSTEM_FILE, user_file()):
        merged.update(_from_file(path))
    merged.update(_from_environment(os.environ if environment is None else environment))
    return _validated(merged, "The settings")


def _from_file(path: Path) -> dict[str, object]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid(f"The settings in {path} cannot be read.", str(error)) from error
    _validated(data, f"The settings in {path}")
    return data


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in Settings.model_fields:
        text = environment.get(f"GNT_RUNBOOK_{name.upper()}")
        if text:
            found[name] = [one for one in text.split(LISTS[name]) if one] if name in LISTS else text
    return found


def _validated(data: dict[str, object], what: str) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise _invalid(f"{what} cannot be used.", problems) from error


def _invalid(what: str, why: str) -> UsageError:
    return UsageError(
        what,
        why=why,
        changed=NOTHING_CHANGED,
        hint="docs/settings.md lists all settings.",
        code="settings-invalid",
    )
