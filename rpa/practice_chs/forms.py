"""Turns a posted form into values and rows, in the shape they are stored: option texts, dd/mm/yyyy, line feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from .register import CREATED, CREATED_CODE
from .rules import Row, Value, offered, shown, tidy_date
from .screens import BOX_SUFFIXES, Control, Grid, GridStyle, Kind, Option, Screen

Describe = Callable[[str, str], str]
"""(which look-up, code) -> the description shown, or empty when the code is unknown."""


class MalformedFormError(Exception):
    """The form is not one that this application's pages post."""


@dataclass(slots=True)
class Filled:
    """What one post of a screen holds."""

    values: dict[str, Value] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)


def _texts(form: FormData, name: str) -> list[str]:
    return [item.strip() for item in form.getlist(name) if isinstance(item, str)]


def _lines(item: str) -> str:
    """Text of several lines as typed, except for its line ends; spaces alone are empty."""
    text = item.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.strip() else ""


def _text(form: FormData, name: str) -> str:
    return next(iter(_texts(form, name)), "")


def _option_text(code: str, options: Sequence[Option]) -> str:
    # An unknown code is kept as it came: it is on no list, so the rules refuse it.
    return next((option.text for option in options if option.code == code), code)


def _boxes(form: FormData, name: str) -> str:
    parts = [_text(form, name + suffix).replace("/", " ") for suffix in BOX_SUFFIXES]
    typed = "/".join(parts) if any(parts) else ""
    return tidy_date(typed) or typed


def _read_value(control: Control, form: FormData, options: Sequence[Option], describe: Describe) -> Value:
    """The value of one control, in the shape it is stored."""
    name = control.name
    match control.kind:
        case Kind.CHECKBOX:
            return name in form
        case Kind.CHECKBOXES:
            return tuple(_option_text(code, options) for code in _texts(form, name))
        case Kind.TOKENS:
            return tuple(filter(None, _texts(form, name)))
        case Kind.DATE_BOXES:
            return _boxes(form, name)
        case Kind.DATE:
            return tidy_date(_text(form, name)) or _text(form, name)
        case Kind.LOOKUP:
            return described(control.find, _text(form, name), describe)
        case Kind.SELECT | Kind.SELECT_DRESSED | Kind.SELECT_DEPENDENT | Kind.RADIOS:
            return _option_text(_text(form, name), options)
        case Kind.TEXTAREA | Kind.RICH_TEXT:
            return _lines(str(form.get(name, "")))
        case _:
            return _text(form, name)


def described(find: str, code: str, describe: Describe) -> str:
    """What a look-up shows for the code it posts."""
    if code == CREATED_CODE:
        return CREATED[find]
    return describe(find, code) if code else ""


def lookup_code(find: str, description: str) -> str:
    """The code a look-up posts for what it shows."""
    return CREATED_CODE if description == CREATED[find] else description.partition(" ")[0]


def _read_rows(grid: Grid, form: FormData) -> list[Row]:
    """The rows of a grid; a row left blank is not a row.

    Raises:
        MalformedFormError: the columns are not all of one length.

    """
    columns = [[str(item) for item in form.getlist(column.name)] for column in grid.columns]
    if len({len(column) for column in columns}) > 1:
        raise MalformedFormError
    rows: list[Row] = []
    for cells in zip(*columns, strict=True):
        row = {column.name: _cell(column, cell) for column, cell in zip(grid.columns, cells, strict=True)}
        if any(row.values()):
            rows.append(row)
    return rows


def _cell(column: Control, typed: str) -> str:
    if column.kind is Kind.TEXTAREA:
        return _lines(typed)
    cell = typed.strip()
    if column.kind is Kind.SELECT:
        return _option_text(cell, column.options)
    if column.kind is Kind.DATE:
        return tidy_date(cell) or cell
    return cell


def read_form(screen: Screen, form: FormData, describe: Describe) -> Filled:
    """The values and rows a post of this screen holds; what is in a panel that was not chosen is dropped.

    Raises:
        MalformedFormError: the form is not one this screen posts.

    """
    filled = Filled()
    ordered = sorted(screen.controls(), key=lambda control: control.dependent != "")
    for control in ordered:
        filled.values[control.name] = _read_value(control, form, offered(control, filled.values), describe)
    for section in screen.sections:
        if not shown(section, filled.values):
            for control in section.controls:
                filled.values[control.name] = ""
    for grid in screen.grids:
        if grid.style is not GridStyle.ATTACHMENTS:
            filled.rows[grid.name] = _read_rows(grid, form)
    return filled
