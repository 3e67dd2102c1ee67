"""The ledger of one report: what has become of each answer (P4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rpa.plan import ControlValue, Disposed, Disposition, Place
from rpa.planning.mapping import FormMapping
from rpa.report import Answer, Report

NO_CONTROL = "the target has no control for it"
NOT_CERTAIN = "its control was not certain on the page"
NOT_AS_ASKED = "it is not the kind of answer that its question asks for"
ARRIVED = "it names a file that came with the report"
NOT_KNOWN = "the form does not have this question yet"


@dataclass
class Ledger:
    """The places of each answer by kind of disposition, and the first reason why it is not keyed."""

    report: Report
    mapping: FormMapping
    _places: dict[Disposed, dict[str, list[Place]]] = field(
        default_factory=lambda: {kind: {} for kind in Disposed}
    )
    _reasons: dict[str, str] = field(default_factory=dict)

    def keep(self, place: Place, entry: ControlValue, kind: Disposed = Disposed.KEYED) -> None:
        """Enter a planned control: it holds the answers that its value comes from."""
        for pointer in entry.pointers:
            self.place(pointer, place, kind)

    def place(self, pointer: str, place: Place, kind: Disposed) -> None:
        """Enter that a place holds an answer; once is enough."""
        places = self._places[kind].setdefault(pointer, [])
        if place not in places:
            places.append(place)

    def explain(self, pointers: Iterable[str], reason: str) -> None:
        """Enter why answers are not keyed. The first reason of an answer is the one that counts."""
        for pointer in pointers:
            self._reasons.setdefault(pointer, reason)

    def rest(self) -> Iterator[Answer]:
        """The answers that are left for the narrative."""
        return (each for each in self.report.answers if self._kind(each.pointer) is Disposed.NARRATIVE)

    def dispositions(self) -> Iterator[Disposition]:
        """What became of each answer, in the report's order."""
        for answer in self.report.answers:
            kind = self._kind(answer.pointer)
            where = self._places[kind].get(answer.pointer, ())
            yield Disposition(answer.pointer, answer.question, kind, tuple(where), self._reason(answer, kind))

    def _kind(self, pointer: str) -> Disposed:
        for kind in (Disposed.KEYED, Disposed.ATTACHED):
            if pointer in self._places[kind]:
                return kind
        return Disposed.LEFT_OUT if self.mapping.why_left_out(pointer) else Disposed.NARRATIVE

    def _reason(self, answer: Answer, kind: Disposed) -> str:
        match kind:
            case Disposed.KEYED:
                return ""
            case Disposed.ATTACHED:
                return ARRIVED
            case Disposed.LEFT_OUT:
                return self.mapping.why_left_out(answer.pointer)
        return self._reasons.get(answer.pointer, NO_CONTROL if answer.known else NOT_KNOWN)
