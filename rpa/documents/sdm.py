"""The Standard Data Model: a JSON:API document -> its entities and how they are related, within limits.

Here only the structure is read, as the JSON:API specification (1.1) describes it. What an entity or an attribute
means is said by a form (`rpa.forms.sdm.conversion`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rpa.documents.size import Unreadable

MOST_ENTITIES = 1_000
MOST_RELATIONSHIPS = 5_000

_OWN = frozenset(("id", "type", "attributes", "relationships"))
_TOP = frozenset(("data", "included"))

Key = tuple[str, str]
"""What an entity is found by: its type, whatever its case, and its id."""


@dataclass(frozen=True)
class Relationship:
    """That an entity is related to another, by which `reason`. Anything else that is said of it is in `rest`."""

    reason: str
    type: str
    id: str
    rest: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> Key:
        """What the other entity is found by."""
        return self.type.casefold(), self.id


@dataclass(frozen=True, eq=False)
class Entity:
    """A resource object. `rest`: whatever the document says of it that is neither an attribute nor a relationship,
    and relationships that name no entity. `pointer`: where it stands in the document."""

    type: str
    id: str
    attributes: Mapping[str, Any] = field(repr=False)
    relationships: tuple[Relationship, ...] = field(repr=False)
    rest: Mapping[str, Any] = field(repr=False)
    pointer: str

    @property
    def key(self) -> Key:
        """What it is found by."""
        return self.type.casefold(), self.id


@dataclass(frozen=True, eq=False)
class Structure:
    """A whole document: the entity it is about, all entities in their order, and what stands beside them."""

    root: Entity
    entities: tuple[Entity, ...]
    rest: Mapping[str, Any]

    @cached_property
    def _found(self) -> Mapping[Key, list[Entity]]:
        found: dict[Key, list[Entity]] = {}
        for each in self.entities:
            found.setdefault(each.key, []).append(each)
        return found

    def find(self, relationship: Relationship) -> list[Entity]:
        """The entities a relationship may mean: none, one, or several that differ and share a type and id."""
        return self._found.get(relationship.key, [])


def is_sdm(document: object) -> bool:
    """Whether a document is a JSON:API document about one thing: `data` with a type, and what is said of it."""
    data = _data(document)
    if data is None or not isinstance(data.get("type"), str):
        return False
    return isinstance(data.get("attributes"), Mapping) or isinstance(data.get("relationships"), Mapping)


def structure(document: Mapping[str, Any]) -> Structure:
    """The entities of a document for which `is_sdm` holds.

    Raises `Unreadable` for more entities or relationships than any report has. An entity that stands there twice,
    the same each time, is one.
    """
    data, included = document["data"], document.get("included")
    listed = data if isinstance(data, list) else [data]
    others = included if isinstance(included, list) else []
    if len(listed) + len(others) > MOST_ENTITIES:
        raise Unreadable(f"The document has more than {MOST_ENTITIES:,} entities.")
    rest = {key: value for key, value in document.items() if key not in _TOP}
    if not isinstance(included, list | None):
        rest["included"] = included
    entities = [_entity(each, "/data") for each in listed]
    for number, each in enumerate(others):
        if isinstance(each, Mapping):
            entities.append(_entity(each, f"/included/{number}"))
        else:
            rest[f"included {number + 1}"] = each
    if sum(len(each.relationships) for each in entities) > MOST_RELATIONSHIPS:
        raise Unreadable(f"The document has more than {MOST_RELATIONSHIPS:,} relationships.")
    return Structure(entities[0], tuple(_once(entities)), rest)


def _data(document: object) -> Mapping[str, Any] | None:
    data = document.get("data") if isinstance(document, Mapping) else None
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    return data if isinstance(data, Mapping) else None


def _once(entities: list[Entity]) -> Iterator[Entity]:
    seen: dict[Key, list[Entity]] = {}
    for each in entities:
        before = seen.setdefault(each.key, [])
        if not any(_same(each, other) for other in before):
            before.append(each)
            yield each


def _same(one: Entity, other: Entity) -> bool:
    return (one.attributes, one.relationships, one.rest) == (
        other.attributes,
        other.relationships,
        other.rest,
    )


def _entity(value: Mapping[str, Any], pointer: str) -> Entity:
    rest = {key: each for key, each in value.items() if key not in _OWN}
    attributes = value.get("attributes")
    if not isinstance(attributes, Mapping):
        rest["attributes"], attributes = attributes, {}
    related = value.get("relationships")
    if not isinstance(related, Mapping):
        rest["relationships"], related = related, {}
    relationships: list[Relationship] = []
    for reason, each in related.items():
        named, left = _named(reason, each)
        relationships += named
        if left not in (None, {}, []):
            rest[f"{reason} (relationship)"] = left
    kind, own = _text(value.get("type")), _text(value.get("id"))
    if kind is None or own is None:
        rest |= {
            name: value[name] for name, text in (("type", kind), ("id", own)) if not text and name in value
        }
    return Entity(kind or "entity", own or "", attributes, tuple(relationships), rest, pointer)


def _named(reason: str, value: object) -> tuple[list[Relationship], object]:
    """The entities that a relationship names, and what else is said in it."""
    if not isinstance(value, Mapping):
        return [], value
    data = value.get("data")
    relationships: list[Relationship] = []
    left: list[object] = []
    for each in data if isinstance(data, list) else [data]:
        kind, own = (
            (_text(each.get("type")), _text(each.get("id"))) if isinstance(each, Mapping) else ("", "")
        )
        if isinstance(each, Mapping) and kind and own:
            more = {key: one for key, one in each.items() if key not in ("type", "id")}
            relationships.append(Relationship(reason, kind, own, more))
        elif each is not None:
            left.append(each)
    rest: dict[str, object] = {key: each for key, each in value.items() if key != "data"}
    return relationships, rest | ({"data": left} if left else {})


def _text(value: object) -> str | None:
    """A type or an id as text: some senders number their entities."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()
