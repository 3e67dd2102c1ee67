"""One `rpa run` on one database at a time: two would receive from the same folder and sign the same trail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from orchestrator.durable import locked
from orchestrator.store.schema import DatabaseAway
from rpa.errors import OperatingError

_RUN_LOCK = {
    "key": 0x5250_4152
}  # PostgreSQL's advisory lock for whoever runs the system; any fixed number does
_TAKE = text("SELECT pg_backend_pid() WHERE pg_try_advisory_lock(:key)")
_HOLDER = text(
    "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
    "WHERE datname = current_database() AND locktype = 'advisory' AND classid = 0 AND objid = :key AND granted"
)
_ENDING = ".run-lock"

Keep = Callable[[], None]
"""Makes sure that this is still the only run. Raises `AlreadyRunning` when another has taken its place, and one of
`DATABASE_ERRORS` when that cannot be known now."""


class AlreadyRunning(OperatingError):  # noqa: N818 - says what is the case
    """Another `rpa run` works on this database."""

    def __init__(self) -> None:
        super().__init__("another `rpa run` works on this database; stop it first")


def only_run(engine: Engine) -> AbstractContextManager[Keep]:
    """Be the only `rpa run` on a database while the block lasts; the system lets go when the process dies.

    SQLite: a locked file beside the database (not beside a link to it), which stays. PostgreSQL: an advisory lock
    of one connection, which ends with it: `Keep` notices, and takes it again. Raises `AlreadyRunning`, and
    `DatabaseAway` where that file cannot be made.
    """
    return _on_server(engine) if engine.dialect.name == "postgresql" else _beside(engine)


@contextmanager
def _on_server(engine: Engine) -> Iterator[Keep]:
    with engine.connect() as connection:
        session = _take(connection)

        def keep() -> None:
            nonlocal session
            # A session of ours that the server has not given up yet keeps others out as well.
            if _holder(connection) != session:
                session = _take(connection)

        try:
            yield keep
        finally:
            _release(connection)


def _take(connection: Connection) -> int:
    """Take the lock; returns the server's number of the session that has it. Raises `AlreadyRunning`."""
    session = connection.execute(_TAKE, _RUN_LOCK).scalar()
    connection.commit()
    if session is None:
        raise AlreadyRunning
    return int(session)


def _holder(connection: Connection) -> int | None:
    """The session that has the lock. A connection that was lost is opened again."""
    connection.rollback()  # what failed before
    try:
        holder = connection.execute(_HOLDER, _RUN_LOCK).scalar()
    except DBAPIError:
        connection.rollback()
        holder = connection.execute(_HOLDER, _RUN_LOCK).scalar()
    connection.commit()
    return holder


def _release(connection: Connection) -> None:
    """Give up the lock of the session: the server may notice only later that a session has ended."""
    if connection.invalidated:  # lost, and the lock with it: it is not opened again for this
        return
    with suppress(DBAPIError):  # the server is away, and the lock with it
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock_all()"))
        connection.commit()


@contextmanager
def _beside(engine: Engine) -> Iterator[Keep]:
    file = _lock_file(Path(str(engine.url.database)).resolve())
    if file is None:
        raise AlreadyRunning
    with file:
        yield lambda: None


def _lock_file(database: Path) -> BinaryIO | None:
    path = database.with_name(f"{database.name}{_ENDING}")
    try:
        return locked(path)
    except OSError as error:  # a full disk, for one
        raise DatabaseAway(f"the lock {path} cannot be used: {error.strerror or error}") from error
