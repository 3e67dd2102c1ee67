"""What keeps a database from working that may end by itself, or once somebody makes room."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

_BUSY = "the database is busy: another program has been writing to it for too long; try again"
_FULL = "the disk of the database is full"
_WORDS = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "the database cannot be read or written: its disk is full, or failing",
    "DiskFull": _FULL,  # of PostgreSQL
}
"""By the names of SQLite's result codes (<https://www.sqlite.org/rescode.html>; extended codes begin with these)
and of psycopg's errors."""


def described(error: DBAPIError) -> str:
    """Why a statement failed, in words that quote nothing of it."""
    return trouble(error) or f"the database cannot be used now ({type(error.orig).__name__}); is it running?"


def trouble(error: BaseException) -> str:
    """What is full or busy, in words; empty for any other error."""
    if not isinstance(error, DBAPIError):
        return ""
    name = getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)
    return next((words for code, words in _WORDS.items() if f"{name}_".startswith(f"{code}_")), "")
