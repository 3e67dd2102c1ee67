"""What the server accepts: one rule for each kind of control, over values as they are stored.

A rule returns the words that follow the label in an error message, or None. The words name the rule, never
what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .screens import Control, Grid, Kind, Option, Screen, Section, opening_codes

Value = str | tuple[str, ...] | bool
Values = Mapping[str, Value]
Row = Mapping[str, str]
Rows = Mapping[str, Sequence[Row]]

DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong on a screen: the control's name, the id its link leads to, the sentence."""

    name: str
    anchor: str
    message: str

    @property
    def inline(self) -> str:
        """The sentence beside the control, where its place need not be said."""
        return self.message.rpartition(": ")[2]


def tidy_date(text: str) -> str | None:
    """A real date of this or the last century as dd/mm/yyyy, or None."""
    parts = DATE.fullmatch(text)
    if parts is None:
        return None
    day, month, year = (int(part) for part in parts.groups())
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return f"{found:%d/%m/%Y}" if 1900 <= year <= 2100 else None


def offered(control: Control, values: Values) -> tuple[Option, ...]:
    """The options of a control, given what else the screen holds."""
    if control.kind is Kind.SELECT_DEPENDENT:
        return opening_codes().get(str(values.get(control.dependent, "")), ())
    return control.options


def _length(control: Control, texts: Sequence[str]) -> str | None:
    if control.limit is not None and any(len(text) > control.limit for text in texts):
        return f"must be {control.limit} characters or fewer"
    return None


def _check_text(control: Control, value: Value, _: Sequence[Option]) -> str | None:
    return _length(control, value if isinstance(value, tuple) else [str(value)])


def _check_date(_: Control, value: Value, __: Sequence[Option]) -> str | None:
    return None if tidy_date(str(value)) else "must be a real date"


def _check_time(_: Control, value: Value, __: Sequence[Option]) -> str | None:
    return None if TIME.fullmatch(str(value)) else "must be a time such as 14:05"


def _check_choice(_: Control, value: Value, options: Sequence[Option]) -> str | None:
    chosen = value if isinstance(value, tuple) else (value,)
    texts = {option.text for option in options}
    return None if texts.issuperset(chosen) else "must be chosen from its list"


def _accept(_: Control, __: Value, ___: Sequence[Option]) -> str | None:
    return None


Rule = Callable[[Control, Value, Sequence[Option]], str | None]
RULES: dict[Kind, Rule] = {
    Kind.TEXT: _check_text,
    Kind.TIME: _check_time,
    Kind.TIME_MASKED: _check_time,
    Kind.DATE: _check_date,
    Kind.DATE_BOXES: _check_date,
    Kind.TEXTAREA: _check_text,
    Kind.RICH_TEXT: _check_text,
    Kind.SELECT: _check_choice,
    Kind.SELECT_DRESSED: _check_choice,
    Kind.SELECT_DEPENDENT: _check_choice,
    Kind.COMBOBOX: _check_choice,
    Kind.COMBOBOX_FETCHED: _check_choice,
    Kind.RADIOS: _check_choice,
    Kind.CHECKBOX: _accept,
    Kind.CHECKBOXES: _check_choice,
    Kind.TOKENS: _check_text,
    Kind.LOOKUP: _accept,
}


def breach(control: Control, value: Value, options: Sequence[Option]) -> str | None:
    """The rule a value breaks, in words that follow the label, or None."""
    if value in ("", (), False):
        return "must be given" if control.required else None
    return RULES[control.kind](control, value, options)


def shown(section: Section, values: Values) -> bool:
    """Whether a section's panel is the one chosen."""
    return section.panel is None or values.get(section.panel.control) == section.panel.value


def _grid_problems(grid: Grid, rows: Sequence[Row]) -> Iterator[Problem]:
    if len(rows) > grid.limit:
        yield Problem(grid.name, grid.name, f"{grid.label} can have at most {grid.limit} rows")
    for place, row in enumerate(rows, start=1):
        for column in grid.columns:
            if words := breach(column, row.get(column.name, ""), column.options):
                message = f"{grid.label}, row {place}: {column.label} {words}"
                yield Problem(f"{grid.name}:{place}:{column.name}", grid.name, message)


def problems(screen: Screen, values: Values, rows: Rows) -> list[Problem]:
    """Everything wrong with a screen, in page order."""
    found = []
    for section in screen.sections:
        if not shown(section, values):
            continue
        for control in section.controls:
            if words := breach(control, values.get(control.name, ""), offered(control, values)):
                message = f"{control.key.replace(' / ', ': ')} {words}"
                found.append(Problem(control.name, control.anchor, message))
    for grid in screen.grids:
        found += _grid_problems(grid, rows.get(grid.name, ()))
    return found
