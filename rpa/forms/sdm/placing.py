"""The entities of a document, each placed where the form's table says, else under its own name."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rpa.documents.sdm import Entity, Relationship, Structure
from rpa.forms.codes import CodeList
from rpa.forms.normalise import words
from rpa.forms.schema import escape, unescape
from rpa.forms.sdm.answers import Part, puts
from rpa.forms.sdm.choice import Choice, Placed, folded, is_implied
from rpa.forms.sdm.draft import Draft
from rpa.forms.sdm.table import Place, SdmTable, node_at
from rpa.report import Note

_ONE_ONLY = (
    "The form asks for one of these, and the report has more. This one is written out, and keyed nowhere."
)
_MOST_AGAIN = 5_000  # attributes of entities that are written out in more than one place
_MOST_DEEP = 8  # parts that the form does not know, one in the other
_BLANKS: tuple[object, ...] = (None, "", [], {})


class Placing:
    """Places all entities of a document in a draft."""

    def __init__(
        self,
        draft: Draft,
        table: SdmTable,
        whole: Structure,
        attributes: Mapping[Entity, Mapping[str, Any]],
        lists: Iterable[CodeList],
    ) -> None:
        self.draft, self.table, self.whole, self.attributes = draft, table, whole, attributes
        self.notes: list[Note] = []
        self._options = {code: text for each in lists for code, text in each.options.items()}
        self._choice = Choice(draft, table, attributes)
        self._parts: dict[Entity, str] = {}  # where each was placed first
        self._times: Counter[Entity] = Counter()
        self._room = _MOST_AGAIN
        self._claimed: dict[tuple[str, int], Entity] = {}
        self._renamed: dict[tuple[str, str], list[Entity]] = {}
        for entity in whole.entities:
            self._renamed.setdefault((self._choice.kind(entity.type), entity.id), []).append(entity)

    def place_all(self) -> None:
        """The root, then whatever it leads to, nearest first, then what nothing leads to."""
        root, into = self.whole.root, self.table.root
        for part in ("", into[-1].at):
            self.draft.hold(part)
        self._times[root] += 1
        self._note(root, into[-1].at, ())
        self._answer(root, [Part(each.at, each.fields, each.questions) for each in into], into[-1].at, "")
        self._rest(root, into[-1].at)
        for key, value in self.whole.rest.items():
            self._keep("", key, value, root)
        self._follow(Placed(root, "", "incident"))
        for entity in self.whole.entities:
            if not self._times[entity]:
                self._unrelated(entity)

    def _follow(self, first: Placed) -> None:
        queue = deque((first,))
        while queue:
            queue.extend(self._related(queue.popleft()))

    def _unrelated(self, entity: Entity) -> None:
        kept = self._apart(entity, self.draft.free("", entity.type, "entity"), ())
        message = "Nothing in the report says how this belongs to it. Read it, and decide what it means."
        self.draft.told(_called(kept.part), message)
        self._follow(kept)

    def _related(self, placed: Placed) -> Iterator[Placed]:
        """Every entity that this one leads to, placed, in the order of the table."""
        reasons: dict[Entity, list[str]] = {}
        for relationship in placed.entity.relationships:
            for key, value in relationship.rest.items():
                self._keep(placed.part, f"{relationship.reason} {key}", value, placed.entity)
            found = self._meant(relationship)
            if len(found) == 1:
                reasons.setdefault(found[0], []).append(relationship.reason)
            elif not found:
                self._dangling(placed, relationship)
            else:
                yield from self._ambiguous(placed, relationship, found)
        for entity in sorted(reasons, key=lambda each: self._choice.order(placed, each, reasons[each])):
            yield from self._by_reasons(placed, entity, reasons[entity])

    def _meant(self, relationship: Relationship) -> Sequence[Entity]:
        """What a relationship means; where nothing has its type, what has another name for it and the same id."""
        if exact := self.whole.find(relationship):
            return exact
        found = self._renamed.get((self._choice.kind(relationship.type), relationship.id), [])
        if found:
            self.notes.append(Note("type-renamed", "", _json(relationship.type), _json(found[0].type)))
        return found

    def _by_reasons(self, placed: Placed, entity: Entity, reasons: Sequence[str]) -> Iterator[Placed]:
        """Place an entity by the place that has most of its reasons, and again by what is left of them."""
        left = list(reasons)
        while left:
            best = self._choice.best(placed, entity, left)
            if best is None:
                yield from self._by_default(placed, entity, left)
                return
            place = best[1]
            used = [reason for reason in left if reason.casefold() in folded(place.related or place.any_of)]
            left = [reason for reason in left if reason not in used]
            yield from self._by_place(placed, entity, used, best)

    def _by_place(
        self, placed: Placed, entity: Entity, reasons: Sequence[str], numbered: tuple[int, Place]
    ) -> Iterator[Placed]:
        number, place = numbered
        base = placed.base(place)
        last = place.into[-1].at
        claim = (base + last, -1) if last else (base, number)
        if self._claimed.get(claim) is entity and not last.endswith("/-"):
            return  # the same entity in the same part, which several others lead to
        if not self._may_be_again(entity):
            self._name_only(placed, entity, reasons)
            return
        main = self.draft.item(base + last)
        taken = claim in self._claimed or (last and self.draft.is_held(main))
        if (taken and not place.together and not last.endswith("/-")) or not self.draft.can_hold(main):
            kept = self._apart(entity, self._free(placed, reasons, entity, first=2), reasons)
            self.draft.told(_called(kept.part), _ONE_ONLY)
            yield kept
            return
        self._claimed.setdefault(claim, entity)
        first = [
            each
            for each in place.into[:-1]  # one that takes whatever it has questions for is nobody else's
            if not each.questions or self._claimed.setdefault((base + each.at, -1), entity) is entity
        ]
        self._times[entity] += 1
        self.draft.hold(main)
        self._note(entity, main, reasons)
        parts = [Part(base + into.at, into.fields, into.questions) for into in first]
        own = main if last or place.open else ""
        asides = "" if own or place.open else self._free(placed, reasons, entity)
        answered = self._answer(entity, [*parts, Part(main, place.into[-1].fields)], main, asides, place)
        self._rest(entity, asides or main)
        if answered:
            self._say(place, base, main)
        yield Placed(entity, main, place.kind or self._choice.kind(entity.type))

    def _say(self, place: Place, base: str, main: str) -> None:
        """What the place of an entity says without an attribute: that is only added, and a difference is told."""
        for below, said in ((main, place.sets), (base, place.beside)):
            for pointer, value in said.items():
                if self.draft.get(below + pointer) in _BLANKS:
                    self.draft.put(below + pointer, value, None)
        for pointer, value in place.says.items():
            if not self.draft.put(pointer, value, None):
                title = node_at(self.draft.node, pointer).title
                message = "How the persons and things in the report are related says something else."
                self.draft.told(title, message, differs=pointer)

    def _answer(
        self, entity: Entity, parts: Sequence[Part], own: str, asides: str, place: Place | None = None
    ) -> bool:
        """Put the attributes of an entity. One that no question takes goes below `asides`, else below `own`, under
        its own name. Whether any was put."""
        answered = False
        for put in puts(self.table, self.draft.node, parts, self.attributes[entity]):
            if put.value in _BLANKS:
                continue
            answered = True
            if put.pointer is not None and self.draft.put(put.pointer, put.value, entity):
                continue
            if put.pointer is not None and self.draft.conflict(put.pointer, put.value, entity):
                continue
            if put.pointer is None and place and is_implied(place, put.attribute, put.value):
                self.notes.append(Note("from-place", own, _json({put.attribute: put.value}), _json(own)))
                continue
            if not asides and put.pointer is None:
                pointer = f"{own}/{escape(put.attribute)}"
                if self.draft.put(pointer, put.value, entity):
                    continue
            self._keep(asides or own, put.attribute, put.value, entity)
        return answered

    def _by_default(self, placed: Placed, entity: Entity, reasons: Sequence[str]) -> Iterator[Placed]:
        if self._times[entity]:
            self._name_only(placed, entity, reasons)
        else:
            yield self._apart(entity, self._free(placed, reasons, entity), reasons)

    def _ambiguous(
        self, placed: Placed, relationship: Relationship, found: Sequence[Entity]
    ) -> Iterator[Placed]:
        """Entities of one type with one id: which is meant is not certain, so none of them is placed."""
        message = (
            "The report has several entries with the same number here, and does not say which one it means."
        )
        for entity in found:
            if not self._times[entity]:
                kept = self._apart(
                    entity,
                    self._free(placed, [relationship.reason], entity),
                    [relationship.reason],
                )
                self.draft.told(_called(kept.part), message)
                yield kept

    def _apart(self, entity: Entity, part: str, reasons: Sequence[str]) -> Placed:
        """Keep an entity in a part of its own, which the form does not know."""
        self._times[entity] += 1
        self._note(entity, part, reasons)
        self.draft.hold(part)
        empty = True
        for attribute, value in self.attributes[entity].items():
            if value not in _BLANKS:
                empty = False
                self._keep(part, attribute, value, entity)
        self._rest(entity, part)
        if empty and not entity.relationships:
            self._keep(part, "type", entity.type, entity)
        return Placed(entity, part, "")

    def _may_be_again(self, entity: Entity) -> bool:
        """Whether an entity is written out in this place: the first time always, and again while there is room."""
        if self._times[entity]:
            self._room -= len(self.attributes[entity]) + 1
        return self._room >= 0 or not self._times[entity]

    def _name_only(self, placed: Placed, entity: Entity, reasons: Sequence[str]) -> None:
        where = _called(self._parts.get(entity, ""))
        text = f"{entity.type} {entity.id}" + (f" ({where})" if where else "")
        for reason in reasons:
            self._keep(placed.part, reason, text, placed.entity, entity.type)

    def _dangling(self, placed: Placed, relationship: Relationship) -> None:
        text = f"{relationship.type} {relationship.id}"
        pointer = self._keep(placed.part, relationship.reason, text, placed.entity, relationship.type)
        self.draft.told(_called(pointer), "The report names this, and does not contain it.")

    def _free(self, placed: Placed, reasons: Sequence[str], entity: Entity, *, first: int = 1) -> str:
        """A part of its own for an entity, below the one that leads to it; at the top where a chain is long."""
        if placed.part.count("/") < _MOST_DEEP:
            return self.draft.free(placed.part, reasons[0], entity.type, first=first)
        self._name_only(placed, entity, reasons)
        return self.draft.free("", entity.type, "entity")

    def _rest(self, entity: Entity, part: str) -> None:
        for key, value in entity.rest.items():
            self._keep(part, key, value, entity)

    def _keep(self, part: str, key: str, value: Any, owner: Entity, other: str = "also") -> str:
        """Keep a value under a name that the form does not know, an option as its text; where it is kept."""
        pointer = self.draft.free(part, key, other)
        self.draft.put(pointer, self._in_words(value, pointer), owner)
        return pointer

    def _in_words(self, value: Any, pointer: str) -> Any:
        if isinstance(value, list):
            return [self._in_words(each, pointer) for each in value]
        if isinstance(value, str) and value in self._options:
            text = self._options[value]
            self.notes.append(Note("text-from-option", pointer, _json(value), _json(text)))
            return text
        return value

    def _note(self, entity: Entity, part: str, reasons: Sequence[str]) -> None:
        """Where each entity is, by which the places of its answers in the document that arrived can be found."""
        self._parts.setdefault(entity, part)
        known = {"type": entity.type, "id": entity.id, "related": list(reasons), "at": entity.pointer}
        self.notes.append(Note("from-entity", part, _json(known), _json(part)))


def _called(pointer: str) -> str:
    """A place as people say it: "Any witnesses, Witness 1"."""
    said = ""
    for part in pointer.split("/")[1:]:
        name = f" {int(part) + 1}" if part.isdecimal() else f", {words(unescape(part))}"
        said += name
    return said.removeprefix(", ")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
