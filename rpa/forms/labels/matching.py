"""Pieces of a document -> what was read under which label, in reading order.

A label means a question only below the heading of its part. One that is not set apart must also come in the
form's order, and its question must not be answered yet: otherwise it is a line of the answer above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rpa.forms.labels.index import Index, Place, title_key
from rpa.forms.labels.lines import Kind, Piece, is_ruled, path_of
from rpa.forms.labels.scopes import Asked, Order, Path, Scope, Scopes

_NEAR = 3.0  # points: what begins within these begins at the same place


REPEATED = (
    "The document says the same labels twice, or an answer may repeat a part of the form. It is not certain "
    "what is meant: the narrative has it all."
)


@dataclass(eq=False)
class Reading:
    """A label, and what stands under it. `asked`: the question; None where that is not certain. `scope`: the
    part it stands in. `texts`: the pieces of the value. `path`: where the answer belongs."""

    label: str = field(repr=False)
    raw: str = field(repr=False)
    page: int
    scope: Scope
    asked: Asked | None = None
    certain: bool = True
    together: bool = False
    texts: list[str] = field(default_factory=list, repr=False)
    blocks: list[int] = field(default_factory=list, repr=False)  # the block of each text
    left: float = 0
    value_left: float | None = None
    block: int = 0
    headings: list[str] = field(default_factory=list, repr=False)  # above it, if they are only lines
    doubt: str = ""  # why it is not certain after all

    def add(self, text: str, block: int) -> None:
        """Add a text to the value."""
        self.texts.append(text)
        self.blocks.append(block)

    @property
    def title(self) -> str:
        """The label on one line, without the colon after it."""
        return " ".join(self.label.split()).rstrip(" :")

    @property
    def value(self) -> str:
        """The value, line by line."""
        return "\n".join(self.texts).strip()


@dataclass
class Matched:
    """All that was read: `readings` in order, `others` (text that no label is above) with their pages, and
    how the labels fit: `known` questions, `in_order` of those."""

    readings: list[Reading] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    repeats: list[tuple[int, int]] = field(
        default_factory=list
    )  # of readings: first, and last before it came again
    known: int = 0
    in_order: int = 0
    headings: int = 0


class Matcher:
    """Reads the pieces of one document against one form."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._scopes = Scopes(index)
        self._found = Matched()
        self._active: list[Reading] = []  # whose columns are open, from left to right
        self._answered: dict[Path, int] = {}  # number of the reading
        self._entered: dict[Path, int] = {}  # number of the next reading, then
        self._last: Order = ()
        self._lines: list[str] = []  # that were taken for headings, since the last label
        self._copied: Place | None = None  # the part that an answer seems to repeat

    def read(self, pieces: Sequence[Piece]) -> Matched:
        """What the pieces say."""
        for at, piece in enumerate(pieces):
            after = pieces[at + 1] if at + 1 < len(pieces) else None
            if piece.kind is Kind.HEADING:
                taken = self._heading(piece, pieces, at)
            elif piece.kind is Kind.LABEL:
                taken = self._label(piece, after)
            else:
                taken = piece.kind is Kind.PERHAPS and self._perhaps(piece)
            if not taken:
                self._text(piece)
        self._found.headings = self._scopes.known
        return self._found

    # ---- headings

    def _heading(self, piece: Piece, pieces: Sequence[Piece], at: int) -> bool:
        opened = self._scopes.heading(piece.text, piece.level)
        if piece.certain:
            if opened is not None:
                self._enter(opened)
                self._last = opened[-1].order
            elif title_key(piece.text) in self._index.questions or path_of(piece.text, self._index):
                self._certain(piece, None)
            else:
                self._scopes.unknown(piece.text, piece.level)
                self._start(piece, None)
            return True
        if opened is None:
            return False
        if not self._leads(opened, pieces, at):
            return self._alone(opened, piece)
        if back := next((each for each in self._scopes.open[1:-1] if each.path == opened[-1].path), None):
            self._scopes.leave(back)
            self._lines.append(piece.raw)
            self._active, self._copied = [], None
            return True
        if opened[-1].order <= self._last and self._last[: len(opened[-1].order)] != opened[-1].order:
            return self._copy(opened[-1])
        if opened[-1].path in self._entered:
            return self._copy(opened[-1])
        self._enter(opened)
        self._lines.append(piece.raw)
        self._last = max(self._last, opened[-1].order)
        return True

    def _copy(self, scope: Scope) -> bool:
        """A line that names a part which is over: an answer may repeat it, and the lines of that part."""
        self._again(self._entered.get(scope.path, len(self._found.readings)))
        self._copied = scope.place
        return False

    def _enter(self, opened: list[Scope]) -> None:
        self._scopes.enter(opened)
        self._entered.setdefault(opened[-1].path, len(self._found.readings))
        self._active, self._copied = [], None

    def _leads(self, opened: list[Scope], pieces: Sequence[Piece], at: int) -> bool:
        """Whether a question or a part of the part that a line names follows."""
        for piece in pieces[at + 1 : at + 4]:
            if piece.kind is Kind.TEXT and (not piece.text.strip() or is_ruled(piece.text)):
                continue
            place = opened[-1].place
            if piece.kind in (Kind.TEXT, Kind.PERHAPS) or place is None:
                return False
            if piece.kind is Kind.HEADING and self._scopes.heading(piece.text) is not None:
                return True
            said = self._index.part_key(piece.text)
            return title_key(piece.text) in place.below or (said is not None and said[0] in place.below)
        return False

    def _alone(self, opened: list[Scope], piece: Piece) -> bool:
        """A line that names the next part, and nothing of that part follows: no short answer goes on with it, and
        whether an answer in sentences does is not certain."""
        if opened[-1].order <= self._last or not self._active:
            return False
        if self._active[-1].asked is not None and self._active[-1].asked.place.is_free:
            self._active[-1].doubt = REPEATED
            return False
        self._found.others.append(piece.raw)
        self._active = []
        return True

    # ---- labels

    def _label(self, piece: Piece, after: Piece | None) -> bool:
        return self._certain(piece, after) if piece.certain else self._uncertain(piece)

    def _certain(self, piece: Piece, after: Piece | None) -> bool:
        """A label that the document sets apart: a question, a part, or something the form does not know."""
        if piece.level:
            self._close(piece.level)
        found = self._scopes.label(piece.text)
        if not found and piece.value is None and (opened := self._scopes.heading(piece.text)) is not None:
            self._enter(opened)
            return True
        steps = path_of(piece.text, self._index)
        asked = self._scopes.along(steps) if steps else self._chosen(found)
        if not found and not steps and piece.left:
            asked = self._scopes.beside(piece.text)
        if asked is not None and not steps:
            self._scopes.leave(asked.scope)
        if asked is None and not found and self._is_heading(piece, after):
            self._scopes.unknown(piece.text, piece.level)
        self._start(piece, asked)
        return True

    def _close(self, level: int) -> None:
        scopes = self._scopes
        scopes.open = [scope for scope in scopes.open if scope.place is not None or scope.level < level]

    def _is_heading(self, piece: Piece, after: Piece | None) -> bool:
        """Whether a label that the form does not know has no value: it may head a part that it does not know."""
        nothing = piece.value is None and after is not None and after.kind is not Kind.TEXT
        begins = not piece.text[:1].islower()  # else it is the end of a label
        return nothing and begins and title_key(piece.text) not in self._index.questions

    def _chosen(self, found: Sequence[Asked]) -> Asked | None:
        """The question among those of the parts that are open; None where two of them may be meant."""
        if len(found) < 2:
            return found[0] if found else None
        inner = found[0]
        left = [inner] if inner.path not in self._answered else []
        left += [each for each in found[1:] if each.path not in self._answered and each.order > inner.order]
        return left[0] if len(left) == 1 else None

    def _uncertain(self, piece: Piece) -> bool:
        """A line that begins as a label does."""
        found = self._scopes.label(piece.text)
        if self._copied is not None and title_key(piece.text) in self._copied.below:
            if found and self._active:
                self._active[-1].doubt = REPEATED
            return False
        open_ones = [left for each in found if (left := self._open(each))]
        if len(open_ones) != 1:
            self._again(
                next((self._answered[each.path] for each in found if each.path in self._answered), None)
            )
            return False
        asked, self._copied = open_ones[0], None
        self._scopes.leave(asked.scope)
        self._last = asked.order
        self._start(piece, asked)
        return True

    def _open(self, asked: Asked) -> Asked | None:
        """The places of a title that come after the last answer, and have none yet."""
        each_one = (Asked(asked.scope, (place,)) for place in asked.places)
        left = [one.place for one in each_one if one.path not in self._answered and one.order > self._last]
        return Asked(asked.scope, tuple(left)) if left else None

    def _perhaps(self, piece: Piece) -> bool:
        """A label that the form does not know, after an answer that takes no more than a line."""
        last = self._active[-1] if self._active else None
        if last is not None and (not last.value or (last.asked is not None and last.asked.place.is_free)):
            return False
        self._start(piece, None)
        return True

    def _again(self, first: int | None) -> None:
        """Something that was read already, or begun, comes again in what may be an answer."""
        if first is not None and self._found.readings:
            self._found.repeats.append((first, len(self._found.readings) - 1))

    def _start(self, piece: Piece, asked: Asked | None) -> None:
        reading = Reading(
            piece.text, piece.raw, piece.page, self._scopes.here, asked, piece.certain, piece.together
        )
        reading.left, reading.block = piece.left, piece.block
        reading.headings, self._lines = self._lines, []
        if piece.value:
            reading.add(piece.value, piece.block)
        if asked is not None:
            self._found.known += 1
            self._found.in_order += asked.order > self._last or not piece.certain
            self._last = asked.order
            self._answered.setdefault(asked.path, len(self._found.readings))
        self._found.readings.append(reading)
        same_row = self._active and all(piece.left > each.left + _NEAR for each in self._active)
        self._active = [*self._active, reading] if same_row and piece.certain else [reading]

    # ---- text

    def _text(self, piece: Piece) -> None:
        """Text belongs to the label whose column it stands in."""
        reading = self._owner(piece)
        if reading is None or (not piece.certain and is_ruled(piece.raw)):
            if piece.raw.strip():
                self._found.others.append(piece.raw)
            return
        if reading.value_left is None and piece.text.strip():
            reading.value_left = piece.left
        reading.add(piece.raw, piece.block)

    def _owner(self, piece: Piece) -> Reading | None:
        active = [each for each in self._active if not each.together]
        if not active or not piece.certain:
            return active[-1] if active else None
        values = [each for each in active if each.value_left is not None]
        for among, at in ((values, "value_left"), (active, "left")):
            same = [each for each in among if abs(getattr(each, at) - piece.left) <= _NEAR]
            if same:
                return same[-1] if len(same) == 1 or at == "left" else None
        before = [each for each in active if each.left < piece.left]
        return before[-1] if before else None
