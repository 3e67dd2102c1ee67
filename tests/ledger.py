"""What a target's own ledger must hold for a plan: every planned value in the ledger's writing, and none besides.

Made from the plan and the profile alone, without the code that keys or reads back, so that it can judge both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rpa.plan import ControlValue, Held, Plan, Value
from rpa.targets.profile import Control, Kind, Profile


@dataclass
class Holding:
    """A record as a ledger gives it: `fields` {screen: {control: value}}, `rows` {grid: [{column: text}]}."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def expected(plan: Plan, profile: Profile, held: Iterable[Held], *, date_format: str = "%d/%m/%Y") -> Holding:
    """What the ledger must hold. `held` tells what look-ups chose; `date_format` is how the ledger keeps dates.

    A checkbox that the plan says nothing of is held as not ticked.
    """
    chosen = {(each.place.screen, each.place.control): each.found for each in held if not each.place.grid}
    holding = Holding()
    for page in plan.pages:
        controls = profile.by_name[page.screen].controls
        fields: dict[str, Any] = {
            name: False for name, control in controls.items() if control.kind is Kind.CHECKBOX
        }
        for entry in page.entries:
            control = controls[entry.control]
            is_chosen = control.kind is Kind.LOOK_UP
            fields[entry.control] = (
                chosen[page.screen, entry.control] if is_chosen else _written(control, entry, date_format)
            )
        if fields:
            holding.fields[page.screen] = fields
        for grid, rows in page.rows.items():
            if rows:
                columns = profile.by_name[page.screen].grids[grid].columns
                holding.rows[grid] = [_row(columns, row, date_format) for row in rows]
    return holding


def _row(columns: Mapping[str, Control], row: Iterable[ControlValue], date_format: str) -> dict[str, Any]:
    return {
        columns[entry.control].shown_as or entry.control: _written(columns[entry.control], entry, date_format)
        for entry in row
    }


def _written(control: Control, entry: ControlValue, date_format: str) -> Any:
    value: Value = entry.value
    if control.kind is Kind.DATE:
        return date.fromisoformat(str(value)).strftime(date_format)
    return list(value) if isinstance(value, tuple) else value


def held_by(record: Mapping[str, Any]) -> Holding:
    """A record of the ledger, without the columns that the target adds to rows of its own accord."""
    added = {"Size", "SHA-256"}
    rows = {
        grid: [{name: cell for name, cell in row.items() if name not in added} for row in cells]
        for grid, cells in record["rows"].items()
    }
    return Holding(dict(record["fields"]), rows)
