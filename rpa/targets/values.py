"""A planned value in the target's own format: as typed, as held, and as the record shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

from rpa.browser.values import Holds
from rpa.plan import Value
from rpa.targets.profile import CLOCKED, Control, Kind, Layout

DATE_FORMAT, TIME_FORMAT = "%d/%m/%Y", "%H:%M"
FORMATS: Mapping[Kind, str] = {
    Kind.DATE: DATE_FORMAT,
    Kind.TIME: TIME_FORMAT,
    Kind.DATETIME: f"{DATE_FORMAT} {TIME_FORMAT}",
}
NATIVE: Mapping[str, str] = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}
"""The formats that the browser's own inputs take, whatever they show."""
SECTIONS: Mapping[str, str] = {
    "day": "%d",
    "month": "%m",
    "year": "%Y",
    "hours": "%H",
    "hour": "%H",
    "minutes": "%M",
    "minute": "%M",
}
"""The parts into which a page may divide one input for a day or time, by their captions."""
_DAYS = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%a %d %b %Y", "%A %d %B %Y")
_TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p")
_UNMISTAKABLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.DATE: _DAYS,
    Kind.TIME: _TIMES,
    Kind.DATETIME: (
        *(f"{day}{between}{time}" for day in _DAYS for time in _TIMES for between in (" ", ", ")),
        *(f"%Y-%m-%dT{time}" for time in _TIMES),
    ),
}
"""Formats of a day or time that can be read in one way only."""


def typed(control: Control, value: Value, found_as: str = "text") -> str:
    """The text to be typed for a value into a control that a survey found as `found_as`."""
    return _written(control, NATIVE.get(found_as) or control.format, str(value))


def boxes(control: Control, value: Value, captions: Sequence[str] = ()) -> Mapping[str, str]:
    """The text for each box of a day or time in boxes: caption -> text. `captions`: those of parts that the
    profile does not name."""
    moment = _moment(control.kind, str(value))
    patterns = control.boxes or {each: SECTIONS[each.casefold()] for each in captions}
    return {box: written(moment, pattern) for box, pattern in patterns.items()}


def written(day: date, pattern: str) -> str:
    """A day in a strftime format; its year in four figures, which C libraries do not promise before 1000."""
    return day.strftime(pattern.replace("%Y", f"{day.year:04}"))


def shown(control: Control, value: Value, layout: Layout) -> str | tuple[str, ...]:
    """How the record shows a value."""
    if isinstance(value, bool):
        return layout.yes if value else layout.no
    if isinstance(value, tuple):
        return tuple(sorted(map(collapsed, value)))
    return collapsed(_written(control, control.shown or control.format, str(value)))


def read(text: object, layout: Layout) -> str | tuple[str, ...]:
    """What a record shows, in the same form as `shown`; empty where it shows that nothing was given."""
    if isinstance(text, bool):
        return layout.yes if text else layout.no
    if isinstance(text, list | tuple):
        return tuple(sorted({collapsed(str(each)) for each in text}))
    collapsed_text = collapsed(str(text))
    return "" if collapsed_text in layout.empty else collapsed_text


def collapsed(text: str) -> str:
    """Text without what no page keeps: spaces at the ends of lines, runs of spaces, carriage returns."""
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).strip()


def means(control: Control, expected: Holds, found: Holds, pattern: str | None = None) -> bool:
    """Whether what is found means what was expected, in any format that the page may give it: several values in
    any order, a day or a number in another form, text with line breaks that its box added. `pattern` is the format
    in which a day or time is expected, unless it is the one that is typed."""
    if isinstance(expected, tuple) or isinstance(found, tuple):
        return _several(expected) == _several(found)
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if collapsed(expected) == collapsed(found):
        return True
    if control.kind in CLOCKED:
        return not control.boxes and _same_moment(control, expected, found, pattern)
    if control.kind is Kind.TEXT:
        return _same_figures(expected, found)
    return control.kind in (Kind.LINES, Kind.RICH_TEXT) and _wrapped(expected, found)


def _several(value: Holds) -> frozenset[str]:
    if isinstance(value, tuple):
        return frozenset(map(collapsed, value))
    return frozenset({collapsed(str(value))} if value else ())


def _same_moment(control: Control, expected: str, found: str, pattern: str | None) -> bool:
    own = pattern or control.format or FORMATS[control.kind]
    wanted = {*_moments(control.kind, expected, (own, *NATIVE.values()))}
    return bool(wanted & {*_moments(control.kind, found, (own, *_UNMISTAKABLE[control.kind]))})


def _moments(kind: Kind, text: str, patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        with suppress(ValueError):
            moment = datetime.strptime(" ".join(text.split()), pattern)  # noqa: DTZ007 - no zone
            yield moment.strftime(NATIVE[kind.value])


def _same_figures(expected: str, found: str) -> bool:
    """A number, or a long row of figures such as a telephone number, may be written in groups."""
    found = re.sub(r"^[£$€]\s*", "", found.strip())
    with suppress(ArithmeticError):
        if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", expected) and re.fullmatch(
            r"-?\d{1,3}([, \u00a0\u202f']\d{3})*(\.\d+)?|-?\d+(\.\d+)?", found
        ):
            return Decimal(expected) == Decimal(re.sub(r"[^\d.-]", "", found))
    ours, theirs = figures(expected), figures(found)
    return ours is not None and ours == theirs


def figures(text: str) -> str | None:
    """The figures of a text that consists of six or more of them, in groups; None for any other text."""
    if not re.fullmatch(r"\+?[\d() .\u00a0/-]+", text) or re.fullmatch(r"\d{4}\s*[-/]\s*\d{4}", text):
        return None
    digits = re.sub(r"[^\d+]", "", text)
    return digits if len(digits) >= 6 and not re.fullmatch(r"\d+\.\d+", text) else None


def _wrapped(expected: str, found: str) -> bool:
    """Whether the texts are equal, except for line breaks that the page put in place of spaces."""
    if expected.split() != found.split():
        return False
    breaks = re.findall(r"\S(\s+)(?=\S)", expected), re.findall(r"\S(\s+)(?=\S)", found)
    return all("\n" not in ours or "\n" in theirs for ours, theirs in zip(*breaks, strict=True))


def _moment(kind: Kind, text: str) -> datetime:
    if kind is Kind.TIME:
        return datetime.strptime(text, TIME_FORMAT)  # noqa: DTZ007 - no zone
    return datetime.fromisoformat(text)


def _written(control: Control, pattern: str | None, text: str) -> str:
    if control.kind in CLOCKED:
        return written(_moment(control.kind, text), pattern or FORMATS[control.kind])
    return text
