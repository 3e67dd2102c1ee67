"""What became of one report: each answer, where it went, what was keyed there and what the record holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.render.revisions import is_corrected
from orchestrator.states import OPEN, JobKind
from orchestrator.store import Stored
from rpa.plan import Disposed, Disposition, Held, Place, Value, held_from_json, plan_from_json
from rpa.report import Answer


@dataclass(frozen=True, slots=True)
class ControlOutcome:
    """One control: what was keyed, and what the record holds; `read` is None until the record was read."""

    place: Place
    keyed: Value = field(repr=False)
    read: Held | None = field(repr=False)

    @property
    def same(self) -> bool | None:
        """Whether the record holds what was keyed; None while that is not known."""
        return None if self.read is None else self.read.expected == self.read.found


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """One answer and its end (P4); `end` is None while the report has no plan. `corrected`: by a person;
    `to_be_updated`: and the record does not have it yet."""

    answer: Answer = field(repr=False)
    end: Disposition | None
    keyed: tuple[ControlOutcome, ...] = ()
    corrected: bool = False
    to_be_updated: bool = False

    @property
    def same(self) -> bool | None:
        """Whether the record holds it wherever it went; None where it went nowhere, or that is not known."""
        if self.to_be_updated:
            return None
        same = [each.same for each in self.keyed]
        return None if not same or None in same else all(same)


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """Every answer of a report, and the controls that no answer was keyed into by itself."""

    answers: tuple[AnswerOutcome, ...]
    ours: tuple[ControlOutcome, ...]
    differences: tuple[Held, ...]


def outcome_of(stored: Stored) -> ReportOutcome:
    """What became of a report so far."""
    if not stored.plan:
        return ReportOutcome(
            tuple(
                AnswerOutcome(answer, None, corrected=is_corrected(stored.revisions, answer.pointer))
                for answer in stored.answers
            ),
            (),
            (),
        )
    plan = plan_from_json(stored.plan)
    record = {each.place: each for each in held_from_json(stored.record or [])}
    controls = {
        place: ControlOutcome(place, entry.value, record.get(place)) for place, entry in plan.placed()
    }
    ends = {each.pointer: each for each in plan.dispositions}
    updating = any(job.kind is JobKind.UPDATE and job.state in OPEN for job in stored.jobs)
    answers = (
        AnswerOutcome(
            answer,
            end,
            tuple(controls[place] for place in end.where) if end else (),
            corrected,
            updating and corrected,
        )
        for answer in stored.answers
        for end in [ends.get(answer.pointer)]
        for corrected in [is_corrected(stored.revisions, answer.pointer)]
    )
    ours = tuple(controls[place] for place, entry in plan.placed() if not entry.pointers)
    return ReportOutcome(tuple(answers), ours, held_from_json(stored.mismatches or []))


def sections(account: ReportOutcome) -> Iterator[tuple[tuple[str, ...], list[AnswerOutcome]]]:
    """The answers that are in the record, by their section of the form, in the form's order."""
    found: list[AnswerOutcome] = []
    here: tuple[str, ...] | None = None
    for each in account.answers:
        if each.end is not None and each.end.kind is Disposed.LEFT_OUT:
            continue
        if found and each.answer.section != here:
            yield here or (), found
            found = []
        here = each.answer.section
        found.append(each)
    if found:
        yield here or (), found


def left_out(account: ReportOutcome) -> Mapping[str, list[Answer]]:
    """The answers that were left out, by the reason stated in the mapping."""
    found: dict[str, list[Answer]] = {}
    for each in account.answers:
        if each.end is not None and each.end.kind is Disposed.LEFT_OUT:
            found.setdefault(each.end.reason, []).append(each.answer)
    return found


def as_text(value: Value | None) -> str:
    """A value for a person; None is what a record does not show at all."""
    if value is None:
        return "not shown"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(value.values())
    return ("; ".join(value) if isinstance(value, tuple) else value) or "nothing"
