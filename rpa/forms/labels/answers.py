"""What was read under the labels of a document -> the document in the form's own shape, with where each
answer came from. What is not certain is kept under its own label, as a question that the form does not know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rpa.documents.size import MOST_ANSWERS, MOST_CHARACTERS, MOST_KEY, MOST_POINTERS
from rpa.forms.labels.doubts import settle
from rpa.forms.labels.index import title_key
from rpa.forms.labels.matching import Matched, Reading
from rpa.forms.labels.scopes import Path
from rpa.forms.labels.values import is_no_answer, value_of
from rpa.forms.loading import Form
from rpa.forms.schema import Node, escape
from rpa.report import Problem, ProblemKind

OTHER_TEXT = "Other text in the document"
NOT_CERTAIN = "not certain"
_MOST = MOST_ANSWERS // 2  # answers of a document; what is more is kept as text
_LONGEST = MOST_CHARACTERS - 1000  # of one text
_POINTERS = MOST_POINTERS // 2


@dataclass
class Shaped:
    """A document in a form's shape: its `data`, and for each answer's pointer what it was read from."""

    data: dict[str, Any] = field(default_factory=dict, repr=False)
    sources: dict[str, Reading] = field(default_factory=dict, repr=False)
    problems: list[Problem] = field(default_factory=list)


def shape(matched: Matched, form: Form, root: Node) -> Shaped:
    """The document that was read, whole: every text of it is in an answer, or in `OTHER_TEXT`."""
    settle(matched)
    made = _Document(form, root, Shaped())
    answered = [each for each in matched.readings if _is_certain(each)]
    made.items = _items(matched.readings)
    made.titles = {title_key(form.title)}
    for reading in answered:
        if reading.asked and made.room(reading.asked.path):
            made.put(reading.asked.path, value_of(reading.asked.place.node, reading.value), reading)
        else:
            made.keep(reading)
    for reading in matched.readings:
        if not _is_certain(reading):
            made.keep(reading)
    made.finish(matched.others)
    return made.shaped


def _is_certain(reading: Reading) -> bool:
    return reading.asked is not None and not reading.doubt and not is_no_answer(reading.value)


# ---- the document


@dataclass
class _Document:
    """A document in the making. `items`: of each list the numbers of its items, as they were printed."""

    form: Form
    root: Node
    shaped: Shaped
    items: dict[Path, list[int]] = field(default_factory=dict)
    entries: int = 0
    pointers: int = 0
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)  # that are in the data anyway, or are the form's own

    def room(self, path: Path) -> bool:
        """Whether one more answer still fits into the limits."""
        return self.entries < _MOST and self.pointers + sum(len(str(part)) + 1 for part in path) < _POINTERS

    def put(self, path: Path, value: Any, reading: Reading) -> None:
        """Put an answer where it belongs, unless the same is there already."""
        steps = self._steps(path)
        pointer = "".join(f"/{escape(str(step))}" for step in steps)
        if pointer in self.shaped.sources:
            return
        if len(str(value)) > _LONGEST:
            self.texts.append(f"{reading.label}\n{reading.value}")
            return
        if not _insert(self.shaped.data, steps, value):
            self.texts.append(f"{reading.label}\n{reading.value}")
            return
        self.entries, self.pointers = self.entries + 1, self.pointers + len(pointer)
        self.shaped.sources[pointer] = reading
        self.titles |= {title_key(str(step)) for step in path[:-1]}  # of headings: they are said in it

    def keep(self, reading: Reading) -> None:
        """Keep what is not certain under its own label, and say so."""
        if reading.doubt:
            self.texts.extend(reading.headings)
        asked = reading.asked
        if reading.doubt and asked is not None and len(self.shaped.problems) < _MOST:
            pointer = "".join(f"/{escape(str(step))}" for step in self._steps(asked.path))
            problem = Problem(ProblemKind.UNFIT, pointer, asked.place.node.title, reading.doubt)
            if problem not in self.shaped.problems[-20:]:
                self.shaped.problems.append(problem)
        if is_no_answer(reading.value):
            if asked is None:
                self.texts.append(reading.raw)
            return
        path = self._own_place(reading)
        label = reading.title
        if not label or len(label) > MOST_KEY - 10 or not self.room((*path, label)):
            self.texts.append(f"{reading.label}\n{reading.value}")
            return
        self.put((*path, self._numbered(path, label)), reading.value, reading)

    def _own_place(self, reading: Reading) -> Path:
        """The part that a label stands in, if its words are no key there; else a part of its own beside the
        form's."""
        scope = reading.scope
        node = scope.place.node if scope.place else None
        title = scope.title or (scope.place.node.title if scope.place else "")
        if scope.place is None:
            heading = " ".join(scope.title.split())
            if len(heading) <= MOST_KEY - 20:
                return (heading if self._is_free(self.root, heading) else f"{heading} ({NOT_CERTAIN})",)
        if node is not None and self._is_free(node, reading.title):
            return scope.path
        return (f"{title} ({NOT_CERTAIN})" if title and scope.path else NOT_CERTAIN.capitalize(),)

    def _is_free(self, node: Node, label: str) -> bool:
        taken = {key.casefold() for moved in self.form.moved for key in (*moved.keys, *moved.places)}
        return node.key(label) is None and label.casefold() not in taken | {
            self.form.envelope.under.casefold()
        }

    def _numbered(self, path: Path, label: str) -> str:
        at = (*map(str, path), label.casefold())
        self.numbers[at] = self.numbers.get(at, 0) + 1
        return label if self.numbers[at] == 1 else f"{label} ({self.numbers[at]})"

    def _steps(self, path: Path) -> tuple[str | int, ...]:
        """A path with the items of each list counted without gaps."""
        steps: list[str | int] = []
        for at, step in enumerate(path):
            items = self.items.get(path[:at], [])
            steps.append(items.index(step) if isinstance(step, int) and step in items else step)
        return tuple(steps)

    def finish(self, others: Sequence[str]) -> None:
        """Add the text that no label is above, in pieces that are not too long."""
        said = (*self.texts, *others)
        titles = self.titles - {""}
        text = "\n".join(each for each in said if each.strip() and title_key(each) not in titles)
        for number, start in enumerate(range(0, len(text), _LONGEST), 1):
            key = OTHER_TEXT if number == 1 else f"{OTHER_TEXT} ({number})"
            self.shaped.data[key] = text[start : start + _LONGEST]


def _items(readings: Sequence[Reading]) -> dict[Path, list[int]]:
    found: dict[Path, set[int]] = defaultdict(set)
    for path in _paths(readings):
        for at, step in enumerate(path):
            if isinstance(step, int):
                found[path[:at]].add(step)
    return {path: sorted(items) for path, items in found.items()}


def _paths(readings: Sequence[Reading]) -> Iterator[Path]:
    """Where answers will be."""
    for reading in readings:
        if not is_no_answer(reading.value):
            yield reading.asked.path if _is_certain(reading) and reading.asked else reading.scope.path


def _insert(data: Any, steps: tuple[str | int, ...], value: Any) -> bool:
    """Put a value where its steps lead; False, and nothing is changed, if something else is in the way."""
    made: list[tuple[Any, str | int]] = []
    for step, after in pairwise(steps):
        if isinstance(step, int):
            while len(data) <= step:
                data.append({})
        elif step not in data:
            data[step] = [] if isinstance(after, int) else {}
            made.append((data, step))
        data = data[step]
        if not isinstance(data, list if isinstance(after, int) else dict):
            for above, key in made[:1]:
                del above[key]
            return False
    if steps[-1] in data:
        return False
    data[steps[-1]] = value
    return True
