"""sdm.toml: where in a form the entities of the Standard Data Model belong, as values.

forms/README.md says what each key is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from rpa.errors import DefinitionError, Fault
from rpa.forms.schema import UNKNOWN, Node, unescape
from rpa.source_lines import KeyPath, toml_line
from rpa.toml_file import faults, parsed, read

_GUIDE = "forms/README.md says what each key is for"
_APPEND = "-"
_MOST_STEPS = 4  # from the incident to an entity that a place is about

Pointer = Annotated[str, Field(pattern=r"^(/[^/]+)*$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Goes(_Table):
    """Where an attribute goes, as pointers below the part that its entity goes to.

    `to`: one, or several for a list or for several attributes in turn. `with`: attributes that answer the same
    question with it. `same`: where it goes if all of them say the same. `join`: what stands between texts that
    become one. `object`, `time`: where it goes if it is an object, or a time of day. `by`, `options`: where it
    goes for each option of it, or of the attribute `by`, by how the option's identifier begins. `link`: it may be
    the address of a file, whose name is then the answer.
    """

    to: tuple[Pointer, ...] = Field(min_length=1)
    with_: tuple[str, ...] = Field(default=(), alias="with")
    same: Pointer | None = None
    join: str | None = None
    object: Pointer | None = None
    time: Pointer | None = None
    by: str | None = None
    options: Mapping[str, Pointer] = {}
    link: bool = False

    def pointers(self) -> Iterator[str]:
        """Every place it may go to."""
        yield from self.to
        yield from (each for each in (self.same, self.object, self.time) if each is not None)
        yield from self.options.values()


def _spelt_out(value: object) -> object:
    """`"/surname"` is short for `{ to = ["/surname"] }`."""
    if isinstance(value, str):
        return {"to": [value]}
    if isinstance(value, dict) and isinstance(value.get("to"), str):
        return value | {"to": [value["to"]]}
    return value


class Into(_Table):
    """A part that an entity's attributes go to: those that its `fields` name, and with `questions` those that it
    has a question for under the same name."""

    at: Pointer = ""
    fields: tuple[str, ...] = ()
    questions: bool = False


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_as_list)]


class Place(_Table):
    """Where an entity of a `type` belongs that is related to one of those in `from` by all reasons in `related`,
    or by one in `any_of`."""

    type: OneOrMore
    from_: OneOrMore = Field(default=("incident",), alias="from")
    related: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    into: tuple[Into, ...] = Field(min_length=1)
    kind: str = ""
    top: bool = False
    together: bool = False
    open: bool = False
    where: Mapping[str, tuple[str, ...]] = {}
    when: Mapping[Pointer, tuple[str, ...]] = {}
    implied: Mapping[str, tuple[str, ...]] = {}
    sets: Mapping[Pointer, str | bool] = {}
    beside: Mapping[Pointer, str | bool] = {}
    says: Mapping[Pointer, str | bool] = {}

    @model_validator(mode="after")
    def _related(self) -> Place:
        if bool(self.related) == bool(self.any_of):
            raise ValueError("give either related or any_of")
        return self


class SdmTable(_Table):
    """sdm.toml, whole."""

    root: tuple[Into, ...] = Field(default=(Into(),), min_length=1)
    names: Mapping[str, str] = {}
    fields: Mapping[str, Mapping[str, Annotated[Goes, BeforeValidator(_spelt_out)]]] = {}
    place: tuple[Place, ...] = ()


def load_table(path: Path, nodes: Sequence[Node]) -> SdmTable:
    """The table at `path`, for a form with these versions. Raises `DefinitionError` with every fault: file, line,
    what is wrong. A pointer that no version of the form has is one."""
    text = read(path)
    try:
        table = SdmTable.model_validate(parsed(path, text))
    except ValidationError as error:
        raise DefinitionError(*faults(error, path, text, _GUIDE)) from error
    found = [
        Fault(str(path), toml_line(text, place), ".".join(map(str, place)), said, remedy)
        for place, said, remedy in (*_unused(table), *_unknown(table, nodes))
    ]
    if found:
        raise DefinitionError(*found)
    return table


_Found = tuple[KeyPath, str, str]


def _unused(table: SdmTable) -> Iterator[_Found]:
    """Names of fields that are not there, and fields that no place names."""
    used: set[str] = set()
    for place, into in _parts(table):
        used.update(into.fields)
        for name in into.fields:
            if name not in table.fields:
                yield (*place, "fields"), f"there are no fields {name}", "Correct the name"
    for name in table.fields:
        if name not in used:
            yield ("fields", name), "no place names these fields", "Name them, or remove them"


def _unknown(table: SdmTable, nodes: Sequence[Node]) -> Iterator[_Found]:
    """Pointers that no version of the form has."""
    for number, into in enumerate(table.root):
        yield from _missing(("root", number), into.at, [into.at], nodes)
    for number, place in enumerate(table.place):
        yield from _misplaced(table, number, place, nodes)
    for name, attributes in table.fields.items():
        wholes = [f"{base}{into.at}" for base, into in _used(table, name)]
        for attribute, goes in attributes.items():
            for pointer in goes.pointers():
                places = [f"{whole}{pointer}" for whole in wholes]
                yield from _missing(("fields", name, attribute), pointer, places, nodes)


def _misplaced(table: SdmTable, number: int, place: Place, nodes: Sequence[Node]) -> Iterator[_Found]:
    """Pointers of one place that no version of the form has."""
    here: KeyPath = ("place", number)
    for key, pointers in (("when", place.when), ("says", place.says)):
        for pointer in pointers:
            yield from _missing((*here, key), pointer, [pointer], nodes)
    bases, last = list(_bases(table, place)), place.into[-1].at
    for key, below, pointers in (("sets", last, place.sets), ("beside", "", place.beside)):
        for pointer in pointers:
            yield from _missing((*here, key), pointer, [f"{base}{below}{pointer}" for base in bases], nodes)
    for into in place.into:
        yield from _missing((*here, "into"), into.at, [f"{base}{into.at}" for base in bases], nodes)


def _missing(place: KeyPath, pointer: str, wholes: Sequence[str], nodes: Sequence[Node]) -> Iterator[_Found]:
    if not any(node_at(node, whole) is not UNKNOWN for node in nodes for whole in wholes):
        yield place, f"no version of the form has {pointer}", "Correct the pointer, or the schema"


def _parts(table: SdmTable) -> Iterator[tuple[KeyPath, Into]]:
    yield from ((("root", number), into) for number, into in enumerate(table.root))
    for number, place in enumerate(table.place):
        for position, into in enumerate(place.into):
            yield ("place", number, "into", position), into


def _used(table: SdmTable, name: str) -> Iterator[tuple[str, Into]]:
    """Every part that fields of that name go to, by what stands before its pointer."""
    yield from (("", into) for into in table.root if name in into.fields)
    for place in table.place:
        for into in place.into:
            if name in into.fields:
                yield from ((base, into) for base in _bases(table, place))


def _bases(table: SdmTable, place: Place, depth: int = 0) -> Iterator[str]:
    """The parts that entities of a place's `from` go to: its own pointers stand below them."""
    if place.top or "incident" in place.from_:
        yield ""
    if place.top or depth > _MOST_STEPS:
        return
    for other in table.place:
        if other is not place and not set(place.from_).isdisjoint(kinds(other)):
            for base in _bases(table, other, depth + 1):
                yield base + other.into[-1].at


def kinds(place: Place) -> tuple[str, ...]:
    """What `from` of another place calls the entities of this one."""
    return (place.kind,) if place.kind else place.type


def node_at(node: Node, pointer: str) -> Node:
    """The node at a JSON Pointer ("-" or a number: an item); UNKNOWN where the form has none."""
    for part in pointer.split("/")[1:]:
        node = node.step("0" if part == _APPEND else unescape(part))
    return node


def option(node: Node, value: Any) -> Any:
    """The identifier that a value stands for where the node lists options, else the value itself."""
    if node.codes is not None and isinstance(value, str):
        return node.codes.identify(value) or value
    return value
