"""Provenance: which answers an expression chooses.

An expression is evaluated twice: over the report's data, and over a copy of it in which every leaf is its own
JSON Pointer. The second result is the pointers of the answers in the first (ADR 2). So the sum of P4 can be
checked to the last answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rpa.forms.schema import escape
from rpa.planning.mapping import FormMapping, Source, search


def provenance(data: Any, pointer: str = "") -> Any:
    """`data` with every leaf replaced by its own JSON Pointer."""
    if isinstance(data, Mapping):
        return {key: provenance(value, f"{pointer}/{escape(key)}") for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [provenance(value, f"{pointer}/{number}") for number, value in enumerate(data)]
    return pointer


def pointers_in(found: Any) -> list[str]:
    """The pointers in what an expression found in a provenance, in order."""
    if isinstance(found, str):
        return [found]
    if isinstance(found, Mapping):
        return [pointer for value in found.values() for pointer in pointers_in(value)]
    if isinstance(found, list):
        return [pointer for value in found for pointer in pointers_in(value)]
    return []


@dataclass(frozen=True, slots=True)
class Traced:
    """A report or a part of it: its data and, in the same shape, the provenance of that data."""

    data: Any
    origins: Any

    @property
    def pointers(self) -> list[str]:
        """The answers it consists of."""
        return pointers_in(self.origins)

    def chosen(self, expression: str | None) -> list[str]:
        """The answers that an expression chooses; none without an expression."""
        return pointers_in(search(expression, self.origins)) if expression else []

    def used_by(self, source: Source) -> list[str]:
        """The answers that a source chooses."""
        if source.ticks is not None:
            return [pointer for each in source.ticks.values() for pointer in self.chosen(each)]
        if source.parts is not None:
            return [pointer for part in source.parts.values() for pointer in self.used_by(part)]
        return self.chosen(source.from_)

    def items(self, expression: str) -> list[Traced]:
        """Each item that an expression finds. None if its data and its provenance differ in number."""
        found, origins = _listed(search(expression, self.data)), _listed(search(expression, self.origins))
        if len(found) != len(origins):
            return []
        return [Traced(item, origin) for item, origin in zip(found, origins, strict=True) if origin]


def traced(data: Mapping[str, Any], mapping: FormMapping) -> Traced:
    """A report's data with the named parts of a mapping."""
    return Traced(mapping.with_names(data), mapping.with_names(provenance(data)))


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [] if found is None else [found]
