"""The functions of the page script, and the shape of what each returns.

A page is not to be trusted: what comes back is bounded in `js/main.js`, which lists the same names, and validated
here. Nothing else of it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from rpa.browser.values import Cells, Details, Found, Handle, Keyed, Point, Press, Row, ShownRecord
from rpa.errors import TargetError

T_co = TypeVar("T_co", covariant=True)
Results = Literal["", "rows", "none", "more"]
Controls = tuple[Found, ...] | None


@dataclass(frozen=True, slots=True)
class Function(Generic[T_co]):
    """One function of the page script: its name there, and the shape of what it returns."""

    name: str
    shape: TypeAdapter[T_co]

    def read(self, text: str, doing: str) -> T_co:
        """The returned JSON as a value. Raises `TargetError` when it is of another shape."""
        try:
            return self.shape.validate_json(text, strict=True)
        except ValidationError:
            # Its own message may quote an answer (P8).
            raise TargetError(f"the page script returned something unexpected: {doing}") from None


_CONTROLS: TypeAdapter[Controls] = TypeAdapter(Controls)
_DONE: TypeAdapter[bool] = TypeAdapter(bool)
_NUMBER: TypeAdapter[int] = TypeAdapter(int)
_TEXT: TypeAdapter[str] = TypeAdapter(str)
_TEXTS: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
_ROWS: TypeAdapter[tuple[Cells, ...] | None] = TypeAdapter(tuple[Cells, ...] | None)

# Survey
SURVEY = Function("survey", _CONTROLS)
NON_EMPTY_SURVEY = Function("nonEmptySurvey", _CONTROLS)
READY = Function("ready", _CONTROLS)
SETTLED = Function("settled", _CONTROLS)
DETAILS = Function("details", TypeAdapter(Details))
TOKENS = Function("tokens", _TEXTS)

# Key
KEY = Function("key", TypeAdapter(tuple[int, ...]))
KEY_AND_SURVEY = Function("keyAndSurvey", TypeAdapter(Keyed))
ENTER = Function("enter", _DONE)
SET_FILE = Function("setFile", _DONE)
FOCUS_ON = Function("focusOn", _DONE)
POINT_OF = Function("pointOf", TypeAdapter(Point))
PICK = Function("pick", _DONE)
NOTE = Function("note", _DONE)
OFFERS = Function("offers", TypeAdapter(tuple[Handle, ...] | None))
HAS_OPTION = Function("hasOption", _DONE)

# Press
PRESS = Function("press", _NUMBER)
PRESS_WHEN_THERE = Function("pressWhenThere", _NUMBER)
PRESS_IN_ROW = Function("pressInRow", _NUMBER)
PRESS_CONFIRMED = Function("pressConfirmed", _TEXT)
PRESSABLE = Function("pressable", TypeAdapter(Press))

# Read
TEXTS = Function("texts", _TEXTS)
NEW_TEXTS = Function("newTexts", TypeAdapter(tuple[str, ...] | None))
LISTED = Function("listed", TypeAdapter(tuple[Row, ...]))
TABLE = Function("table", _ROWS)
MORE_ROWS = Function("moreRows", _ROWS)
RECORD = Function("record", TypeAdapter(ShownRecord))

# Wait
CONDITION = Function("condition", _TEXT)
IS_COMPLETE = Function("isComplete", _DONE)
RESTED = Function("rested", _DONE)
RESULTS = Function("results", TypeAdapter(Results))
CHOSEN = Function("chosen", _TEXT)
GONE = Function("gone", _DONE)
