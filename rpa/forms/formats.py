"""The named formats of a form's answers: how each is written, tidied, checked and shown to people.

A format never guesses: `tidy` returns a text unchanged if it is not certain what was meant, and `check` then
fails.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

import phonenumbers

from rpa.forms.vehicle_marks import is_mark

_BRITAIN = ZoneInfo("Europe/London")
_MONTHS = tuple(calendar.month_name)[1:]  # English: this program never sets a locale
_MONTH_NUMBERS = {
    spelling.casefold(): number
    for number, name in enumerate(_MONTHS, 1)
    for spelling in (name, name[:3], name[:4])
}
_BRITISH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_SPOKEN_DATE = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})")
_CLOCK = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.]\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE
)
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})|(GIR) ?(0AA)")
_PHONE = re.compile(r"[(+ ]{0,3}[0-9][0-9 ()./\u2010-\u2015-]{2,40}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class Format:
    """One named format. `message` is the sentence for an answer that does not match it. `impossible` is true of an
    answer that is written correctly and still cannot be true, and false of one that is only written
    differently."""

    message: str
    tidy: Callable[[str], str]
    check: Callable[[str], bool]
    read: Callable[[str], str] = str
    impossible: Callable[[str], bool] = lambda _: False


def parse_date(text: str) -> date | None:
    """The calendar date of an ISO date, or None."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """The moment of an ISO date-time, in UTC if it has no offset; None if it is not one."""
    moment = _moment(text)
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def split_moment(text: str) -> tuple[str, str | None] | None:
    """(ISO date, HH:MM) of an ISO date-time in British time, or None if it is not one.

    A date alone is often sent as midnight: the time is then None.
    """
    moment = _moment(text)
    if moment is None:
        return None
    local = moment.astimezone(_BRITAIN) if moment.tzinfo else moment
    for reading in (moment, local):
        if reading.time() == time(0):
            return reading.date().isoformat(), None
    return local.date().isoformat(), local.strftime("%H:%M")


def _moment(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _tidy_date(text: str) -> str:
    parts = split_moment(text)
    if parts:
        return text if parts[1] else parts[0]
    if match := _BRITISH_DATE.fullmatch(text):
        return _iso(text, int(match[3]), int(match[2]), int(match[1]))
    if match := _SPOKEN_DATE.fullmatch(text):
        month = _MONTH_NUMBERS.get(match[2].casefold())
        return _iso(text, int(match[3]), month, int(match[1])) if month else text
    return text


def _is_no_day(text: str) -> bool:
    """Whether day, month and year are all given and there is no such day."""
    spoken = _SPOKEN_DATE.fullmatch(text)
    written = _BRITISH_DATE.fullmatch(text) or re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?", text)
    named = spoken is not None and spoken[2].casefold() in _MONTH_NUMBERS
    given = (written is not None or named) and split_moment(text) is None
    return given and parse_date(_tidy_date(text)) is None


def _is_no_time(text: str) -> bool:
    """Whether hours and minutes are given and there is no such time. Many people write midnight as 24:00."""
    given = _CLOCK.fullmatch(text) is not None and not re.match(r"24[:.]00", text)
    return given and not _is_time(_tidy_time(text))


def _is_no_month(text: str) -> bool:
    """Whether a month's number and a year are given and no year has that month."""
    return re.fullmatch(r"\d{1,2}[/-]\d{4}|\d{4}-\d{2}", text) is not None and not _is_month_of_year(text)


def _iso(text: str, year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def _read_date(text: str) -> str:
    day = parse_date(text)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else text


def _read_moment(text: str) -> str:
    moment = _moment(text)
    return f"{_read_date(moment.date().isoformat())}, {moment:%H:%M}" if moment else text


def _tidy_time(text: str) -> str:
    parts = split_moment(text)
    if parts and parts[1]:
        return parts[1]
    match = _CLOCK.fullmatch(text)
    if not match:
        return text
    hour, half = int(match[1]), (match[3] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            return text
        hour = hour % 12 + (12 if half == "p" else 0)
    tidied = f"{hour:02}:{match[2]}"
    return tidied if _is_time(tidied) else text


def _is_time(text: str) -> bool:
    return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) is not None


def _tidy_month(text: str) -> str:
    if match := re.fullmatch(r"(0?[1-9]|1[0-2])[/-]([0-9]{4})", text):
        return f"{match[2]}-{int(match[1]):02}"
    day = parse_date(_tidy_date(text))
    return day.strftime("%Y-%m") if day and day.day == 1 else text


def _is_month_of_year(text: str) -> bool:
    return re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) is not None


def _read_month(text: str) -> str:
    return f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}" if _is_month_of_year(text) else text


def _tidy_postcode(text: str) -> str:
    squeezed = re.sub(r"\s+", "", text).upper()
    match = _POSTCODE.fullmatch(squeezed)
    return f"{match[1] or match[3]} {match[2] or match[4]}" if match else text


def _is_postcode(text: str) -> bool:
    return _POSTCODE.fullmatch(text) is not None and " " in text


def _tidy_mark(text: str) -> str:
    squeezed = re.sub(r"[\s-]+", "", text).upper()
    return squeezed if is_mark(squeezed) else text


def _tidy_phone(text: str) -> str:
    if not _PHONE.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return text
    if number.extension or not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_phone(text: str) -> bool:
    return re.fullmatch(r"\+[1-9]\d{6,14}", text) is not None


def _tidy_uprn(text: str) -> str:
    return str(int(text)) if re.fullmatch(r"[0-9]{1,20}", text) else text


def _tidy_imei(text: str) -> str:
    squeezed = re.sub(r"[\s/.-]+", "", text)
    return squeezed if _is_imei(squeezed) else text


def _is_imei(text: str) -> bool:
    return re.fullmatch(r"[0-9]{14,16}", text) is not None


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "date": Format(
            "This is not a date in the calendar. Write it as day, month and year, such as 27/3/2026.",
            _tidy_date,
            lambda text: parse_date(text) is not None,
            _read_date,
            _is_no_day,
        ),
        "date-time": Format(
            "This is not a date and time. Write it as 2026-03-27T16:30:00Z.",
            str,
            lambda text: parse_moment(text) is not None,
            _read_moment,
        ),
        "time": Format(
            "This is not a time of day. Write it as hours and minutes, such as 16:30.",
            _tidy_time,
            _is_time,
            impossible=_is_no_time,
        ),
        "month": Format(
            "This is not a month. Write it as month and year, such as 3/2019.",
            _tidy_month,
            _is_month_of_year,
            _read_month,
            _is_no_month,
        ),
        "year": Format("This is not a year. Write it with four digits.", str, _matches(r"(1[89]|20)\d\d")),
        "postcode": Format("This is not a full UK postcode, such as SW1A 1AA.", _tidy_postcode, _is_postcode),
        "vrm": Format("This is not a UK registration number, such as AB12 CDE.", _tidy_mark, is_mark),
        "e164": Format("This is not a phone number that can be dialled.", _tidy_phone, _is_phone),
        "email": Format(
            "This is not an email address.", str, lambda text: _EMAIL.fullmatch(text) is not None
        ),
        "uprn": Format("A UPRN has 1 to 12 digits.", _tidy_uprn, _matches(r"[1-9][0-9]{0,11}")),
        "imei": Format("An IMEI number has 14 to 16 digits.", _tidy_imei, _is_imei),
    }
)
