"""The normalised document against the form's schema: every problem, with its place and a plain sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

from rpa.forms.answers import question
from rpa.forms.codes import is_code_list
from rpa.forms.formats import FORMATS
from rpa.forms.schema import Node, escape
from rpa.report import Problem, ProblemKind

_UNANSWERED = frozenset({"required", "dependentRequired", "anyOf", "minItems", "minProperties"})
_SAID = {
    "string": "This should be text.",
    "boolean": "This should be yes or no.",
    "integer": "This should be a whole number.",
    "number": "This should be a number.",
    "array": "This should be a list of answers.",
    "object": "This should be a part with questions of its own.",
}

MOST_OPTIONS = 10  # that a message lists


def make_validator(schema: Mapping[str, Any], registry: Registry[Any]) -> Validator:
    """A validator for one version of a form. Make it once, for any number of documents."""
    checker = FormatChecker(formats=())
    for name, named in FORMATS.items():
        checker.checks(name)(_on_text(named.check))
    return _Validator(schema, registry=registry, format_checker=checker)


def problems(validator: Validator, node: Node, data: Any, decides: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Every problem of a document, once each, in the order of the schema.

    `decides`: globs over JSON Pointers of the questions whose options decide what the rest of the report means.
    """
    found: dict[Problem, None] = {}
    for error in validator.iter_errors(data):
        for problem in _problems(error, node, decides):
            found.setdefault(problem)
    return tuple(found)


def _problems(error: ValidationError, node: Node, decides: Sequence[str]) -> Iterator[Problem]:
    pointer = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
    if error.validator == "required":
        wanted, have = cast("list[str]", error.validator_value), cast("dict[str, object]", error.instance)
        places = [f"{pointer}/{escape(name)}" for name in wanted if name not in have]
    else:
        places = [pointer]
    for place in places:
        asked = question(node, place) if place else node.title
        yield Problem(_kind(error, place, decides), place, asked, _message(error))


def _kind(error: ValidationError, place: str, decides: Sequence[str]) -> ProblemKind:
    """What a broken rule means. An answer that is only written differently stops no report."""
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator in _UNANSWERED:
        return ProblemKind.UNANSWERED
    if error.validator == "oneOf" and is_code_list(schema):
        decisive = any(fnmatchcase(place, glob) for glob in decides)
        return ProblemKind.CHANGED if decisive else ProblemKind.UNLISTED
    if error.validator in ("minimum", "maximum"):
        return ProblemKind.INVALID
    if error.validator == "format" and FORMATS[str(error.validator_value)].impossible(str(error.instance)):
        return ProblemKind.INVALID
    return ProblemKind.UNFIT


def _message(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if "x-message" in schema and error.validator != "type":
        return str(schema["x-message"])
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return _SAID.get(str(value), "This is not the type of answer that the question asks for.")
        case "format":
            return FORMATS[str(value)].message
        case "required":
            return "This question needs an answer."
        case "oneOf" if is_code_list(schema):
            return _not_listed(schema)
        case "maxLength":
            return f"This answer is longer than {value} characters."
        case "minimum":
            return f"This should be {value} or more."
        case "maximum":
            return f"This should be {value} or less."
    return "This answer breaks a rule of the form."


def _on_text(check: Any) -> Any:
    return lambda value: not isinstance(value, str) or check(value)


def _one_of(validator: Any, entries: list[Any], instance: object, schema: Any) -> Iterator[ValidationError]:
    """`oneOf`, fast for a list of options, the usual case (the library tries each of 500 in turn)."""
    if not is_code_list(schema):
        yield from Draft202012Validator.VALIDATORS["oneOf"](validator, entries, instance, schema)
    elif isinstance(instance, str) and not any(entry["const"] == instance for entry in entries):
        yield ValidationError("not one of the options")


_Validator: type[Validator] = extend(Draft202012Validator, {"oneOf": _one_of})  # type: ignore[no-untyped-call]


def _not_listed(schema: Mapping[str, Any]) -> str:
    said = "This answer is not one of the options we know"
    options = [str(entry.get("title", entry["const"])) for entry in schema["oneOf"]]
    return f"{said}: {', '.join(options)}." if len(options) <= MOST_OPTIONS else f"{said}."
