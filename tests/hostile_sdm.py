"""Documents of the Standard Data Model that were made to use up time or memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any


def _document(*entities: dict[str, Any], **related: range) -> bytes:
    relationships = {reason: _to(each) for reason, each in related.items()}
    incident = {
        "type": "incident",
        "id": "i",
        "attributes": {"category": "OCR"},
        "relationships": relationships,
    }
    return json.dumps({"data": incident, "included": entities}).encode()


def _to(numbers: range, kind: str = "person") -> dict[str, Any]:
    return {"data": [{"type": kind, "id": str(number)} for number in numbers]}


def _person(number: int, **related: range) -> dict[str, Any]:
    relationships = {reason: _to(each) for reason, each in related.items()}
    attributes = {"givenName": f"Name {number}"}
    return {"type": "person", "id": str(number), "attributes": attributes, "relationships": relationships}


def _file(megabytes: int) -> dict[str, Any]:
    return {
        "type": "attachment",
        "id": "file",
        "attributes": {"attachmentName": "x.bin", "attachmentContent": "QUJD" * (megabytes * 256 * 1024)},
    }


def chain(length: int) -> bytes:
    """Persons of which each is related only to the next."""
    return _document(*(_person(n, friend=range(n + 1, n + 2)) for n in range(length)), witness=range(1))


def _shared_address() -> bytes:
    location = {
        "type": "location",
        "id": "1",
        "attributes": {f"line{number}": "x" for number in range(2_000)},
    }
    living = {"currentAddress": {"data": [{"type": "location", "id": "1"}]}}
    people = [_person(n) | {"relationships": living} for n in range(250)]
    return _document(*people, location, witness=range(250))


def _nested() -> bytes:
    inner: Any = "x"
    for _ in range(55):
        inner = {"a": inner}
    return _document(_person(1) | {"attributes": {"a": inner}})


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "five thousand entities": lambda: _document(*map(_person, range(5_000))),
    "as many that nothing leads to as are read": lambda: _document(*map(_person, range(900))),
    "a circle": lambda: _document(
        *(_person(n, friend=range((n + 1) % 600, (n + 1) % 600 + 1)) for n in range(600))
    ),
    "a chain": lambda: chain(600),
    "an address of all": _shared_address,
    "everybody knows everybody": lambda: _document(
        *(_person(n, friend=range(34), guardian=range(34)) for n in range(34)), witness=range(34)
    ),
    "one id for all": lambda: _document(*(_person(n) | {"id": "1"} for n in range(600)), witness=range(1, 2)),
    "nested attributes": _nested,
    "a file of 50 MB": lambda: _document(_file(50)),
    "a file as large as is read": lambda: _document(_file(26)),
    "a file where no file is": lambda: _document(_person(1) | {"attributes": {"a": _file(39)}}),
}
"""By what it is."""
