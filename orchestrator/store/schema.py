"""Which revision the tables are at, and bringing them to the current one.

Alembic is imported by an upgrade only: every command asks for the revision, and would start a third later.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from orchestrator.monitoring.database_troubles import described, trouble
from orchestrator.store.engine import for_writing, shown
from rpa.errors import DefinitionError, Fault, OperatingError

_HERE = Path(__file__).parent
REVISIONS = tuple(sorted(path.name[1:5] for path in (_HERE / "versions").glob("v[0-9]*.py")))
"""Every revision, the current one last: the number in the name of its file."""
VERSION_TABLE = "alembic_version"  # as Alembic calls it
_MAKE = "Make it with `rpa db upgrade`"
_REFUSES = re.compile(r"authentication failed|does not exist|permission denied", re.IGNORECASE)
"""A server that is there, and will not let us in as we are: a wrong setting."""


class DatabaseAway(OperatingError):  # noqa: N818 - says where it is
    """The database cannot be used now: it is full or busy, or its server cannot be reached. Later it may be."""


def upgrade(engine: Engine, revision: str = "head", digest_key: Callable[[], bytes] | None = None) -> str:
    """Bring the tables to the current revision in one transaction, an empty or new database too; returns the
    revision. No error if they are there.

    `digest_key` is called where there are entries from before entries were sealed; it raises what it likes when
    there is no key.
    """
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"digest_key": digest_key})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if path := _file(engine):
        path.parent.mkdir(parents=True, exist_ok=True)
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        return _revision(connection) or ""


def check(engine: Engine) -> None:
    """Refuse a database whose tables are not at the current revision. Makes nothing: the address may be mistyped.

    Raises `DefinitionError` with the remedy: `rpa db upgrade` for one that is empty or behind, a newer `rpa` for
    one that is ahead. Raises `DatabaseAway` when it is full or busy, or its server cannot be reached now.
    """
    path = _file(engine)
    if path is not None and not path.exists():
        raise _refused(engine, "there is no database here", f"{_MAKE}, or correct the address.")
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            revision = _revision(connection) if VERSION_TABLE in tables else None
    except DBAPIError as error:
        if trouble(error) or not (path or _is_refused(error)):
            raise DatabaseAway(described(error)) from error
        message = f"the database cannot be opened ({type(error.orig).__name__})"
        raise _refused(engine, message, "Check the address, the rights and that it is running.") from error
    if not tables:
        raise _refused(engine, "the database has no tables", f"{_MAKE}, or correct the address.")
    if revision == REVISIONS[-1]:
        return
    known = revision is None or revision in REVISIONS
    remedy = "Run `rpa db upgrade`." if known else "Use the version of rpa that made them, or a later one."
    message = f"the tables are at revision {revision or 'none'}, this version needs {REVISIONS[-1]}"
    raise _refused(engine, message, remedy)


def _is_refused(error: DBAPIError) -> bool:
    """Whether a server will not have us as we are, or the driver does not know an option of the address."""
    return isinstance(error, ProgrammingError) or _REFUSES.search(str(error.orig)) is not None


def _file(engine: Engine) -> Path | None:
    """The file of an SQLite database."""
    name = engine.url.database
    is_file = engine.dialect.name == "sqlite" and name and name != ":memory:"
    return Path(name) if is_file and name else None


def _refused(engine: Engine, message: str, remedy: str) -> DefinitionError:
    return DefinitionError(
        Fault(file=shown(engine.url), line=1, place="database.url", message=message, remedy=remedy)
    )


def _revision(connection: Connection) -> str | None:
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
