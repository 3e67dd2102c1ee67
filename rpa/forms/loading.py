"""The form definitions of a folder, checked and made ready: `load_forms`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from rpa.errors import DefinitionError, Fault
from rpa.forms.codes import CodeList, code_list, is_code_list
from rpa.forms.form_file import (
    Contact,
    Due,
    Envelope,
    Expression,
    FormFile,
    Moved,
    Timed,
    VersionEntry,
    read_form_file,
)
from rpa.forms.messages import Message, load_messages
from rpa.forms.schema import UNKNOWN, Node, compile_schema, questions
from rpa.forms.schema_faults import faults, question_faults
from rpa.forms.sdm.table import SdmTable, load_table
from rpa.forms.validate import make_validator
from rpa.report import MessageKind
from rpa.source_lines import json_line, toml_line
from rpa.toml_file import read


@dataclass(frozen=True, eq=False)
class Version:
    """One version of a form: its schema, and what is derived from it once."""

    number: int
    recognise: Expression = field(repr=False)
    node: Node = field(repr=False)
    validator: Validator = field(repr=False)
    lists: Mapping[str, CodeList] = field(repr=False)  # the code lists, by name


@dataclass(frozen=True, eq=False)
class Form:
    """A form type. `name` is the name of its folder."""

    name: str
    title: str
    code: str
    description: str
    minutes_to_key: int
    recognise: Expression = field(repr=False)
    envelope: Envelope = field(repr=False)
    decides: tuple[str, ...] = field(repr=False)  # globs: questions whose options decide what the rest means
    versions: Mapping[int, Version] = field(repr=False)
    moved: tuple[Moved, ...] = field(repr=False)
    timed: tuple[Timed, ...] = field(repr=False)
    due: tuple[Due, ...] = field(repr=False)
    contact: Contact | None = field(repr=False)  # without it, nobody is written to
    messages: Mapping[MessageKind, Message] = field(repr=False)
    sdm: SdmTable | None = field(default=None, repr=False)  # where entities of the Standard Data Model belong


@dataclass(frozen=True)
class _Text:
    """A JSON file of a form: its text, and its content."""

    file: str
    text: str
    content: Any


def load_forms(directory: Path) -> Mapping[str, Form]:
    """Every form under `directory` (a folder with a form.toml each), by name.

    Raises `DefinitionError` with every fault found in all of them: file, line, place, what is wrong, what to do.
    """
    forms: dict[str, Form] = {}
    found: list[Fault] = []
    for file in sorted(directory.glob("*/form.toml")):
        try:
            forms[file.parent.name] = _load(file)
        except DefinitionError as error:
            found.extend(error.faults)
    if not forms and not found:
        found.append(Fault(str(directory), 1, "folder", "there are no forms here", "Add <form>/form.toml"))
    found.extend(_same_code(directory, forms))
    if found:
        raise DefinitionError(*found)
    return MappingProxyType(forms)


def _same_code(directory: Path, forms: Mapping[str, Form]) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for name, form in forms.items():
        owner = owners.setdefault(form.code.casefold(), name)
        if owner != name:
            file = directory / name / "form.toml"
            line = toml_line(file.read_text(encoding="utf-8"), ("code",))
            said = f"the form {owner} also has the code {form.code}"
            yield Fault(str(file), line, "code", said, "Give each form its own code")


def _load(file: Path) -> Form:
    definition = read_form_file(file)
    folder = file.parent
    lists = [_read(path) for path in sorted((folder / "lists").glob("*.json"))]
    found = [fault for path in lists for fault in _list_faults(path)]
    versions: dict[int, Version] = {}
    for entry in definition.versions:
        try:
            versions[entry.number] = _version(folder, entry, lists)
        except DefinitionError as error:
            found.extend(error.faults)
    found.extend(_path_faults(file, definition, versions))
    found.extend(_contact_faults(file, definition, versions))
    messages: Mapping[MessageKind, Message] = {}
    try:
        messages = load_messages(folder, written_to=definition.contact is not None)
    except DefinitionError as error:
        found.extend(error.faults)
    sdm = None
    if versions and (folder / "sdm.toml").exists():
        try:
            sdm = load_table(folder / "sdm.toml", [each.node for each in versions.values()])
        except DefinitionError as error:
            found.extend(error.faults)
    if found:
        raise DefinitionError(*found)
    shared = definition.model_dump(exclude={"versions", "envelope", "moved", "timed", "due", "contact"})
    return Form(
        name=folder.name,
        versions=MappingProxyType(versions),
        envelope=definition.envelope,
        moved=definition.moved,
        timed=definition.timed,
        due=definition.due,
        contact=definition.contact,
        messages=MappingProxyType(messages),
        sdm=sdm,
        **shared,
    )


def _version(folder: Path, entry: VersionEntry, lists: list[_Text]) -> Version:
    schema = _read(folder / entry.file)
    base = schema.content.get("$id", "") if isinstance(schema.content, dict) else ""
    if not base:
        raise DefinitionError(
            Fault(schema.file, 1, "$id", "the schema has no $id", "Give it an absolute URL")
        )
    registry: Registry[Any] = Registry().with_resources(
        (urljoin(base, f"lists/{Path(one.file).name}"), _resource(one.content)) for one in lists
    )
    registry = registry.with_resource(base, _resource(schema.content)).crawl()
    resolver = registry.resolver(base_uri=base)
    if found := faults(schema.file, schema.text, schema.content, resolver):
        raise DefinitionError(*found)
    node = compile_schema(schema.content, resolver)
    if found := question_faults(schema.file, schema.text, node):
        raise DefinitionError(*found)
    named = {Path(one.file).stem: code_list(one.content) for one in lists if is_code_list(one.content)}
    validator = make_validator(schema.content, registry)
    return Version(entry.number, entry.recognise, node, validator, MappingProxyType(named))


def _resource(content: Any) -> Resource[Any]:
    """A file as a resource, without its `$schema`, for which the validator would use the library's own class
    again."""
    if isinstance(content, dict):
        content = {keyword: value for keyword, value in content.items() if keyword != "$schema"}
    return DRAFT202012.create_resource(content)


def _read(path: Path) -> _Text:
    if not path.exists():
        fault = Fault(
            str(path), 1, "file", "there is no such file", "Add it, or correct the name in form.toml"
        )
        raise DefinitionError(fault)
    text = read(path)
    try:
        return _Text(str(path), text, json.loads(text))
    except json.JSONDecodeError as error:
        raise DefinitionError(
            Fault(str(path), error.lineno, "file", error.msg, "Correct the JSON")
        ) from error


def _list_faults(one: _Text) -> Iterator[Fault]:
    if not isinstance(one.content, dict) or not is_code_list(one.content):
        yield Fault(
            one.file, 1, "oneOf", "this is not a list of options", "Give it oneOf with const and title"
        )
        return
    if not str(one.content.get("$id", "")).endswith("/" + Path(one.file).name):
        said = "the $id does not end with the file's name"
        yield Fault(one.file, json_line(one.text, "/$id"), "$id", said, "Make them the same")
    yield from faults(one.file, one.text, one.content, None)


def _path_faults(file: Path, form: FormFile, versions: Mapping[int, Version]) -> Iterator[Fault]:
    """Paths in form.toml that no version of the schema has, and versions that are given twice."""
    paths = [(("moved", number, "into"), moved.into) for number, moved in enumerate(form.moved)]
    for number, timed in enumerate(form.timed):
        paths += [(("timed", number, "date"), timed.date), (("timed", number, "time"), timed.time)]
    text = file.read_text(encoding="utf-8")
    for place, path in paths:
        if versions and not any(_has(version.node, path) for version in versions.values()):
            named = ".".join(map(str, place))
            said = f"no version of the form has {path}"
            yield Fault(str(file), toml_line(text, place), named, said, "Correct the path, or the schema")
    coded = [q.pointer for each in versions.values() for q in questions(each.node) if q.list]
    for number, glob in enumerate(form.decides):
        if versions and not any(fnmatchcase(pointer, glob) for pointer in coded):
            line, said = (
                toml_line(text, ("decides", number)),
                f"no question with a list of options is at {glob}",
            )
            yield Fault(str(file), line, f"decides.{number}", said, "Correct the JSON Pointer")
    numbers = [entry.number for entry in form.versions]
    for position, number in enumerate(numbers):
        if number in numbers[:position]:
            line = toml_line(text, ("versions", position, "number"))
            yield Fault(
                str(file), line, "versions", f"version {number} is given twice", "Give each its own number"
            )


def _contact_faults(file: Path, form: FormFile, versions: Mapping[int, Version]) -> Iterator[Fault]:
    """An address that no version of the schema asks for as one."""
    if form.contact is None or not versions:
        return
    asked = (question for each in versions.values() for question in questions(each.node))
    if not any(each.pointer == form.contact.email and each.format == "email" for each in asked):
        line = toml_line(file.read_text(encoding="utf-8"), ("contact", "email"))
        said = f"no question with the format email is at {form.contact.email}"
        yield Fault(str(file), line, "contact.email", said, "Correct the JSON Pointer, or the schema")


def _has(node: Node, path: str) -> bool:
    return reduce(Node.step, path.split("."), node) is not UNKNOWN
