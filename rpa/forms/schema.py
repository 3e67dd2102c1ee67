"""A form's JSON Schema, compiled into the questions it asks.

The validator reads the schema itself. People and the normaliser need to know what is asked where: one `Node` for
every part and question, which combines what `$ref`, `allOf` and the branches say about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rpa.forms.codes import CodeList, code_list, fold, is_code_list

Kind = Literal["object", "array", "string", "boolean", "integer", "number", "any"]
Schema: TypeAlias = Mapping[str, Any]
Resolver: TypeAlias = Any  # of the library referencing; its type parameter has no meaning here
Facet: TypeAlias = tuple[Schema, Resolver]

_BRANCHES = ("then", "else")


@dataclass(frozen=True)
class Question:
    """One leaf of a form. `pointer` is its JSON Pointer with `*` for any item of an array; `section` the titles of
    the parts above it, outermost first; `list` the name of its code list."""

    pointer: str
    section: tuple[str, ...]
    title: str
    type: Kind
    list: str | None
    max_length: int | None
    format: str | None


@dataclass(frozen=True, eq=False)
class Node:
    """A part (object), a repeated part (array) or a question (anything else) of a form."""

    title: str
    type: Kind
    properties: Mapping[str, Node] = field(default_factory=dict, repr=False)
    spellings: Mapping[str, str] = field(default_factory=dict, repr=False)  # folded key or alias -> key
    items: Node | None = None
    codes: CodeList | None = None
    format: str | None = None
    max_length: int | None = None
    bare: str | None = None  # the property that a bare value means where this part is expected
    former: tuple[str, ...] = ()  # titles that it had before
    groups: Mapping[str, int] = field(
        default_factory=dict, repr=False
    )  # property -> the schema that declares it
    needs: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict, repr=False)
    """(property, one of its options) -> the properties that a branch then asks for."""

    def key(self, arrived: str) -> str | None:
        """The property a key of the document means, or None when the form does not know it."""
        return arrived if arrived in self.properties else self.spellings.get(fold(arrived))

    def step(self, part: str) -> Node:
        """The node one JSON Pointer part further down; UNKNOWN if the form has none."""
        if self.items is not None and part.isdigit():
            return self.items
        return self.properties.get(part, UNKNOWN)


UNKNOWN = Node("", "any")
UNKNOWN_PART = Node("", "object")


def compile_schema(schema: Schema, resolver: Resolver) -> Node:
    """The tree of a form's schema; `resolver` (of the schema itself) finds what `$ref` names.

    Raises `referencing.exceptions.Unresolvable` for a `$ref` that leads nowhere.
    """
    return _node([(schema, resolver)], {})


def questions(node: Node, pointer: str = "", section: tuple[str, ...] = ()) -> Iterator[Question]:
    """Every leaf below a node, once each, in the schema's order."""
    if node.type == "object":
        for key, child in node.properties.items():
            part = child.items or child
            inside = (*section, part.title or child.title) if part.type == "object" else section
            yield from questions(child, f"{pointer}/{escape(key)}", inside)
    elif node.items is not None:
        yield from questions(node.items, f"{pointer}/*", section)
        return
    else:
        codes = node.codes.name if node.codes else None
        yield Question(pointer, section, node.title, node.type, codes, node.max_length, node.format)


def parts(node: Node) -> Iterator[Node]:
    """A node and every part and question below it."""
    yield node
    for child in [*node.properties.values(), *([node.items] if node.items else [])]:
        yield from parts(child)


def escape(key: str) -> str:
    """A key as a part of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """The key a part of a JSON Pointer stands for."""
    return part.replace("~1", "/").replace("~0", "~")


def _node(facets: Sequence[Facet], lists: dict[str, CodeList]) -> Node:
    """The node described by all of `facets`. If two differ, the first counts."""
    whole = [part for schema, resolver in facets for part in _parts(schema, resolver)]
    properties = _properties(whole)
    items = _first(whole, "items")
    return Node(
        title=_text(whole, "title"),
        type=_first_value(whole, "type") or "any",
        properties={key: _node(parts, lists) for key, parts in properties.items()},
        spellings=_key_spellings(properties),
        items=None if items is None else _titled(_node([items], lists), _text(whole, "title")),
        codes=_codes(whole, lists),
        format=_first_value(whole, "format"),
        max_length=_first_value(whole, "maxLength"),
        bare=_first_value(whole, "x-bare"),
        former=tuple(
            dict.fromkeys(each for schema, _ in whole for each in schema.get("x-former-titles", ()))
        ),
        groups=_groups(whole),
        needs=_needs(whole),
    )


def _titled(node: Node, title: str) -> Node:
    """An item of a multi-choice question carries the question's title, not the list's."""
    if node.type == "object":
        return node
    return Node(title, node.type, codes=node.codes, format=node.format, max_length=node.max_length)


def _parts(schema: Schema, resolver: Resolver) -> Iterator[Facet]:
    """A schema, what it refers to, what it is composed of, and its branches, in that order."""
    yield schema, resolver
    if "$ref" in schema:
        resolved = resolver.lookup(schema["$ref"])
        yield from _parts(resolved.contents, resolved.resolver)
    for member in schema.get("allOf", ()):
        yield from _parts(member, resolver)
    for branch in _BRANCHES:
        if branch in schema:
            yield from _parts(schema[branch], resolver)


def _properties(facets: Sequence[Facet]) -> dict[str, list[Facet]]:
    """Every property and what is said about it. A part's technical tag comes last."""
    found: dict[str, list[Facet]] = {}
    for schema, resolver in facets:
        for key, value in schema.get("properties", {}).items():
            found.setdefault(key, []).append((value, resolver))
    return dict(sorted(found.items(), key=lambda entry: entry[0].startswith("_")))


def _groups(facets: Sequence[Facet]) -> dict[str, int]:
    """For every property the number of the schema that declares it: properties of one schema belong together."""
    found: dict[str, int] = {}
    for number, (schema, _) in enumerate(facets):
        for key in schema.get("properties", {}):
            found.setdefault(key, number)
    return found


def _needs(facets: Sequence[Facet]) -> dict[tuple[str, str], frozenset[str]]:
    """What each branch that depends on one option asks for."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for schema, _ in facets:
        rule_of, then = schema.get("if"), schema.get("then")
        if not isinstance(rule_of, Mapping) or not isinstance(then, Mapping):
            continue
        asked, wanted = rule_of.get("properties", {}), frozenset(_required(then))
        for key, rule in asked.items():
            if wanted and isinstance(rule, Mapping) and isinstance(rule.get("const"), str):
                found[key, rule["const"]] = found.get((key, rule["const"]), frozenset()) | wanted
    return found


def _required(schema: Schema) -> Iterator[str]:
    yield from schema.get("required", ())
    for member in schema.get("anyOf", ()):
        yield from member.get("required", ())


def _key_spellings(properties: Mapping[str, Sequence[Facet]]) -> dict[str, str]:
    spellings = {fold(key): key for key in properties}
    for key, facets in properties.items():
        for schema, _ in facets:
            for alias in schema.get("x-aliases", ()):
                spellings.setdefault(fold(alias), key)
    return spellings


def _codes(facets: Sequence[Facet], lists: dict[str, CodeList]) -> CodeList | None:
    for schema, _ in facets:
        if is_code_list(schema):
            made = lists.get(schema.get("$id", ""))
            return made or lists.setdefault(schema.get("$id", ""), code_list(schema))
    return None


def _first(facets: Sequence[Facet], keyword: str) -> Facet | None:
    return next(((schema[keyword], resolver) for schema, resolver in facets if keyword in schema), None)


def _first_value(facets: Sequence[Facet], keyword: str) -> Any:
    found = _first(facets, keyword)
    return found[0] if found else None


def _text(facets: Sequence[Facet], keyword: str) -> str:
    return str(_first_value(facets, keyword) or "")
