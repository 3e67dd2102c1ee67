"""A planned value in the target's own writing, and back: as typed, as held, as the record shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from rpa.plan import Value
from rpa.targets.profile import Control, Kind, Record

DATE_FORMAT, TIME_FORMAT = "%d/%m/%Y", "%H:%M"


def typed(control: Control, value: Value) -> str:
    """The one text to be typed for a value."""
    return _written(control, control.format, str(value))


def boxes(control: Control, value: Value) -> Mapping[str, str]:
    """The text for each box of a date in boxes: caption -> text."""
    day = date.fromisoformat(str(value))
    return {box: written(day, pattern) for box, pattern in (control.boxes or {}).items()}


def written(day: date, pattern: str) -> str:
    """A day in a strftime format; its year in four figures, which no C library promises for those before 1000."""
    return day.strftime(pattern.replace("%Y", f"{day.year:04}"))


def shown(control: Control, value: Value, record: Record) -> str | tuple[str, ...]:
    """How the record shows a value."""
    if isinstance(value, bool):
        return record.yes if value else record.no
    if isinstance(value, tuple):
        return tuple(sorted(map(squeezed, value)))
    return squeezed(_written(control, control.shown or control.format, str(value)))


def read(text: object, record: Record) -> str | tuple[str, ...]:
    """What a record shows, in the same form as `shown`; nothing where it shows that nothing was given."""
    if isinstance(text, list | tuple):
        return tuple(sorted(squeezed(str(each)) for each in text))
    squeezed_text = squeezed(str(text))
    return "" if squeezed_text in record.empty else squeezed_text


def squeezed(text: str) -> str:
    """Text without what no page keeps: trailing blanks of a line, runs of blanks, carriage returns."""
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).strip()


def _written(control: Control, pattern: str | None, text: str) -> str:
    if control.kind is Kind.DATE:
        return written(date.fromisoformat(text), pattern or DATE_FORMAT)
    if control.kind is Kind.TIME:
        return datetime.strptime(text, TIME_FORMAT).strftime(pattern or TIME_FORMAT)  # noqa: DTZ007 - no zone
    return text
