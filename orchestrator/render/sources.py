"""Where in a document each answer was read, for reports that did not arrive as data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType

from orchestrator.render.terminal import marked, visible_text
from orchestrator.store import Stored
from rpa.forms import BY_MACHINE, READ_FROM

RULES = frozenset({READ_FROM, BY_MACHINE})
"""The rules of notes that say where an answer was read. The others say what was changed."""


def as_json(stored: Stored) -> Mapping[str, Mapping[str, Any]]:
    """For each answer's JSON Pointer the file, the page (0 where there are none), the label, and whether a machine
    read it in a picture."""
    machine = {note.pointer for note in stored.notes if note.rule == BY_MACHINE}
    return {
        note.pointer: {**json.loads(note.before), "by_machine": note.pointer in machine}
        for note in stored.notes
        if note.rule == READ_FROM
    }


def source_of(pointer: str, sources: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Where the answer at a pointer was read; several options of a question were read together."""
    return sources.get(pointer) or sources.get(pointer.rpartition("/")[0])


def shown(stored: Stored) -> Iterator[RenderableType]:
    """The same for a person: a line for each answer."""
    for pointer, source in as_json(stored).items():
        page = f", page {source['page']}" if source["page"] else ""
        machine = ", read by machine" if source["by_machine"] else ""
        said = f"{pointer}  {source['file']}{page}, under “{source['label']}”{machine}"
        yield marked("-", visible_text(said, style="dim"))
