"""What keeps a database from working that may end by itself, or once somebody makes room."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

_BUSY = "the database is busy: another program has been writing to it for too long; try again"
_SLOW = "the database did not respond in time: it is busy, or slow; try again"
_STILL = "the server of the database does not respond"
_FULL = "the disk of the database is full"
_WORDS = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "the database cannot be read or written: its disk is full, or failing",
    # PostgreSQL
    "DiskFull": _FULL,
    "LockNotAvailable": _BUSY,
    "QueryCanceled": _SLOW,
    "IdleInTransactionSessionTimeout": "the database ended a transaction that stood still for too long; try again",
    "ConnectionTimeout": _STILL,
    "_WaitTimeout": _STILL,  # what psycopg calls it when a response does not come
}
"""By the names of SQLite's result codes (<https://www.sqlite.org/rescode.html>; extended codes begin with these)
and of psycopg's errors."""


def described(error: DBAPIError | NoConnectionFree) -> str:
    """Why a statement failed, in words that quote nothing of it, and what is noted with the error: the address."""
    said = trouble(error) or f"the database cannot be used now ({_name(error)}); is it running?"
    notes = getattr(error, "__notes__", [])
    return " ".join([said if said.endswith("?") or not notes else f"{said}.", *notes])


def trouble(error: BaseException) -> str:
    """What is full or busy, in words; empty for any other error."""
    if isinstance(error, NoConnectionFree):
        return "the database is busy: each of our connections to it is in use; try again"
    if not isinstance(error, DBAPIError):
        return ""
    name = _name(error)
    return next((words for code, words in _WORDS.items() if f"{name}_".startswith(f"{code}_")), "")


def _name(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return str(getattr(cause, "sqlite_errorname", type(cause).__name__))
