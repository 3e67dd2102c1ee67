"""Corrections by people: a revision lies over what arrived, which never changes, and the report is read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.actions.arrivals import Forms, understand
from orchestrator.actions.decisions import needed
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.originals import Originals
from orchestrator.states import Reason, State
from orchestrator.store import NotMoved, Revised, Store, Stored
from orchestrator.store import reprocess as reprocessing
from orchestrator.store.revisions import add
from orchestrator.store.tables import storable
from rpa.forms import corrected
from rpa.report import Change, Report

_NOT_SAVED = (State.HELD, State.ATTENTION)
_WHY_NOT: Mapping[State, str] = {
    State.RECEIVED: "it is being sorted; try again in a moment",
    State.READY: "it waits for a robot; switch its form off first, so that it is held",
    State.KEYING: "a robot is keying it; wait until it is in review",
    State.SUBMITTING: "a robot is saving it; wait until it is in review",
    State.UNCERTAIN: "it is not certain whether it was saved; wait until a robot has looked",
    State.SUBMITTED: "a robot is reading its record back; wait until it is in review",
    State.KEYED_BY_HAND: "it was keyed by hand; correct the record in the target",
    State.REJECTED: "it was turned away, and nobody keys it",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person changes, and why. `over`: the revision they looked at (0: as it arrived), if they say so."""

    changes: tuple[Change, ...] = field(repr=False)
    because: str = field(repr=False)
    over: int | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction came to: the number of the revision, and where the report is now."""

    revision: int
    state: State
    reason: Reason


def correct(
    store: Store, originals: Originals, forms: Forms, actor: Actor, reference: str, correction: Correction
) -> Corrected:
    """Correct a report that is held or needs attention: it is read again with all its revisions, and sorted anew.

    Raises `NotAllowed`, `Incomplete` without a reason or a change, `WrongCorrection`, `OriginalAltered`, and
    `NotMoved` where a robot has the report, or somebody else corrected it meanwhile.
    """
    require(actor, Act.CORRECT)
    because = needed(correction.because, "the reason for the correction")
    needed("".join(change.pointer for change in correction.changes), "what is to be corrected")
    stored = _to_be_corrected(store, reference, correction.over)
    report, changes = _revised(originals, forms, stored, correction.changes)
    with store.writing() as transaction:
        number = add(
            transaction, reference, stored.revision, actor=actor.name, because=because, changes=changes
        )
        receipt = reprocessing.reread(transaction, reference, stored.state, report, actor.name)
    return Corrected(number, receipt.state, receipt.reason)


def _to_be_corrected(store: Store, reference: str, over: int | None) -> Stored:
    stored = store.report(reference)
    if stored is None:
        raise NotMoved(f"{reference}: there is no such report")
    if stored.erased_at is not None:
        raise NotMoved(f"{reference}: its content was erased")
    if stored.state not in _NOT_SAVED:
        raise NotMoved(f"{reference}: {_WHY_NOT[stored.state]}")
    if over is not None and over != stored.revision:
        raise NotMoved(
            f"{reference}: it is at revision {stored.revision}, not {over}; look at it again first"
        )
    return stored


def _revised(
    originals: Originals, forms: Forms, stored: Stored, changes: Sequence[Change]
) -> tuple[Report, Sequence[Revised]]:
    """The report with every revision and these changes over it, and the changes with their questions.

    Raises `WrongCorrection`, `OriginalAltered`.
    """
    submission = originals.find(stored.sha256, stored.source, stored.source_name)
    changes = tuple(_storable(change) for change in changes)
    before = understand(submission, forms, stored.corrections)
    corrected(before, changes, forms, submission)
    report = understand(submission, forms, (*stored.corrections, changes))
    asked = {each.pointer: each.question for each in (*before.answers, *report.answers)}
    return report, [Revised(change, asked.get(change.pointer, "")) for change in changes]


def _storable(change: Change) -> Change:
    """As the database keeps its pointer: what it cannot keep is in no report either."""
    return Change(storable(change.pointer), change.value)
