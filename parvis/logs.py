"""What is written to stderr: for people, or one JSON object a line."""

import logging
import sys

import structlog

from parvis.config import LogFormat, LogLevel

_LEVELS = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
}


def log_to_stderr(level: LogLevel = LogLevel.WARNING, shape: LogFormat = LogFormat.TEXT) -> None:
    """Write lines from *level* on, in that *shape*."""
    shown = (
        structlog.processors.JSONRenderer()
        if shape is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            shown,
        ],
    )
