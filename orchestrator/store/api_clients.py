"""The programs that may send reports to the Standard API: each has an id, and a secret that is nowhere here."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.tables import api_clients, entries
from orchestrator.store.trail import append, bound_digest, parsed
from orchestrator.store.unreadable import readable

_ADDED, _REVOKED = "added", "revoked"
_CURRENT = api_clients.c.revoked_at.is_(None)


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client that may send reports."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A client, and what became of it. Times are UTC."""

    id: str
    name: str
    added_at: datetime
    added_by: str
    revoked_at: datetime | None
    revoked_by: str | None


def every(connection: Connection, unreadable: Callable[[str], object]) -> list[ApiClient]:
    """Every client, in the order in which they were added; `unreadable` is called with the name of each whose row
    cannot be read."""
    query = select(*(api_clients.c[name] for name in ApiClient.__slots__))
    ordered = query.order_by(api_clients.c.added_at, api_clients.c.id)
    key = (api_clients.c.id,)
    return readable(
        connection,
        ordered,
        key,
        lambda row: ApiClient(**row._asdict()),
        lambda its: unreadable(f"client {its.id}"),
    )


def proven(connection: Connection, key: bytes, client_id: str, secret: str) -> KnownClient | None:
    """The client with this id and secret, unless it is revoked.

    The same is computed and compared, in constant time, whether or not there is such an id.
    """
    query = select(api_clients.c.name, api_clients.c.secret).where(api_clients.c.id == client_id, _CURRENT)
    row = connection.execute(query).one_or_none()
    kept = row.secret if row is not None else _digest(key, client_id, "")
    same = hmac.compare_digest(_digest(key, client_id, secret).encode(), str(kept).encode())
    return KnownClient(client_id, row.name) if row is not None and same else None


def add(transaction: Transaction, client_id: str, name: str, secret: str, actor: str) -> bool:
    """Add a client; false, and nothing is done, where one that is not revoked has this name."""
    lock_chain(transaction)
    if _find(transaction.connection, name) is not None:
        return False
    digest = _digest(transaction.digest_key, client_id, secret)
    row = {"id": client_id, "name": name, "secret": digest}
    stamp = {"added_at": transaction.now, "added_by": actor}
    transaction.connection.execute(insert(api_clients).values(**row, **stamp))
    _append(transaction, client_id, actor, _ADDED, {"name": name, "digests": {"secret": digest}})
    return True


def revoke(transaction: Transaction, client: str, actor: str) -> KnownClient | None:
    """Revoke the client with this id or name, for good; returns it. None where there is none that is not revoked
    already."""
    lock_chain(transaction)
    found = _find(transaction.connection, client)
    if found is not None:
        this = update(api_clients).where(api_clients.c.id == found.id)
        stamp = {"revoked_at": transaction.now, "revoked_by": actor}
        transaction.connection.execute(this.values(**stamp))
        _append(transaction, found.id, actor, _REVOKED, {"name": found.name})
    return found


def _find(connection: Connection, client: str) -> KnownClient | None:
    named = (api_clients.c.id == client) | (api_clients.c.name == client)
    query = select(api_clients.c.id, api_clients.c.name).where(named, _CURRENT)
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else KnownClient(*row)


def altered(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each (client, column) that is not what the trail says of it; "client" where the row is gone, or the trail
    has none."""
    said = _said(connection)
    query = select(api_clients.c.id, api_clients.c.name, api_clients.c.secret, _CURRENT.label("current"))
    rows = {_subject(row.id): row._asdict() for row in connection.execute(query)}
    for subject in sorted(rows.keys() ^ said.keys()):
        yield subject, "client"
    for subject in sorted(rows.keys() & said.keys()):
        here = rows[subject] | {"current": bool(rows[subject]["current"])}
        yield from ((subject, name) for name, value in said[subject].items() if here[name] != value)


def _said(connection: Connection) -> dict[str, dict[str, Any]]:
    """What the trail says of each client."""
    said: dict[str, dict[str, Any]] = {}
    query = select(entries.c.subject, entries.c.action, entries.c.details)
    ours = query.where(entries.c.subject.startswith(_subject("")), entries.c.action.in_((_ADDED, _REVOKED)))
    for subject, action, details in connection.execute(ours.order_by(entries.c.seq)):
        told = parsed(details)
        columns = {"name": told.get("name"), "current": action == _ADDED}
        if action == _ADDED:
            digests = told.get("digests")
            columns["secret"] = digests.get("secret") if isinstance(digests, dict) else None
        said.setdefault(subject, {}).update(columns)
    return said


def _digest(key: bytes, client_id: str, secret: str) -> str:
    """What is kept of a secret. It has 256 bits of chance, so nobody finds it by trying, however quick that is;
    and without the installation's key, which is in no database, nobody puts a secret of their own in its place."""
    return bound_digest(key, client_id, "secret", secret.encode())


def _subject(client_id: str) -> str:
    return f"client:{client_id}"


def _append(
    transaction: Transaction, client_id: str, actor: str, action: str, details: dict[str, object]
) -> None:
    append(transaction, actor=actor, action=action, subject=_subject(client_id), details=details)
