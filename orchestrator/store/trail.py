"""The audit chain inside the database: appended in the transaction of what it tells of."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, LargeBinary, Select, cast, insert, select
from sqlalchemy.exc import DBAPIError

from audit.chain import content_digest, link, seal
from audit.entry import Entry
from audit.entry import digest as digest_of_content
from orchestrator.monitoring.database_troubles import trouble
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.recorded_columns import as_json
from orchestrator.store.tables import entries

SYSTEM = "rpa"  # who acts where nobody in particular does
FIND_FIRST = "to be looked for first"  # the entry after a restore
_PAGE = 1000
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_CHAIN = tuple(entries.c[name] for name in Entry.__slots__)
_NEW = insert(entries)
_LAST = select(*_CHAIN).order_by(entries.c.seq.desc()).limit(1)


def append(
    transaction: Transaction, *, actor: str, action: str, subject: str, details: Mapping[str, object]
) -> Entry:
    """Write what happened at the end of the chain, with this installation's seal, and what else was changed of
    the subject since the last entry about it."""
    lock_chain(transaction)
    entry = link(
        transaction.chain.last or head(transaction.connection),
        at=transaction.now,
        actor=actor,
        action=action,
        subject=subject,
        details={**details, **_unrecorded(transaction, subject, details)},
    )
    chained = {name: getattr(entry, name) for name in Entry.__slots__}
    transaction.connection.execute(_NEW, {**chained, "seal": seal(transaction.digest_key, entry.digest)})
    transaction.chain.last = entry
    return entry


def append_rest(transaction: Transaction) -> None:
    """Write what was changed of reports, and no entry of the transaction says."""
    for reference in sorted(transaction.unrecorded):
        append(transaction, actor=SYSTEM, action="changed", subject=reference, details={})


def _unrecorded(transaction: Transaction, subject: str, details: Mapping[str, Any]) -> dict[str, object]:
    changed = transaction.unrecorded.pop(subject, None)
    if changed is None:
        return {}
    columns = {name: as_json(value) for name, value in changed.columns.items()}
    digests = content_digests(transaction.digest_key, subject, columns) | details.get("digests", {})
    return ({"digests": digests} if digests else {}) | ({"jobs": changed.jobs} if changed.jobs else {})


def saying(subject: str, action: str, *words: str) -> Select[int]:
    """The entries of this action about the subject with these words in their details (canonical JSON)."""
    query = select(entries.c.seq).where(entries.c.subject == subject, entries.c.action == action)
    said = (entries.c.details.contains(each, autoescape=True) for each in words)
    return query.where(*said)


def digest_of(connection: Connection, seq: int) -> str | None:
    """The digest of the entry with this number; None when there is none."""
    return connection.execute(select(entries.c.digest).where(entries.c.seq == seq)).scalar_one_or_none()


def checkpoint_followed(connection: Connection, key: bytes) -> str:
    """The signature of the last checkpoint there was when reports were last marked after a restore, by an entry
    that this installation wrote; empty if never."""
    columns = _as_bytes(connection, (*_CHAIN, entries.c.seal))
    query = select(*columns).where(entries.c.subject == "reports", entries.c.action == FIND_FIRST)
    for row in connection.execute(query.order_by(entries.c.seq.desc())):
        *chain, found = map(_text, row)
        entry = Entry(*chain)  # type: ignore[arg-type]  # whatever stands there: then it is not ours
        if _is_own(entry) and _is_sealed(key, entry.digest, found):
            return str(parsed(entry.details).get("followed", ""))
    return ""


def _is_own(entry: Entry) -> bool:
    """Whether an entry says what its digest was taken of: a seal is of the digest alone."""
    with suppress(ValueError):  # something in it that no entry has
        return digest_of_content(entry) == entry.digest
    return False


def _is_sealed(key: bytes, digest: object, found: object) -> bool:
    """Whether this is the seal of the entry with that digest, whatever stands there."""
    return hmac.compare_digest(seal(key, str(digest)).encode(), str(found).encode())


def begun(engine: Engine) -> bool:
    """Whether the trail has an entry."""
    with engine.connect() as connection:
        return head(connection) is not None


def head(connection: Connection) -> Entry | None:
    """The last entry, or None while nothing has happened."""
    row = connection.execute(_LAST).one_or_none()
    return None if row is None else Entry(*row)


def content_digests(key: bytes, reference: str, content: Mapping[str, object]) -> dict[str, str]:
    """The keyed digest of each JSON value, under its name: what the trail may say of content (P7)."""
    return {
        name: bound_digest(key, reference, name, canonical_json(value)) for name, value in content.items()
    }


def bound_digest(key: bytes, reference: str, name: str, content: bytes) -> str:
    """A keyed digest bound to report and name: equal answers in two reports must not show as equal digests."""
    return content_digest(key, f"{reference}\0{name}\0".encode() + content)


def canonical_json(value: object) -> bytes:
    """One text for one value, for any JSON at all: RFC 8785 refuses some that the public can send."""
    return _CANONICAL.encode(value).encode()


def parsed(details: str) -> dict[str, Any]:
    """The details of an entry. Empty for an altered one, which the verification of the trail names."""
    try:
        found = json.loads(details)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def rows(connection: Connection) -> Iterator[Mapping[str, object]]:
    """The chain as it is in the database, in order, for `audit.verify`.

    Made to survive what it is there to find: bytes that are no text any more are shown as escapes, and
    where the database itself cannot read on, an empty row says so and the reading ends. One that is away or busy
    is no such finding: what it raises is raised.
    """
    names = [column.name for column in _CHAIN]
    query = select(*_as_bytes(connection, _CHAIN)).order_by(entries.c.seq).execution_options(yield_per=_PAGE)
    try:
        for row in connection.execute(query):
            yield {name: _text(value) for name, value in zip(names, row, strict=True)}
    except DBAPIError as error:
        if _is_away(error):
            raise
        yield {}


def unsealed(connection: Connection, key: bytes, after: int) -> Iterator[int]:
    """The numbers of the entries after number `after` without this installation's seal, and of those before the
    first: somebody else wrote them.

    One that the database cannot read counts as one of them, and ends the reading: `rows` says so, too. Raises what
    a database raises that is away or busy.
    """
    columns = _as_bytes(connection, (entries.c.seq, entries.c.digest, entries.c.seal))
    query = select(*columns).where(entries.c.seq > after).order_by(entries.c.seq)
    last = after
    try:
        yield from connection.execute(select(entries.c.seq).where(entries.c.seq < 1)).scalars()
        for seq, digest, found in connection.execute(query.execution_options(yield_per=_PAGE)):
            last = seq
            if not _is_sealed(key, _text(digest), _text(found)):
                yield seq
    except DBAPIError as error:
        if _is_away(error):
            raise
        yield last + 1


def _is_away(error: DBAPIError) -> bool:
    """Whether a database could not be read because of what has nothing to do with what stands in it."""
    return error.connection_invalidated or trouble(error) != ""


def _as_bytes(connection: Connection, columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """SQLite's driver fails on altered text before anyone sees it: there texts are fetched as bytes."""
    if connection.dialect.name != "sqlite":
        return list(columns)
    return [each if each is entries.c.seq else cast(each, LargeBinary) for each in columns]


def _text(value: object) -> object:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
