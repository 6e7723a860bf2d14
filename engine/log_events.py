"""What is logged, as a line of JSON without secrets. Only `engine.log` imports this, when the first event comes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from engine.redaction.redactor import REDACTOR


def _without_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The last before it becomes text: whatever a library says, and what a traceback quotes, goes through here."""
    return {name: REDACTOR.data(value, name) for name, value in event.items()}


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # Without the values of variables: they may be secret, and are ours.
    structlog.processors.format_exc_info,
]

FORMATTER = structlog.stdlib.ProcessorFormatter(
    foreign_pre_chain=_SHARED,
    processors=[
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _without_secrets,
        structlog.processors.JSONRenderer(),
    ],
)
"""For the handlers of `logging`, so that what libraries log comes out alike."""

# Not before a handler is there does an event go anywhere, and never to the screen.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=False,
)


def bound(**fields: Any) -> AbstractContextManager[None]:
    """See `engine.log.bound`."""
    return structlog.contextvars.bound_contextvars(**fields)


def logger() -> Any:
    """What takes events, with the run and the step that they are bound to."""
    return structlog.get_logger()
