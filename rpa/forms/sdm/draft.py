"""A form's own document while it is being put together: answers put at JSON Pointers, none over another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from rpa.documents.sdm import Entity
from rpa.forms.normalise import Findings, normalise, words
from rpa.forms.schema import Node, escape, unescape
from rpa.forms.sdm.table import node_at
from rpa.report import Problem, ProblemKind

MOST_TOLD = 50  # problems of one document
_BLANKS: tuple[object, ...] = (None, "", [], {})


@dataclass
class Draft:
    """The document, who answered what in it, and what is wrong with it.

    `twice` and `conflicts` are those of `rpa.documents.json_document.Document`.
    """

    node: Node
    decides: tuple[str, ...] = ()
    reserved: frozenset[str] = frozenset()  # keys that mean something wherever they stand
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    conflicts: list[Problem] = field(default_factory=list)
    _owners: dict[str, Entity | None] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def get(self, pointer: str) -> Any:
        """What stands at a pointer; None where nothing does."""
        here: Any = self.data
        for part in pointer.split("/")[1:]:
            if isinstance(here, dict):
                here = here.get(unescape(part))
            elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
                here = here[int(part)]
            else:
                return None
        return here

    def put(self, pointer: str, value: Any, owner: Entity | None) -> bool:
        """Answer the question at a pointer ("-" at its end: one more item). False, and nothing done, where it has
        another answer already, or no room. A blank is no answer."""
        if value in _BLANKS:
            return True
        if isinstance(value, Mapping) and isinstance(self.get(pointer), dict):
            parts = {f"{pointer}/{escape(key)}": each for key, each in value.items()}
            if not all(self._has_room(place, each) for place, each in parts.items()):
                return False
            return all(self.put(place, each, owner) for place, each in parts.items())
        if not self._has_room(pointer, value):
            return False
        if self.get(pointer) in _BLANKS:
            self._set(pointer, value)
            self._owners.setdefault(pointer, owner)
        return True

    def item(self, pointer: str) -> str:
        """A pointer whose "-" is the number of the next item of that list."""
        before, dash, after = pointer.partition("/-")
        if not dash:
            return pointer
        items = self.get(before)
        return f"{before}/{len(items) if isinstance(items, list) else 0}{after}"

    def free(self, part: str, key: str, other: str, *, first: int = 1) -> str:
        """The pointer of a key below a part that the form does not know and that nothing has: the key itself, else
        with `other` after it, else with a number too. `first`: the number of the first one."""
        node = node_at(self.node, part)
        if first == 1 and (key in self.reserved or node.key(key) is not None):
            key = f"{key} ({other})" if node.key(f"{key} {other}") is not None else f"{key} {other}"
        number = self._numbers.get((part, key), first - 1)
        while True:
            number += 1
            named = key if number == 1 else f"{key} {number}"
            if node.key(named) is None and self.get(pointer := f"{part}/{escape(named)}") in _BLANKS:
                self._numbers[part, key] = number
                return pointer

    def conflict(self, pointer: str, value: Any, owner: Entity) -> bool:
        """Whether another answer to the question decides what is meant: one entity gives both, or the form says
        so. The second is then kept beside the first, and a person chooses: removing the second settles it."""
        if not isinstance(
            self.get(pointer.rpartition("/")[0]) if pointer.count("/") > 1 else self.data, dict
        ):
            return False
        decisive = any(fnmatchcase(pointer, glob) for glob in self.decides)
        if not decisive and self._owners.get(pointer) is not owner:
            return False
        part, _, last = pointer.rpartition("/")
        key, number = unescape(last), 2
        while self.get(f"{part}/{escape(f'{key} ({number})')}") is not None:
            number += 1
        self._set(f"{part}/{escape(f'{key} ({number})')}", value)
        node = node_at(self.node, pointer)
        message = "The report answers this twice, and the answers are different."
        self.twice.append(key)
        self.conflicts.append(Problem(ProblemKind.INVALID, pointer, node.title or words(key), message))
        return True

    def told(self, question: str, message: str, differs: str = "") -> None:
        """Add a problem that stops no report, named by its question. `differs`: where there is another answer. Of
        very many problems, it is only said that there are more."""
        kind = ProblemKind.DIFFERS if differs else ProblemKind.UNFIT
        if len(self.problems) < MOST_TOLD:
            self.problems.append(Problem(kind, differs, question, message))
        elif len(self.problems) == MOST_TOLD:
            more = "There are more places like these. Read the whole report."
            self.problems.append(Problem(ProblemKind.UNFIT, "", "The whole report", more))

    def hold(self, part: str) -> None:
        """Keep a place for a part: no single answer is put there."""
        self._held.add(part)
        if part and self.get(part) is None:
            self._set(part, {})

    def is_held(self, part: str) -> bool:
        """Whether a part is kept, or something else than a part stands there."""
        return part in self._held or not isinstance(self.get(part) or {}, dict)

    def can_hold(self, part: str) -> bool:
        """Whether there can be a part: nothing but parts, and lists that the form has, stand above it and in its
        place."""
        node, here = self.node, ""
        for each in part.split("/")[1:]:
            here += f"/{each}"
            node = node.step(unescape(each))
            present = self.get(here)
            if present not in _BLANKS and not isinstance(present, list if node.type == "array" else dict):
                return False
        return True

    def _has_room(self, pointer: str, value: Any) -> bool:
        if pointer in self._held and not isinstance(value, Mapping):
            return False
        before, _, last = pointer.rpartition("/")
        holds = self.get(before) if before else self.data
        if last == "-":
            return holds in _BLANKS or isinstance(holds, list)
        if holds not in _BLANKS and not isinstance(holds, dict | list):
            return False
        present = self.get(pointer)
        return present in _BLANKS or self._same(pointer, present, value)

    def _same(self, pointer: str, one: Any, other: Any) -> bool:
        if one == other and type(one) is type(other):
            return True
        node = node_at(self.node, pointer)
        return bool(normalise(node, one, Findings()) == normalise(node, other, Findings()))

    def _set(self, pointer: str, value: Any) -> None:
        """Put a value where there is room for it, and the parts above it where there are none yet. Only a list of
        the form has items: in a part that the form does not know, a number is a key."""
        here: Any = self.data
        node = self.node
        parts = [unescape(part) for part in pointer.split("/")[1:]]
        for part in parts[:-1]:
            node = node.step("0" if part == "-" else part)
            here = self._inside(here, part, [] if node.type == "array" else {})
        self._inside(here, parts[-1], value)

    def _inside(self, here: Any, part: str, new: Any) -> Any:
        """What stands under a key or number; `new`, put there, where nothing does."""
        if isinstance(here, list):
            if part == "-" or int(part) >= len(here):
                here.append(new)
                return new
            part_or_number: Any = int(part)
        else:
            part_or_number = part
            here.setdefault(part, None)
        if here[part_or_number] in _BLANKS and here[part_or_number] is not new:
            here[part_or_number] = new
        return here[part_or_number]
