"""Connections to PostgreSQL on which nothing is waited for without end.

What does not respond is noticed by whoever still can: a statement or a transaction that takes too long by the
server, a network that drops everything by the two systems, a server that stands still by the connection itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import URL

_LATER = 2  # seconds after which a connection is given up whose server should have ended the statement


class LimitedConnection(Connection[Any]):
    """A connection that is given up when a response takes longer than `seconds`."""

    seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for a response (psycopg calls this). Raises `OperationalError` when there is none in time."""
        try:
            return super().wait(gen, interval, self.seconds if timeout is None else timeout)
        except OperationalError:
            if self.info.transaction_status is TransactionStatus.ACTIVE:
                self.close()  # what may still come would be taken for the next response
            raise


def connecting(statement_seconds: float) -> Callable[..., LimitedConnection]:
    """How SQLAlchemy connects ("do_connect")."""

    def connect(
        _dialect: object, _record: object, words: list[str], given: dict[str, Any]
    ) -> LimitedConnection:
        connection = LimitedConnection.connect(*words, **given)
        connection.seconds = statement_seconds + _LATER
        return connection

    return connect


def limits(url: URL, busy_seconds: float, statement_seconds: float) -> Mapping[str, object]:
    """What a connection is opened with; what the address itself says counts for more.

    `busy_seconds`: to connect, for a lock, and until a host that has gone is noticed, by both sides: the locks of
    one that lost its power end then. `statement_seconds`: of one statement, and between two of one transaction.
    Names and units: <https://www.postgresql.org/docs/current/libpq-connect.html> and, for the server,
    <https://www.postgresql.org/docs/current/runtime-config-client.html>.
    """
    whole, busy, statement = ceil(busy_seconds), _milliseconds(busy_seconds), _milliseconds(statement_seconds)
    of_server = {
        "statement_timeout": statement,
        "idle_in_transaction_session_timeout": statement,
        "lock_timeout": busy,
        "tcp_keepalives_idle": whole,
        "tcp_keepalives_interval": whole,
        "tcp_user_timeout": busy,
    }
    ours = {
        "connect_timeout": whole,
        "keepalives_idle": whole,
        "keepalives_interval": whole,
        "tcp_user_timeout": busy,
    }
    options = [f"-c {name}={value}" for name, value in of_server.items()]
    given = url.query.get("options", ())
    return {
        **{name: value for name, value in ours.items() if name not in url.query},
        "options": " ".join([*options, *([given] if isinstance(given, str) else given)]),
    }


def _milliseconds(seconds: float) -> int:
    return ceil(seconds * 1000)
