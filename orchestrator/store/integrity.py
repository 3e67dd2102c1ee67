"""What the reports hold, and where they are, against what the trail says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, String, select, type_coerce

from orchestrator.store.moves import CONTENT
from orchestrator.store.tables import entries, reports
from orchestrator.store.trail import content_digests

_TELLING = ("moved", "answered late")  # the entries that say where a report is, or under which reference
_COLUMNS = tuple(reports.c[name] for name in sorted(CONTENT))


def strayed(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each (reference, column) whose state or target reference is not what the trail last said of it.

    A report that the trail tells of and that is gone from the table is told under "report".
    """
    told: dict[str, dict[str, Any]] = {}
    query = select(entries.c.subject, entries.c.details).where(entries.c.action.in_(_TELLING))
    for subject, details in connection.execute(query.order_by(entries.c.seq)):
        told.setdefault(subject, {}).update(_parsed(details))
    state = type_coerce(reports.c.state, String)  # whatever stands there now
    columns = (reports.c.reference, state, reports.c.target_reference)
    for row in connection.execute(select(*columns).execution_options(yield_per=1000)):
        last = told.pop(row.reference, {})
        if row.state != last.get("to"):
            yield row.reference, "state"
        if row.target_reference != last.get("target_reference"):
            yield row.reference, "target_reference"
    for reference in told:
        yield reference, "report"


def altered(connection: Connection, digest_key: bytes) -> Iterator[tuple[str, str]]:
    """Each (reference, column) whose content is not what its last entry in the trail was digested from.

    Content that is not there any more (null: erased) is no alteration; content the trail never told of is
    one. The trail itself is `audit.verify`'s matter, and comes first: this takes its word.
    """
    query = select(reports.c.reference, *_COLUMNS).execution_options(yield_per=100)
    for row in connection.execute(query):
        told = _told(connection, row.reference)
        held = {name: value for name, value in row._asdict().items() if name in CONTENT and value is not None}
        for name, digest in content_digests(digest_key, row.reference, held).items():
            if told.get(name) != digest:
                yield row.reference, name


def _told(connection: Connection, reference: str) -> Mapping[str, str]:
    """The latest digest of each column, as the trail has it."""
    told: dict[str, str] = {}
    for digests in digests_told(connection, reference):
        told |= digests
    return told


def digests_told(connection: Connection, reference: str) -> Iterator[dict[str, Any]]:
    """What each entry of a report says of content and files, in order: name -> keyed digest, or list of them."""
    query = select(entries.c.details).where(entries.c.subject == reference).order_by(entries.c.seq)
    for details in connection.execute(query).scalars():
        found = _parsed(details).get("digests", {})
        yield found if isinstance(found, dict) else {}


def _parsed(details: str) -> dict[str, Any]:
    """Empty for an altered entry, which the verification of the trail names."""
    try:
        found = json.loads(details)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
