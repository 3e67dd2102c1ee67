"""Links to files in a document of the Standard Data Model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from rpa.documents.inline_files import safe_name
from rpa.documents.sdm import Entity, is_sdm, structure
from rpa.documents.size import Unreadable

MOST_LINKS = 50  # of one report
_MOST_LENGTH = 2_000  # characters: longer ones no server takes
_LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_TYPES = frozenset(("media", "attachment"))
_UPLOADS = ("mediaupload", "medialink", "mediaurl")


@dataclass(frozen=True, slots=True)
class Link:
    """A file that a document names by its address. `name`: as its report refers to it; `pointer`: where the
    address stands in the document."""

    name: str
    url: str = field(repr=False)
    pointer: str


def is_link(value: object) -> bool:
    """Whether a value is an address and nothing else."""
    return (
        isinstance(value, str) and len(value) <= _MOST_LENGTH and _LINK.fullmatch(value.strip()) is not None
    )


def file_name(url: str) -> str:
    """The name of the file at an address: the last part of its path."""
    try:
        path = urlsplit(url.strip()).path
    except ValueError:
        path = ""
    return safe_name(unquote(path.rstrip("/"), errors="replace"))


def links(document: object) -> tuple[Link, ...]:
    """The files that a document of the Standard Data Model names by their address: what a `media` or `attachment`
    entity holds, and what was uploaded. Each address once, at most 50; none for any other document.

    An address that a person wrote as an answer, such as that of a video, is no file of the report.
    """
    if not isinstance(document, Mapping) or not is_sdm(document):
        return ()
    try:
        entities = structure(document).entities
    except Unreadable:
        return ()
    found: dict[str, Link] = {}
    for entity in entities:
        for pointer, url in _in(entity):
            found.setdefault(url, Link(file_name(url), url, pointer))
    return tuple(islice(found.values(), MOST_LINKS))


def _in(entity: Entity) -> Iterator[tuple[str, str]]:
    every = entity.type.casefold() in _TYPES
    pending: list[tuple[str, str, Any]] = [
        (f"{entity.pointer}/attributes", "", entity.attributes),
        (f"{entity.pointer}/links", "", entity.rest.get("links") if every else None),
    ]
    while pending:
        pointer, key, value = pending.pop(0)
        if isinstance(value, Mapping):
            pending += [(f"{pointer}/{_escaped(name)}", str(name), each) for name, each in value.items()]
        elif isinstance(value, list):
            pending += [(f"{pointer}/{number}", key, each) for number, each in enumerate(value)]
        elif (every or key.casefold() in _UPLOADS) and is_link(value):
            yield pointer, value.strip()


def _escaped(key: object) -> str:
    """A key as a part of a JSON Pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")
