"""The log for machines: JSON lines in a file of its own, apart from what the operator reads and from the journal."""

from __future__ import annotations

import logging
from pathlib import Path

import structlog
from structlog.typing import EventDict

from engine.redaction.redactor import REDACTOR

_FILE_MODE = 0o600


def _without_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The last before it becomes text: whatever a library says, and what a traceback quotes, goes through here."""
    return {name: REDACTOR.data(value, name) for name, value in event.items()}


def configure(path: Path) -> bool:
    """Send the log to a file; a log that cannot be written is given up, since no recovery should fail for it.

    Returns:
        Whether there is a log now.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8")
        path.chmod(_FILE_MODE)
    except OSError:
        handler = logging.NullHandler()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_secrets,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    # A full disk under the log must not put a traceback on the screen.
    logging.raiseExceptions = False
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # What the ssh library says of each packet's fate would drown everything else.
    logging.getLogger("paramiko").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return not isinstance(handler, logging.NullHandler)
