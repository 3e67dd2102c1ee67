"""Types of columns: instants, text from outside and codes, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

_T = TypeVar("_T", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on both sides, UTC in the database (SQLite keeps no offset)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To UTC. Raises ValueError on a naive time: it would silently mean something else."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must say its offset from UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def storable(words: str) -> str:
    """Text that any database keeps: half characters and NUL, which the public can send, become escapes."""
    return words.encode(errors="backslashreplace").decode().replace("\0", "\\x00")


class SafeText(TypeDecorator[str]):
    """Text from outside, made storable on its way in, and where it is compared."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As `storable` has it."""
        return None if value is None else storable(value)


LONGEST_MESSAGE = 2000  # characters: a target may show any number of references or rows


def message(words: str) -> str:
    """A message as it is stored, however much of it there was."""
    kept = storable(words)
    return kept if len(kept) <= LONGEST_MESSAGE else f"{kept[: LONGEST_MESSAGE - 1]}…"


class Message(SafeText):
    """The last fault in plain words, made no longer than a person reads on its way in."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As `message` has it."""
        return None if value is None else message(value)


class EnumCode(TypeDecorator[_T]):
    """A StrEnum kept as its short code."""

    impl = String(32)
    cache_ok = True

    def __init__(self, codes: type[_T]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: _T | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The code as plain text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> _T | None:  # noqa: ARG002
        """The code as a member of its list."""
        return None if value is None else self.codes(value)
