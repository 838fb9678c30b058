"""Log lines: JSON on standard error, plain text on a terminal, never with the values of variables.

A traceback with local variables would show the customer at hand, so both renderers print plain ones.
"""

import logging
import sys
from typing import Any

import structlog


def configure(level: str) -> None:
    """For this process. `level`: debug, info, warning or error."""
    renderers: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if sys.stderr.isatty():
        renderers = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
