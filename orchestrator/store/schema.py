"""Which shape the tables are in, and bringing them to today's."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from orchestrator.store.engine import for_writing
from rpa.errors import DefinitionError, Fault

_HERE = Path(__file__).parent


def upgrade(engine: Engine, revision: str = "head") -> str:
    """Bring the tables to today's shape in one transaction; returns the revision. No error if they are."""
    config = _config()
    with for_writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        return _revision(connection) or ""


def check(engine: Engine) -> None:
    """Refuse a database whose tables are not in today's shape; an empty one is given its tables.

    Raises `DefinitionError` with the remedy: `rpa db upgrade` for one that is behind, a newer `rpa` for one
    that is ahead.
    """
    try:
        with engine.connect() as connection:
            revision, empty = _revision(connection), not inspect(connection).get_table_names()
    except DBAPIError as error:
        message = f"the database cannot be opened ({type(error.orig).__name__})"
        raise _refused(engine, message, "Check the address, the rights and that it is running.") from error
    if empty:
        upgrade(engine)
        return
    script = ScriptDirectory.from_config(_config())
    head = script.get_current_head()
    if revision == head:
        return
    known = revision is None or revision in {step.revision for step in script.walk_revisions()}
    remedy = "Run `rpa db upgrade`." if known else "Use the version of rpa that made them, or a later one."
    message = f"the tables are at revision {revision or 'none'}, this version needs {head}"
    raise _refused(engine, message, remedy)


def _refused(engine: Engine, message: str, remedy: str) -> DefinitionError:
    url = engine.url.render_as_string(hide_password=True)
    return DefinitionError(Fault(file=url, line=1, place="database.url", message=message, remedy=remedy))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
