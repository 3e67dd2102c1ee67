"""Opening the database, and the one kind of transaction that writes.

SQLite: write-ahead log, every commit on disk before it returns (P1), and BEGIN IMMEDIATE for writers, so
that a transaction that reads before it writes can never find out at the end that another came between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from audit.entry import Entry

DATABASE_ERRORS = (OperationalError, InterfaceError, InternalError, NoConnectionFree)
"""What is raised when the database itself cannot be used, whatever it was to be used for. (Among the internal
errors are a transaction that PostgreSQL ended because it stood still, and a server that only reads.)"""

Clock = Callable[[], datetime]

BUSY_SECONDS = 30
_WRITING = "rpa_writing"
_CHAIN_LOCK = 0x5250_4143  # PostgreSQL's advisory lock for the end of the audit chain; any fixed number does
_ARRIVALS_LOCK = 0x5250_4156  # and for arrivals
_REFERENCES_LOCK = 0x5250_4157  # and for references that people give


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What was changed of a report and no entry says yet: its columns, and columns of its jobs by job."""

    columns: dict[str, Any] = field(default_factory=dict, repr=False)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Chain:
    """What a transaction knows for certain while it holds the end of the audit chain, since nobody else changes it
    meanwhile: the last entry, and the switches of forms, and of their messages, that it has read (None: a form
    without one)."""

    held: bool = False
    last: Entry | None = None
    switches: dict[str | None, Any] = field(default_factory=dict)
    messages: dict[str | None, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A writing transaction under way: its connection, the one time it happens at, the key for digests.

    `unrecorded`: by reference what `store.recorded_columns` noted, until the next entry about the report says it.
    """

    connection: Connection
    now: datetime
    digest_key: bytes
    unrecorded: dict[str, Unrecorded] = field(default_factory=dict, repr=False)
    chain: Chain = field(default_factory=Chain, repr=False)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that is undone as a whole when its block raises, and the rest can go on."""
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            self.chain.held, self.chain.last = False, None  # a lock taken in the part is gone, too
            self.chain.switches.clear()
            self.chain.messages.clear()
            raise


def open_engine(
    url: str, busy_seconds: float = BUSY_SECONDS, statement_seconds: float | None = None
) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql://...`. Connects at first use.

    `busy_seconds`: how long another writer is waited for, a connection, and what PostgreSQL has to do for one
    statement, unless `statement_seconds` says otherwise. Then something of `DATABASE_ERRORS` is raised.
    """
    parsed = make_url(url)
    common: dict[str, Any] = {
        "pool_size": 20,
        "max_overflow": 20,
        "pool_timeout": busy_seconds,
        "hide_parameters": True,  # they are answers, and errors show them (P8)
    }
    if parsed.get_backend_name() != "sqlite":
        return _open_postgresql(parsed, common, busy_seconds, statement_seconds or busy_seconds)
    engine = create_engine(parsed, connect_args={"timeout": busy_seconds}, **common)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _open_postgresql(url: URL, common: Mapping[str, Any], busy: float, statement: float) -> Engine:
    from orchestrator.store.postgresql import connecting, limits  # its driver is slow to import

    given = limits(url, busy, statement)
    engine = create_engine(url, connect_args=given, pool_pre_ping=True, **common)
    event.listen(engine, "do_connect", connecting(statement))
    return engine


def say_where(engine: Engine, setting: str) -> Engine:
    """The same engine, whose errors say which database it is: its address, and the `setting` that gave it."""
    note = f"Its address is {shown(engine.url)} ({setting})."

    def add(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.add_note(note)

    event.listen(engine, "handle_error", add)
    return engine


def shown(url: URL) -> str:
    """An address without what may be secret in it: the password, and the value of every option."""
    options = "&".join(f"{name}=***" for name in url.query)
    return url.set(query={}).render_as_string(hide_password=True) + (f"?{options}" if options else "")


@contextmanager
def writing(engine: Engine, clock: Clock, digest_key: bytes) -> Iterator[Transaction]:
    """A transaction that commits at the end, or rolls back and re-raises.

    The time is taken after the database let us in: what waited for its turn must not write an old time.
    """
    with for_writing(engine).begin() as connection:
        yield Transaction(connection, clock(), digest_key)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads, every statement the same moment: where it compares what it reads, nothing that is
    written meanwhile is a difference. SQLite reads so anyway."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


def for_writing(engine: Engine) -> Engine:
    """The same engine, whose transactions keep out other writers from their start."""
    return engine.execution_options(**{_WRITING: True})


def lock_chain(transaction: Transaction) -> None:
    """Keep every other writer from the end of the audit chain until this transaction ends.

    SQLite lets in one writer at a time anyway. Whoever waits for a row while holding the chain could wait for
    ever. So locks are taken in one order: reports by reference, jobs, the chain. (Rows are locked FOR NO KEY
    UPDATE, which another delivery of the same report, holding the chain, need not wait for.)
    """
    if not transaction.chain.held:
        _lock(transaction.connection, _CHAIN_LOCK)
        transaction.chain.held = True


def lock_arrivals(connection: Connection) -> None:
    """Keep every other arrival out until this transaction ends. Before any row is locked."""
    _lock(connection, _ARRIVALS_LOCK)


def lock_references(connection: Connection) -> None:
    """Keep everybody else from giving a report a reference by hand until this transaction ends. Before any row is
    locked."""
    _lock(connection, _REFERENCES_LOCK)


def _lock(connection: Connection, key: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late: see _begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(
        "PRAGMA secure_delete = ON"
    )  # what is erased, or moved within the file, leaves no copy there
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
