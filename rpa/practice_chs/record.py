"""A draft or saved record as it is shown: captions with values, groups, grids.

The shapes are plain JSON, for they are stored: the layout at the time of saving is kept with the record, and a
later layout never changes an earlier record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from .rules import Row, Rows, Value, Values
from .screens import Control, Grid, Kind, Screen


class Item(TypedDict):
    """One caption with its value: a text, several texts, or yes and no."""

    key: str
    label: str
    value: str | list[str] | bool


class Group(TypedDict):
    """Items that stand together; an empty legend for those in no fieldset."""

    legend: str
    items: list[Item]


class Table(TypedDict):
    """A grid: its caption, column headings and rows of cells."""

    label: str
    columns: list[str]
    rows: list[list[str]]


class Part(TypedDict):
    """One screen of the record."""

    title: str
    slug: str
    groups: list[Group]
    tables: list[Table]


def _item(control: Control, value: Value) -> Item:
    if control.kind is Kind.CHECKBOX:
        value = value is True
    return Item(
        key=control.key, label=control.label, value=list(value) if isinstance(value, tuple) else value
    )


def _groups(screen: Screen, values: Values) -> list[Group]:
    # Those in no fieldset come first and together: on the record page they share one list.
    groups = {"": Group(legend="", items=[])}
    for section in screen.sections:
        group = groups.setdefault(section.legend, Group(legend=section.legend, items=[]))
        group["items"] += [_item(control, values.get(control.name, "")) for control in section.controls]
    return [group for group in groups.values() if group["items"]]


def _table(grid: Grid, rows: Sequence[Row]) -> Table:
    return Table(
        label=grid.label,
        columns=[column.label for column in grid.columns],
        rows=[[row.get(column.name, "") for column in grid.columns] for row in rows],
    )


def make_parts(screens: Sequence[Screen], values: Values, rows: Rows) -> list[Part]:
    """The whole record, a part for each screen that holds anything."""
    return [
        Part(
            title=screen.title,
            slug=screen.slug,
            groups=_groups(screen, values),
            tables=[_table(grid, rows.get(grid.name, ())) for grid in screen.grids],
        )
        for screen in screens
        if screen.sections or screen.grids
    ]


def given_fields(parts: Sequence[Part]) -> dict[str, dict[str, Any]]:
    """`{screen: {control: value}}` of what was given; a checkbox always is, as true or false."""
    fields = {}
    for part in parts:
        items = [item for group in part["groups"] for item in group["items"]]
        given = {item["key"]: item["value"] for item in items if item["value"] not in ("", [])}
        if given:
            fields[part["title"]] = given
    return fields


def given_rows(parts: Sequence[Part]) -> dict[str, list[dict[str, str]]]:
    """`{grid: [{column: value}]}` of the grids that hold rows, without the cells left empty."""
    return {
        table["label"]: [
            {column: cell for column, cell in zip(table["columns"], row, strict=True) if cell}
            for row in table["rows"]
        ]
        for part in parts
        for table in part["tables"]
        if table["rows"]
    }
