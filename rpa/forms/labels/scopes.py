"""Which part of a form a document is in, as its headings say, and what a title means there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rpa.forms.labels.index import Index, Kind, Place, title_key

Path = tuple[str | int, ...]
Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """A part that a heading opened. `place`: None for a heading that the form does not know. `order`: where
    it stands in the form. `level`: of the heading, 0 where it has none."""

    place: Place | None
    path: Path = ()
    order: Order = ()
    level: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a label may mean: several places where a part has its title more than once."""

    scope: Scope
    places: tuple[Place, ...]

    @property
    def place(self) -> Place:
        """The first, and the only one unless the title is there twice."""
        return self.places[0]

    @property
    def path(self) -> Path:
        """Where the answer belongs."""
        return (*self.scope.path, self.place.key)

    @property
    def order(self) -> Order:
        """Where the question stands in the form."""
        return (*self.scope.order, self.place.number)


@dataclass
class Scopes:
    """The parts that are open, outermost first, and how many items of each list there are."""

    index: Index
    open: list[Scope] = field(default_factory=list)
    items: dict[Path, int] = field(default_factory=dict)
    known: int = 0  # headings of the form so far
    closed: dict[Path, Scope] = field(
        default_factory=dict
    )  # parts that a label after them closed, and no heading

    def __post_init__(self) -> None:
        self.open = [Scope(self.index.root)]

    @property
    def here(self) -> Scope:
        """The innermost part that is open."""
        return self.open[-1]

    def heading(self, text: str, level: int = 0) -> list[Scope] | None:
        """The parts that would be open after a heading; None if it is no title of a part here, or of several."""
        said = self.index.part_key(text)
        if said is None:
            return None
        title, number = said
        allowed = [scope for scope in self.open if not level or scope.level < level]
        others = [scope for scope in self.open if scope not in allowed]
        for chain in (allowed, others):
            near = self._nearest(chain, title, number, level)
            if near is not None:
                return near or None
            if chain is allowed and (found := self._deeper(chain[-1], title, number, level)):
                return [*chain, found]
        return self._anywhere(title, number, level)

    def unknown(self, text: str, level: int) -> None:
        """A heading that the form does not know: what stands under it is none of its questions. The title of the
        document, before any heading of the form, is none of these."""
        self.closed = {}
        if self.known:
            self.open = [scope for scope in self.open if not level or scope.level < level]
            self.open.append(Scope(None, self.here.path, self.here.order, level, text))

    def enter(self, scopes: list[Scope]) -> None:
        """Open what `heading` returned."""
        around = [each.path for each in scopes[1:]]
        self.closed = {
            path: each
            for path, each in self.closed.items()
            if any(path[: len(above)] == above and path != above for above in around)
        }
        self.open, self.known = scopes, self.known + 1
        for scope in scopes:
            if scope.path and isinstance(scope.path[-1], int):
                above = scope.path[:-1]
                self.items[above] = max(self.items.get(above, 0), scope.path[-1] + 1)

    def label(self, text: str) -> list[Asked]:
        """What a label may mean, innermost part first; nothing below a heading that the form does not know."""
        title = title_key(text)
        found: list[Asked] = []
        for scope in reversed(self.open):
            if scope.place is None:
                break
            places = tuple(each for each in scope.place.below.get(title, ()) if each.kind is Kind.QUESTION)
            if places:
                found.append(Asked(scope, places))
        return found

    def beside(self, text: str) -> Asked | None:
        """What a label means in the only part that is closed and has it: a page of two columns comes back to
        it."""
        title = title_key(text)
        asked: list[Asked] = []
        for scope in self.closed.values():
            below = scope.place.below if scope.place else {}
            places = tuple(each for each in below.get(title, ()) if each.kind is Kind.QUESTION)
            asked += [Asked(scope, places)] if places else []
        return asked[0] if len(asked) == 1 else None

    def along(self, steps: list[str]) -> Asked | None:
        """The question that a label means which names its parts too, from the outermost on."""
        scope = Scope(self.index.root)
        for step in steps[:-1]:
            said = self.index.part_key(step)
            found = self._below(scope, *said, 0) if said else []
            if len(found) != 1:
                return None
            scope = found[0]
        places = scope.place.below.get(title_key(steps[-1]), ()) if scope.place else ()
        asked = tuple(each for each in places if each.kind is Kind.QUESTION)
        return Asked(scope, asked) if asked else None

    def leave(self, scope: Scope) -> None:
        """Close what is open inside a part."""
        if scope in self.open:
            self.closed |= {each.path: each for each in self.open[self.open.index(scope) + 1 :]}
            self.open = self.open[: self.open.index(scope) + 1]

    def _nearest(self, chain: list[Scope], title: str, number: int | None, level: int) -> list[Scope] | None:
        """The innermost part of a chain that has a part of this title; an empty list if it has several."""
        for at in range(len(chain) - 1, -1, -1):
            found = self._below(chain[at], title, number, level)
            if found:
                return [*self.open[: self.open.index(chain[at]) + 1], found[0]] if len(found) == 1 else []
        return None

    def _below(self, scope: Scope, title: str, number: int | None, level: int) -> list[Scope]:
        if scope.place is None:
            return []
        places = [each for each in scope.place.below.get(title, ()) if each.kind is not Kind.QUESTION]
        return list(filter(None, (self._scope(scope, each, title, number, level) for each in places)))

    def _scope(self, above: Scope, place: Place, title: str, number: int | None, level: int) -> Scope | None:
        path, order = (*above.path, place.key), (*above.order, place.number)
        if place.kind is Kind.PART:
            return Scope(place, path, order, level) if number is None else None
        have = self.items.get(path, 0)
        at = (number - 1) if number else have if title in place.item_titles else max(have - 1, 0)
        return Scope(place, (*path, at), (*order, at), level) if at <= have or number else None

    def _deeper(self, above: Scope, title: str, number: int | None, level: int) -> Scope | None:
        """The only part of this title below a part, however deep, if no list is between."""
        if above.place is None:
            return None
        places = [each for each in self.index.parts.get(title, ()) if _is_below(each, above.place)]
        if len(places) != 1 or not (steps := list(_steps(places[0], above.place))):
            return None
        scope = above
        for step in steps[:-1]:
            if step.kind is Kind.LIST:
                return None
            scope = Scope(step, (*scope.path, step.key), (*scope.order, step.number), level)
        return self._scope(scope, places[0], title, number, level)

    def _anywhere(self, title: str, number: int | None, level: int) -> list[Scope] | None:
        root = self.open[0]
        found = self._deeper(root, title, number, level)
        return [root, found] if found else None


def _is_below(place: Place, above: Place) -> bool:
    one: Place | None = place.above
    while one is not None and one is not above:
        one = one.above
    return one is above


def _steps(place: Place, above: Place) -> Iterator[Place]:
    """The places from just below `above` down to `place`."""
    chain = [place]
    while chain[-1].above is not None and chain[-1].above is not above:
        chain.append(chain[-1].above)
    yield from reversed(chain)
