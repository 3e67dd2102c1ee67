"""Logs: one event a line, in JSON or for a terminal, and nothing in them that is not on the list (P8).

Deny by default: a key passes when it is on the list and its value is a plain one; everything else is
replaced. An error is logged by its kind and where it happened; one of ours by its message, which never repeats
an answer. What libraries log goes through the same filter, without the values in their sentences.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from enum import Enum
from traceback import extract_tb
from types import TracebackType
from typing import Any, TextIO

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from structlog.typing import EventDict, Processor

from orchestrator.monitoring.database_troubles import described
from rpa.errors import RpaError
from rpa.visible import visible

WITHHELD = "[withheld]"
LONGEST_VALUE = 300

ALLOWED = frozenset(
    {
        *("event", "level", "logger", "timestamp", "exception", "error"),
        *("reference", "form", "form_version", "state", "frm", "to", "reason", "new", "source"),
        *("target", "target_reference", "screen", "control", "place", "kind", "step", "job", "rule"),
        *("robot", "account", "worker", "pid", "robots", "attempts", "token"),
        *("seconds", "wait_seconds", "lease_seconds", "count", "number", "port", "revision"),
        *("entries", "findings", "checkpoints", "records", "claimed"),
        *("request", "method", "path", "status", "client", "address"),
    }
)
"""What may be logged. Add a key here only if nothing logged under it can ever be an answer or a secret."""

LIBRARIES = ("alembic", "apscheduler", "asyncio", "sqlalchemy", "uvicorn")
"""Libraries whose sentences are shown, without the values in them; those of other loggers are withheld."""

QUIET = {
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,
    "notifications_python_client": logging.ERROR,
    "python_multipart": logging.ERROR,
    "sqlalchemy": logging.WARNING,
}
"""Below these levels a library says nothing; what APScheduler warns of, `service.periodic` says, what GOV.UK
Notify's client does, `notify.sender`, and of a body in parts the API's response."""

OURS = ("orchestrator", "rpa", "audit")


def configure(*, json: bool | None = None, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log of the process to `stream` (standard error), from structlog and the standard library alike.

    `json`: one JSON object a line; False: for people; None: for people when the stream is a terminal.
    """
    stream = stream or sys.stderr
    as_json = not stream.isatty() if json is None else json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _only_known],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _show_exception,
                redact,
                _renderer(as_json, stream),
            ],
            use_get_message=False,  # a library's sentence before values are put into it
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Only what is on the list, and of that only plain values of a bounded length."""
    shown = {key: _plain(value) if key in ALLOWED else WITHHELD for key, value in event.items()}
    if "exception" in shown:
        shown["exception"] = event["exception"]  # made by `_show_exception`, and as long as it has to be
    return shown


def describe(error: BaseException) -> str:
    """An error in one line: what it says when it is one of ours or the system's, else only its kind."""
    if isinstance(error, RpaError):
        return str(error) or type(error).__name__
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # its own words name the file
    return described(error) if isinstance(error, DBAPIError | NoConnectionFree) else type(error).__name__


def _plain(value: object) -> object:
    if isinstance(value, BaseException):
        return visible(describe(value))
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        value = visible(value)
        return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}..."
    return value if value is None or isinstance(value, bool | int | float) else WITHHELD


def _only_known(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The sentence of a library that we know; of asyncio's, which goes on with values, the first line."""
    name = str(event.get("logger", "")).split(".")[0]
    if name not in (*LIBRARIES, *OURS):
        event["event"] = WITHHELD
    elif name == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _show_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The frames of an error instead of its message and its variables."""
    found = event.pop("exc_info", None)
    event.pop("stack_info", None)
    event.pop("exception", None)
    error = _error(found)
    if error is not None:
        event["exception"] = "\n".join(_lines(error))
    return event


def _error(found: object) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if isinstance(found, tuple):
        return found[1] if isinstance(found[1], BaseException) else None
    return sys.exception() if found else None


def _lines(error: BaseException, depth: int = 0) -> Iterator[str]:
    """Kind, then frames innermost last, then what caused it; errors in a group follow, indented."""
    indent, kind, said = "  " * depth, type(error).__name__, visible(describe(error))
    yield f"{indent}{kind}" if said == kind else f"{indent}{kind}: {said}"
    yield from (f"{indent}  {frame}" for frame in _frames(error.__traceback__))
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _lines(inner, depth + 1)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield f"{indent}caused by"
        yield from _lines(cause, depth)


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    for frame in extract_tb(traceback):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}"


def _renderer(as_json: bool, stream: TextIO) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(sort_keys=False)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())
