"""A plan: every value is decided before a browser is used; and what controls held after it was keyed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

from pydantic import TypeAdapter

Value: TypeAlias = str | bool | tuple[str, ...] | dict[str, str]
"""What one control is to hold: text, a tick, several choices, or the parts of a look-up. Dates are ISO."""


Unavailable = Set[tuple[str, str]]
"""(screen, control) pairs that a robot could not be certain of; a grid's column is `Grid / Column`."""


NO_ROW = -1  # of a place that is not in a grid


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a control of a screen, or of a row (from 0) of one of its grids."""

    screen: str
    control: str
    grid: str = ""
    row: int = NO_ROW

    def __str__(self) -> str:
        within = f"{self.grid} {self.row + 1} / " if self.grid else ""
        return f"{self.screen} / {within}{self.control}"

    @property
    def named(self) -> tuple[str, str]:
        """Its screen and control as `Unavailable` names them."""
        return self.screen, f"{self.grid} / {self.control}" if self.grid else self.control


class Disposed(StrEnum):
    """What became of an answer (P4)."""

    KEYED = "keyed"
    NARRATIVE = "narrative"
    ATTACHED = "attached"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Disposition:
    """What became of one answer: `where` lists the controls that hold it, `reason` says why it is not keyed."""

    pointer: str
    question: str
    kind: Disposed
    where: tuple[Place, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ControlValue:
    """One control and the value it is to hold; `pointers` are the answers it came from."""

    control: str
    value: Value = field(repr=False)
    pointers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One screen: its entries, and its grids' rows."""

    screen: str
    entries: tuple[ControlValue, ...] = ()
    rows: Mapping[str, tuple[tuple[ControlValue, ...], ...]] = field(default_factory=dict)

    def without(self, controls: Set[str]) -> PagePlan:
        """The same page without some controls; a grid's column is `Grid / Column`."""
        return PagePlan(
            self.screen,
            tuple(entry for entry in self.entries if entry.control not in controls),
            {
                grid: tuple(
                    tuple(entry for entry in row if f"{grid} / {entry.control}" not in controls)
                    for row in rows
                )
                for grid, rows in self.rows.items()
            },
        )


@dataclass(frozen=True)
class Plan:
    """A mapping applied to one report. `missing` names what prevents keying it: required controls
    that the report has no value for, room for a narrative that is too long."""

    reference: str
    form: str
    target: str
    pages: tuple[PagePlan, ...]
    dispositions: tuple[Disposition, ...]
    missing: tuple[str, ...] = ()

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many answers have each kind of disposition."""
        return dict(Counter(str(each.kind) for each in self.dispositions))

    def placed(self) -> Iterator[tuple[Place, ControlValue]]:
        """Every entry with its place, in keying order."""
        for page in self.pages:
            for entry in page.entries:
                yield Place(page.screen, entry.control), entry
            for grid, rows in page.rows.items():
                for number, row in enumerate(rows):
                    for entry in row:
                        yield Place(page.screen, entry.control, grid, number), entry

    @property
    def size(self) -> int:
        """How many controls are to be keyed."""
        return sum(1 for _ in self.placed())


@dataclass(frozen=True, slots=True)
class Held:
    """What one control held: as planned (`expected`), and as found on the page or on the record."""

    place: Place
    expected: Value = field(repr=False)
    found: str | bool | tuple[str, ...] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one control of a saved record shows, or one cell of a row there; how many rows a grid has, under the
    control `rows` of no row."""

    place: Place
    value: str | tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """The record that is keyed into: the target's reference for it, and what it showed before. A new record has
    neither."""

    reference: str = ""
    before: tuple[Recorded, ...] = ()


NEW_RECORD = SavedRecord()

_PLAN = TypeAdapter(Plan)
_HELD = TypeAdapter(tuple[Held, ...])
_RECORDED = TypeAdapter(tuple[Recorded, ...])


def plan_to_json(plan: Plan) -> Any:
    """A plan as JSON values, for the store."""
    return _PLAN.dump_python(plan, mode="json")


def plan_from_json(data: Any) -> Plan:
    """The plan that `plan_to_json` wrote. In plans stored earlier, `where` is text: places as displayed."""
    if any(isinstance(place, str) for end in data["dispositions"] for place in end["where"]):
        data = {**data, "dispositions": list(_with_places(data))}
    return _PLAN.validate_python(data)


def _with_places(data: Any) -> Iterator[Any]:
    """Dispositions whose `where` is text, with places. The plan's own entries tell which place each text means."""
    own: dict[str, list[Place]] = {}
    parts: dict[str, Place] = {}  # `Screen / part 2` -> the control whose text is headed `..., part 2 of 3`
    for place, entry in _PLAN.validate_python({**data, "dispositions": []}).placed():
        for pointer in entry.pointers:
            own.setdefault(pointer, []).append(place)
        title, _, _ = str(entry.value).partition("\n")
        _, is_part, numbers = title.rpartition(", part ")
        if is_part and not entry.pointers:
            parts[f"{place.screen} / part {numbers.partition(' of ')[0]}"] = place
    for end in data["dispositions"]:
        places = own.get(end["pointer"]) or [parts[text] for text in end["where"] if text in parts]
        yield {**end, "where": [asdict(place) for place in places]}


def held_to_json(held: tuple[Held, ...]) -> Any:
    """What controls held, as JSON values, for the store."""
    return _HELD.dump_python(held, mode="json")


def held_from_json(data: Any) -> tuple[Held, ...]:
    """What `held_to_json` wrote."""
    return _HELD.validate_python(data)


def recorded_to_json(recorded: tuple[Recorded, ...]) -> Any:
    """What a record showed, as JSON values, for the store."""
    return _RECORDED.dump_python(recorded, mode="json")


def recorded_from_json(data: Any) -> tuple[Recorded, ...]:
    """What `recorded_to_json` wrote."""
    return _RECORDED.validate_python(data)


def update_to_json(whole: Plan, remains: tuple[Held, ...]) -> Any:
    """What a record holds once it is updated, as JSON values, for the store: the plan of the whole, and what
    `remains` in it that the report does not have."""
    return {"plan": plan_to_json(whole), "remains": held_to_json(remains)}


def update_from_json(data: Any) -> tuple[Plan, tuple[Held, ...]]:
    """The plan of the whole record, and what remains in it, that `update_to_json` wrote."""
    return plan_from_json(whole_in_update(data)), held_from_json(data["remains"])


def whole_in_update(data: Any) -> Any:
    """The plan of the whole record in what `update_to_json` wrote, as `plan_to_json` writes one."""
    return data["plan"]
