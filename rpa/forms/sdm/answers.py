"""The attributes of one entity -> where in the form each of them goes, as the form's table says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpa.documents.links import file_name, is_link
from rpa.forms.schema import UNKNOWN, Node, escape
from rpa.forms.sdm.table import Goes, SdmTable, node_at, option

_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
LINK = "mediaLink"  # the question under which the address of a file is kept, beside its name


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the document that attributes go to, and what says which: the names of fields, or the questions of
    the part."""

    pointer: str
    fields: tuple[str, ...]
    questions: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """One answer: where it goes, and under which attribute it came. Without a pointer the form has no place for
    it."""

    attribute: str
    value: Any
    pointer: str | None = None


def puts(table: SdmTable, node: Node, parts: Sequence[Part], attributes: Mapping[str, Any]) -> Iterator[Put]:
    """Where each attribute goes: each of them once, in the order in which they came."""
    known = {name.casefold(): name for name in attributes}
    found = {name: _goes(table, node, parts, name) for name in attributes}
    others = {known.get(each.casefold()) for goes, _ in found.values() if goes for each in goes.with_}
    for name, value in attributes.items():
        if name in others:
            continue
        goes, part = found[name]
        if goes is None:
            yield Put(name, value)
            continue
        together = [known[each.casefold()] for each in goes.with_ if each.casefold() in known]
        given = [(name, value), *((each, attributes[each]) for each in together)]
        for put in _settled(goes, node, part, given, attributes):
            there = put.pointer is not None and node_at(node, put.pointer) is not UNKNOWN
            yield put if there or put.attribute == LINK else Put(put.attribute, put.value)


def _goes(table: SdmTable, node: Node, parts: Sequence[Part], attribute: str) -> tuple[Goes | None, str]:
    folded = attribute.casefold()
    for part in parts:
        for fields in part.fields:
            for name, goes in table.fields[fields].items():
                if name.casefold() == folded:
                    return goes, part.pointer
        if part.questions and (question := node_at(node, part.pointer).key(attribute)) is not None:
            return Goes(to=(f"/{escape(question)}",)), part.pointer
    return None, ""


def _settled(
    goes: Goes, node: Node, part: str, given: Sequence[tuple[str, Any]], attributes: Mapping[str, Any]
) -> Iterator[Put]:
    """Where one attribute, and those that answer the same question with it, go."""
    name, value = given[0]
    places = [f"{part}{pointer}" for pointer in goes.to]
    if goes.link and isinstance(value, str) and is_link(value):
        yield Put(name, file_name(value), places[0])
        yield Put(LINK, value, f"{part}/{LINK}")
    elif len(given) > 1:
        yield from _together(goes, part, places, given)
    elif isinstance(value, Mapping) and goes.object is not None:
        yield Put(name, value, part + goes.object)
    elif isinstance(value, str) and goes.time is not None and _TIME.fullmatch(value.strip()):
        yield Put(name, value, part + goes.time)
    elif goes.options:
        yield Put(name, value, part + _by_option(goes, node, part, value, attributes))
    elif isinstance(value, list) and all(not isinstance(each, list | Mapping) for each in value):
        yield from _spread(goes, name, places, value)
    else:
        yield Put(name, value, places[0])


def _together(
    goes: Goes, part: str, places: Sequence[str], given: Sequence[tuple[str, Any]]
) -> Iterator[Put]:
    texts = [str(value).strip() for _, value in given]
    if goes.same is not None and len({text.casefold() for text in texts}) == 1:
        yield from (Put(name, value, part + goes.same) for name, value in given)
    elif goes.join is not None and all(not isinstance(value, list | Mapping) for _, value in given):
        said = [text for (_, value), text in zip(given, texts, strict=True) if value not in (None, "")]
        yield Put(given[0][0], goes.join.join(dict.fromkeys(said)), places[0])
    else:
        for number, (name, value) in enumerate(given):
            yield Put(name, value, places[min(number, len(places) - 1)])


def _spread(goes: Goes, name: str, places: Sequence[str], items: Sequence[Any]) -> Iterator[Put]:
    """Items of a list: one to each place, and in the last all that are left."""
    if goes.join is None:
        for value in items if places[0].endswith("/-") else [list(items)]:
            yield Put(name, value, places[0])
        return
    items = [item for item in items if item not in (None, "")]
    for number, place in enumerate(places):
        left = items[number:] if number == len(places) - 1 else items[number : number + 1]
        if left:
            yield Put(name, left[0] if len(left) == 1 else goes.join.join(map(str, left)), place)


def _by_option(goes: Goes, node: Node, part: str, value: Any, attributes: Mapping[str, Any]) -> str:
    if goes.by is not None:
        folded = goes.by.casefold()
        value = next((each for name, each in attributes.items() if name.casefold() == folded), None)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    for beginning, pointer in goes.options.items():
        identifier = option(node_at(node, part + pointer), value)
        coded = node_at(node, part + goes.to[0])
        for each in (identifier, option(coded, value)):
            if isinstance(each, str) and each.casefold().startswith(beginning.casefold()):
                return pointer
    return goes.to[0]
