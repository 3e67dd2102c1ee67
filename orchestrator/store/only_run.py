"""One `rpa run` on one database at a time: two would receive from the same folder and sign the same trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from orchestrator.durable import locked
from orchestrator.store.schema import DatabaseAway
from rpa.errors import OperatingError

_RUN_LOCK = 0x5250_4152  # PostgreSQL's advisory lock for whoever runs the system; any fixed number does
_ENDING = ".run-lock"
_ANOTHER = "another `rpa run` works on this database; stop it first"


class AlreadyRunning(OperatingError):  # noqa: N818 - says what is the case
    """Another `rpa run` works on this database."""


def _release(connection: Connection) -> None:
    """Give up the lock of the session: the server may notice only later that a session has ended."""
    with suppress(DBAPIError):  # the server is away, and the lock with it
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _RUN_LOCK})
        connection.commit()


@contextmanager
def only_run(engine: Engine) -> Iterator[None]:
    """Be the only `rpa run` on a database while the block lasts; the system lets go when the process dies.

    SQLite: a locked file beside the database (not beside a link to it), which stays. PostgreSQL: an advisory lock
    of one connection. Raises `AlreadyRunning`, and `DatabaseAway` where that file cannot be made.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            query = text("SELECT pg_try_advisory_lock(:key)")
            if not connection.execute(query, {"key": _RUN_LOCK}).scalar_one():
                raise AlreadyRunning(_ANOTHER)
            connection.commit()
            try:
                yield
            finally:
                _release(connection)
        return
    file = _lock_file(Path(str(engine.url.database)).resolve())
    if file is None:
        raise AlreadyRunning(_ANOTHER)
    with file:
        yield


def _lock_file(database: Path) -> BinaryIO | None:
    path = database.with_name(f"{database.name}{_ENDING}")
    try:
        return locked(path)
    except OSError as error:  # a full disk, for one
        raise DatabaseAway(f"the lock {path} cannot be used: {error.strerror or error}") from error
