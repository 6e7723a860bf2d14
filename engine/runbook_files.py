"""Where runbooks are: the YAML files of a folder."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from engine.errors import UsageError

SUFFIX = ".yaml"


def yaml_files(folder: Path | Traversable) -> list[Path | Traversable]:
    """The files of a folder that may hold something of a runbook, in order; none where there is no such folder.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if not folder.is_dir():
            return []
        files = [file for file in folder.iterdir() if file.name.endswith(SUFFIX)]
        return sorted((file for file in files if not file.name.startswith(".")), key=lambda file: file.name)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be read.", why=error.strerror or str(error), code="runbook-folder"
        ) from error
