"""The practice CHS's own ledger: saved records, people created by them, attached files. Survives a restart.

Calls block; pages run them on a thread. One connection, one lock: writes are few and each is durable before it
returns (WAL, synchronous FULL).
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .record import Part, given_fields, given_rows
from .register import FIRST_CREATED, Person, person_reference

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    source_reference TEXT NOT NULL,
    account TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    findable_at REAL NOT NULL,
    parts TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS record_source_reference ON record (source_reference);
CREATE TABLE IF NOT EXISTS content (
    record INTEGER PRIMARY KEY,
    filled TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS amendment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    record INTEGER NOT NULL,
    account TEXT NOT NULL,
    amended_at TEXT NOT NULL,
    parts_before TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS person (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    surname TEXT NOT NULL,
    forename TEXT NOT NULL,
    date_of_birth TEXT NOT NULL,
    address TEXT NOT NULL
);
"""
AMENDMENTS = """(SELECT json_group_array(json_object('amended_at', amended_at, 'account', account))
 FROM (SELECT * FROM amendment WHERE record = record.number ORDER BY number))"""
REQUESTS = "coalesce((SELECT requests FROM content WHERE content.record = record.number), 0)"
COLUMNS = f"number, source_reference, account, saved_at, parts, {AMENDMENTS}, {REQUESTS}"
REFERENCE = re.compile(r"CHS-([0-9]{4})-([0-9]{7,})")


@dataclass(frozen=True, slots=True)
class Record:
    """One saved record; `saved_at` is UTC in ISO 8601.

    `amendments`: each with `amended_at` and `account`, in order. `requests`: how many requests to save changes
    came.
    """

    number: int
    source_reference: str
    account: str
    saved_at: str
    parts: list[Part]
    amendments: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0

    @property
    def reference(self) -> str:
        """The CHS's own reference, such as `CHS-2026-0000123`."""
        return f"CHS-{self.saved_at[:4]}-{self.number:07d}"

    def as_json(self) -> dict[str, Any]:
        """The record as `GET /practice/records` gives it."""
        return {
            "chs_reference": self.reference,
            "source_reference": self.source_reference,
            "account": self.account,
            "saved_at": self.saved_at,
            "fields": given_fields(self.parts),
            "rows": given_rows(self.parts),
            "amendments": self.amendments,
            "amendment_requests": self.requests,
        }


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to add to the register with a record."""

    surname: str
    forename: str
    date_of_birth: str
    address: str


class Ledger:
    """The ledger in a directory, made on first use."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._files = directory / "attachments"
        self._files.mkdir(exist_ok=True)
        self._lock = threading.Lock()
        self._base = sqlite3.connect(
            directory / "practice-chs.db", check_same_thread=False, isolation_level=None
        )
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        self._base.executescript(SCHEMA)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._base.close()

    def save(
        self,
        source_reference: str,
        account: str,
        parts: Sequence[Part],
        filled: Mapping[str, Any],
        *,
        person: NewPerson | None = None,
        hidden_for: float = 0.0,
    ) -> str:
        """Write a record durably; returns its reference.

        Args:
            source_reference: what the sender calls the report.
            account: who saved it.
            parts: the record as it is shown.
            filled: what was keyed, as JSON values, for an amendment to start from.
            person: added to the register in the same transaction.
            hidden_for: seconds until search finds the record.

        """
        saved_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = (source_reference, account, saved_at, time.time() + hidden_for, json.dumps(parts))
        with self._lock, self._base:
            self._base.execute("BEGIN IMMEDIATE")
            number = self._base.execute(
                "INSERT INTO record (source_reference, account, saved_at, findable_at, parts)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            ).lastrowid
            self._base.execute(
                "INSERT INTO content (record, filled) VALUES (?, ?)", (number, json.dumps(filled))
            )
            self._add(person)
        return Record(number or 0, source_reference, account, saved_at, list(parts)).reference

    def _add(self, person: NewPerson | None) -> None:
        if person is not None:
            self._base.execute(
                "INSERT INTO person (surname, forename, date_of_birth, address) VALUES (?, ?, ?, ?)",
                (person.surname, person.forename, person.date_of_birth, person.address),
            )

    def amend(
        self,
        number: int,
        account: str,
        parts: Sequence[Part],
        filled: Mapping[str, Any],
        *,
        person: NewPerson | None = None,
    ) -> None:
        """Write a record's changes, durably; what it showed before is kept with who changed it and when."""
        amended_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._lock, self._base:
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute(
                "INSERT INTO amendment (record, account, amended_at, parts_before)"
                " SELECT number, ?, ?, parts FROM record WHERE number = ?",
                (account, amended_at, number),
            )
            self._base.execute("UPDATE record SET parts = ? WHERE number = ?", (json.dumps(parts), number))
            self._base.execute("UPDATE content SET filled = ? WHERE record = ?", (json.dumps(filled), number))
            self._add(person)

    def count_request(self, number: int) -> None:
        """Count a request to save changes to a record, whatever comes of it."""
        with self._lock, self._base:
            self._base.execute("UPDATE content SET requests = requests + 1 WHERE record = ?", (number,))

    def filled(self, number: int) -> dict[str, Any] | None:
        """What was keyed into a record, for an amendment to start from."""
        with self._lock:
            row = self._base.execute("SELECT filled FROM content WHERE record = ?", (number,)).fetchone()
        found: dict[str, Any] | None = None if row is None else json.loads(row[0])
        return found

    def _records(self, clause: str, *values: str | float) -> list[Record]:
        # The clause is one of this module's own literals; values go in as parameters.
        query = f"SELECT {COLUMNS} FROM record {clause}"  # noqa: S608
        with self._lock:
            rows = self._base.execute(query, values).fetchall()
        return [
            Record(number, source, account, at, json.loads(parts), json.loads(amendments), requests)
            for number, source, account, at, parts, amendments, requests in rows
        ]

    def records(self, source_reference: str | None = None) -> list[Record]:
        """Every record, or those of one source reference, oldest first, whether search finds them yet or not."""
        if source_reference is None:
            return self._records("ORDER BY number")
        return self._records("WHERE source_reference = ? ORDER BY number", source_reference)

    def record(self, reference: str) -> Record | None:
        """The record of a CHS reference."""
        parts = REFERENCE.fullmatch(reference)
        if parts is None:
            return None
        found = self._records("WHERE number = ?", int(parts[2]))
        return found[0] if found and found[0].reference == reference else None

    def found_by_source(self, source_reference: str) -> list[Record]:
        """What a search by source reference finds now, newest first."""
        return self._records(
            "WHERE source_reference = ? AND findable_at <= ? ORDER BY number DESC LIMIT 100",
            source_reference,
            time.time(),
        )

    def found_by_reference(self, reference: str) -> list[Record]:
        """What a search by CHS reference finds now."""
        record = self.record(reference)
        return self._records(
            "WHERE number = ? AND findable_at <= ?", record.number if record else 0, time.time()
        )

    def recent(self, account: str) -> list[Record]:
        """The last ten records an account saved that search finds, newest first."""
        return self._records(
            "WHERE account = ? AND findable_at <= ? ORDER BY number DESC LIMIT 10", account, time.time()
        )

    def people(self) -> list[Person]:
        """The people that saved records created."""
        query = "SELECT number, surname, forename, date_of_birth, address FROM person ORDER BY number"
        with self._lock:
            rows = self._base.execute(query).fetchall()
        return [Person(person_reference(FIRST_CREATED - 1 + number), *rest) for number, *rest in rows]

    def keep_file(self, content: bytes) -> str:
        """Keep an attached file under its SHA-256 (hex), which is returned."""
        digest = hashlib.sha256(content).hexdigest()
        (self._files / digest).write_bytes(content)
        return digest

    def empty(self) -> None:
        """Remove every record, created person and file; references already given are not given again."""
        with self._lock, self._base:
            for table in ("record", "content", "amendment"):
                self._base.execute(f"DELETE FROM {table}")  # noqa: S608 - one of three literals
            self._base.execute("DELETE FROM person")
        for file in self._files.iterdir():
            file.unlink()
