"""What one control is to hold for one report, or why its answers are not keyed into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rpa.plan import ControlValue, Place, Unavailable, Value
from rpa.planning.ledger import NOT_AS_ASKED, NOT_CERTAIN
from rpa.planning.mapping import LoadedMapping, Source
from rpa.planning.provenance import Traced
from rpa.planning.wording import NotKeyed, worded
from rpa.report import Answer, Report
from rpa.targets.profile import MANY, Control, Kind, Profile


@dataclass(frozen=True, slots=True)
class Decision:
    """The entry for the control at `place`, or None. `reason` then says why the answers in `not_keyed` are not
    keyed into it."""

    place: Place
    entry: ControlValue | None = None
    not_keyed: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Entries:
    """Decides entries for one report. Deciding changes nothing: whoever keeps an entry enters it into the
    ledger."""

    report: Report
    loaded: LoadedMapping
    profile: Profile
    unavailable: Unavailable

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The report's answers by pointer."""
        return {answer.pointer: answer for answer in self.report.answers}

    def decide(self, place: Place, source: Source, control: Control, part: Traced) -> Decision:
        """What the control at `place` is to hold of a report, or of one item of it."""
        mapping = self.loaded.mapping
        if not mapping.holds(source.when, part.data):
            return Decision(place)
        pointers = tuple(each for each in part.used_by(source) if not mapping.why_left_out(each))
        if control.kind in MANY:  # valid choices are keyed, the others go into the narrative
            pointers = tuple(each for each in pointers if each not in self.report.unfit)
        held = () if source.parts else pointers  # a look-up uses answers, and holds none of them
        try:
            value = self._value(place, source, control, pointers, part)
        except NotKeyed as why:
            return Decision(place, not_keyed=held, reason=str(why))
        return Decision(place, None if value is None else ControlValue(place.control, value, held))

    def with_facts(self, value: str | bool) -> str | bool:
        """A fixed value, in which our reference and the form's title (`FACTS`) may be named in braces."""
        if isinstance(value, bool):
            return value
        return value.format(reference=self.report.reference, form=self.report.form_title)

    def _value(
        self, place: Place, source: Source, control: Control, pointers: Sequence[str], part: Traced
    ) -> Value | None:
        if place.named in self.unavailable:
            raise NotKeyed(NOT_CERTAIN)
        if source.value is not None:
            return self.with_facts(source.value)
        if source.fact is not None:
            return self.report.reference if source.fact == "reference" else self.report.form_title
        if source.parts is not None:
            return self._look_up(source, part)
        if source.ticks is not None:
            return self._ticked(source, part) or None
        return self._worded(source, control, pointers) if pointers else None

    def _ticked(self, source: Source, part: Traced) -> tuple[str, ...]:
        return tuple(
            option
            for option, each in (source.ticks or {}).items()
            if any(self.answers[pointer].value is True for pointer in part.chosen(each))
        )

    def _look_up(self, source: Source, part: Traced) -> dict[str, str]:
        """A look-up's parts. A part without an answer is omitted, and the robot then abstains."""
        found: dict[str, str] = {}
        for name, each in (source.parts or {}).items():
            pointers = part.used_by(each)
            if pointers and not self.report.unfit.intersection(pointers):
                found[name] = str(self._worded(each, Control(kind=Kind.TEXT), pointers))
        return found

    def _worded(self, source: Source, control: Control, pointers: Sequence[str]) -> Value:
        if source.as_ != "questions" and self.report.unfit.intersection(pointers):
            raise NotKeyed(NOT_AS_ASKED)
        answers = [self.answers[pointer] for pointer in pointers]
        return worded(self.loaded, self.profile, source, control, answers)
