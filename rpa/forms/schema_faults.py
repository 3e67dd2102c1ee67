"""Every fault in a form's schema, with its line, for the analyst who wrote it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urljoin

from jsonschema import Draft202012Validator
from jsonschema_specifications import REGISTRY
from referencing.exceptions import Unresolvable

from rpa.errors import Fault
from rpa.forms.codes import clashes, is_code_list
from rpa.forms.formats import FORMATS
from rpa.forms.schema import Node, Schema, escape, parts, questions, unescape
from rpa.pattern import pattern_fault
from rpa.source_lines import json_line

_MAPS = ("properties", "$defs")
_SCHEMAS = ("items", "if", "then", "else", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_WORDS = """
$schema $id $ref $defs title description type properties required items enum const format pattern
maxLength minLength minimum maximum minItems maxItems uniqueItems minProperties dependentRequired
allOf anyOf oneOf not if then else x-message x-aliases x-bare x-former-titles
"""
_KEYWORDS = frozenset(_WORDS.split())


def faults(file: str, text: str, schema: Schema, resolver: Any) -> list[Fault]:
    """Every fault of one schema file. `text` is its content, to find the lines in."""
    found = [*_shape(schema), *_rules(schema, "", resolver)]
    return [
        Fault(file, json_line(text, place), place or "file", said, remedy) for place, said, remedy in found
    ]


def question_faults(file: str, text: str, node: Node) -> list[Fault]:
    """What nobody could be asked: questions without a title or a type, and an `x-bare` that names no question."""
    found = [
        Fault(
            file,
            _line_of(text, asked.pointer),
            asked.pointer,
            f"the question has no {lacking}",
            f"Give it a {lacking}",
        )
        for asked in questions(node)
        for lacking in (["title"] if not asked.title else []) + (["type"] if asked.type == "any" else [])
    ]
    for part in parts(node):
        if part.bare is not None and part.bare not in part.properties:
            said = f"x-bare names no question of the part: {part.bare}"
            found.append(
                Fault(file, _line_of(text, part.bare), part.title, said, "Name one of its properties")
            )
    return found


def _line_of(text: str, pointer: str) -> int:
    """The first line with a key. A question may be composed in several places; this is the most likely one."""
    keys = [part for part in pointer.split("/") if part != "*"]
    return text[: max(text.find(f'"{unescape(keys[-1])}"'), 0)].count("\n") + 1


def _shape(schema: Schema) -> Iterator[tuple[str, str, str]]:
    if is_code_list(schema):  # faster than the whole meta-schema, for lists of hundreds
        for number, said in clashes(schema):
            yield f"/oneOf/{number}", said, "Keep one of them, or give the other a text of its own"
        return
    for error in Draft202012Validator(in_one_piece()).iter_errors(schema):
        place = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
        yield place, f"not JSON Schema 2020-12: {error.message}"[:300], "See json-schema.org"


@cache
def in_one_piece() -> Schema:
    """The meta-schema of 2020-12 without its vocabularies and dynamic references, which every command that loads
    the forms would follow thousands of times: it takes a fifth of the time, and says the same of every schema."""
    whole: dict[str, Any] = {"type": ["object", "boolean"], "properties": {}, "$defs": {}}
    meta = Draft202012Validator.META_SCHEMA
    for vocabulary in meta["allOf"]:
        part = REGISTRY.contents(urljoin(meta["$id"], vocabulary["$ref"]))
        whole["properties"] |= part["properties"]
        whole["$defs"] |= part.get("$defs", {})
    found: Schema = json.loads(json.dumps(whole).replace('"$dynamicRef": "#meta"', '"$ref": "#"'))
    return found


def _rules(schema: Any, place: str, resolver: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(schema, Mapping):
        return
    yield from _keywords(schema, place, resolver)
    for keyword in _SCHEMAS:
        yield from _rules(schema.get(keyword), f"{place}/{keyword}", resolver)
    for keyword in _LISTS if not is_code_list(schema) else ():
        for number, member in enumerate(schema.get(keyword, ())):
            yield from _rules(member, f"{place}/{keyword}/{number}", resolver)
    for keyword in _MAPS:
        for key, member in dict(schema.get(keyword, {})).items():
            yield from _rules(member, f"{place}/{keyword}/{escape(key)}", resolver)


def _keywords(schema: Schema, place: str, resolver: Any) -> Iterator[tuple[str, str, str]]:
    for keyword in schema:
        if keyword not in _KEYWORDS:
            yield f"{place}/{keyword}", f"unknown keyword {keyword}", "Check its spelling"
    if isinstance(schema.get("type"), list):
        yield f"{place}/type", "a question has one type", "Name one; other types are normalised to it"
    former = schema.get("x-former-titles", [])
    if not isinstance(former, list) or not all(isinstance(each, str) and each.strip() for each in former):
        yield f"{place}/x-former-titles", "this is not a list of titles", "Write it as a list of texts"
    if "format" in schema and schema["format"] not in FORMATS:
        yield f"{place}/format", f"unknown format {schema['format']}", "Known are: " + ", ".join(FORMATS)
    if isinstance(pattern := schema.get("pattern"), str) and (said := pattern_fault(pattern)):
        yield (
            f"{place}/pattern",
            said,
            "Correct the pattern, or remove it: answers are the public's own words",
        )
    if "$ref" in schema:
        try:
            resolver.lookup(schema["$ref"])
        except Unresolvable:
            yield (
                f"{place}/$ref",
                f"{schema['$ref']} leads nowhere",
                "Name a list under lists/ or a part under $defs",
            )
