"""Which place of a form's table an entity belongs to: by its type, its relationships and what the report says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from rpa.documents.sdm import Entity
from rpa.forms.schema import UNKNOWN
from rpa.forms.sdm.draft import Draft
from rpa.forms.sdm.table import Place, SdmTable, node_at, option

_BLANKS: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, eq=False)
class Placed:
    """An entity and the part that it is in. `kind`: what a place's `from` calls it, "" where it is only kept."""

    entity: Entity
    part: str
    kind: str

    def base(self, place: Place) -> str:
        """What the pointers of a place for an entity that this one leads to stand below."""
        return "" if place.top else self.part


class Choice:
    """Chooses among the places of a table, for the draft as it is."""

    def __init__(self, draft: Draft, table: SdmTable, attributes: Mapping[Entity, Mapping[str, Any]]) -> None:
        self._draft, self._attributes = draft, attributes
        self._names = {name.casefold(): name for place in table.place for name in place.type}
        self._names |= {name.casefold(): other for name, other in table.names.items()}
        self._places: dict[tuple[str, str], list[tuple[int, Place]]] = {}
        self._last = len(table.place)
        for number, place in enumerate(table.place):
            for key in product(place.from_, place.type):
                self._places.setdefault(key, []).append((number, place))

    def kind(self, named: str) -> str:
        """A type by the name that the form has for it."""
        return self._names.get(named.casefold(), named)

    def order(self, placed: Placed, entity: Entity, reasons: Sequence[str]) -> int:
        """The number of the first place that an entity may go to, whatever else the report says."""
        return min((number for number, _ in self._fitting(placed, entity, reasons)), default=self._last)

    def best(self, placed: Placed, entity: Entity, reasons: Sequence[str]) -> tuple[int, Place] | None:
        """The place that asks for most of the reasons by which an entity is related, the first of several."""
        fitting = [each for each in self._fitting(placed, entity, reasons) if self._holds(each[1])]
        return max(fitting, key=lambda each: (len(each[1].related) or 1, -each[0]), default=None)

    def _fitting(self, placed: Placed, entity: Entity, reasons: Sequence[str]) -> list[tuple[int, Place]]:
        given = folded(reasons)
        return [
            (number, place)
            for number, place in self._places.get((placed.kind, self.kind(entity.type)), ())
            if _is_related(place, given)
            and self._suits(place, entity)
            and node_at(self._draft.node, placed.base(place) + place.into[-1].at) is not UNKNOWN
        ]

    def _suits(self, place: Place, entity: Entity) -> bool:
        """Whether the entity's own attributes are what a place asks for."""
        given = {name.casefold(): value for name, value in self._attributes[entity].items()}
        for attribute, wanted in place.where.items():
            value = given.get(attribute.casefold())
            if value in _BLANKS or (wanted and not _is_among(value, wanted)):
                return False
        return True

    def _holds(self, place: Place) -> bool:
        """Whether the report so far says what a place asks for."""
        node, get = self._draft.node, self._draft.get
        return all(option(node_at(node, each), get(each)) in wanted for each, wanted in place.when.items())


def is_implied(place: Place, attribute: str, value: object) -> bool:
    """Whether a place says what an attribute says, so that the attribute need not be kept beside it."""
    return any(
        name.casefold() == attribute.casefold() and _is_among(value, wanted)
        for name, wanted in (*place.where.items(), *place.implied.items())
    )


def folded(texts: Iterable[str]) -> set[str]:
    """Texts without differences of case and of blanks around them."""
    return {text.strip().casefold() for text in texts}


def _is_among(value: object, wanted: Iterable[str]) -> bool:
    return str(value).strip().casefold() in folded(wanted)


def _is_related(place: Place, given: set[str]) -> bool:
    if place.any_of:
        return not given.isdisjoint(folded(place.any_of))
    return given.issuperset(folded(place.related))
