"""Corrections by people: a revision lies over what arrived, which never changes, and the report is read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.actions.decisions import needed
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.definitions import Definitions
from orchestrator.next_state import STOPPING
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import SAVED, Reason, State
from orchestrator.store import ChangedAnswer, NoSuchReport, NotMoved, Store, Stored, row_versions, updates
from orchestrator.store import reprocess as reprocessing
from orchestrator.store.engine import lock_arrivals
from orchestrator.store.jobs import open_update
from orchestrator.store.revisions import add
from rpa.documents.attachable import attachable
from rpa.forms import WrongCorrection, corrected, in_full
from rpa.plan import plan_from_json, update_to_json
from rpa.planning import plan, update_of
from rpa.report import Change, Report, Submission

_NOT_SAVED = (State.READY, State.HELD, State.ATTENTION)
_WHY_NOT: Mapping[State, str] = {
    State.RECEIVED: "it is being sorted; try again in a moment",
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
    """What a correction came to: the number of the revision, and where the report is now. `updates`: whether its
    record is to be updated; None where none is saved."""

    revision: int
    state: State
    reason: Reason
    updates: bool | None = None


def correct(
    store: Store,
    originals: Originals,
    definitions: Definitions,
    reader: Reader,
    actor: Actor,
    reference: str,
    correction: Correction,
) -> Corrected:
    """Correct a report: a new revision lies over it.

    One that waits for a robot, is held or needs attention is read again with all its revisions, and sorted again.
    One whose record is saved stays where it is, and a robot updates the record where it differs.

    Raises `NotAllowed`, `Incomplete` without a reason or a change, `WrongCorrection`, `OriginalAltered`,
    `NotMoved` where a robot has the report or anything of it was changed meanwhile, and `DefinitionError` when the
    definitions do not say how a saved report is keyed.
    """
    require(actor, Act.CORRECT)
    because = needed(correction.because, "the reason for the correction")
    needed("".join(change.pointer for change in correction.changes), "what is to be corrected")
    stored = _to_be_corrected(store, reference, correction.over)
    submission = originals.find(stored.sha256, stored.source, stored.source_name)
    report, changes = _revised(submission, reader, stored, correction.changes)
    saved = stored.state in SAVED
    after = _nothing_to_key(definitions, submission, stored, report) if saved else None
    with store.writing() as transaction:
        if not saved:
            lock_arrivals(transaction.connection)
        row_versions.compare(transaction, reference, stored.row_version)
        number = add(
            transaction, reference, stored.revision, actor=actor.name, because=because, changes=changes
        )
        if not saved:
            frm = reprocessing.keep_from_robots(
                transaction, reference, stored.state, Reason.CORRECTED, actor.name
            )
            receipt = reprocessing.reread(transaction, reference, frm, report, actor.name)
            return Corrected(number, receipt.state, receipt.reason)
        reprocessing.understand_saved(transaction, reference, report, actor.name)
        job = open_update(transaction, reference, actor.name)
        if job is not None and after is not None:
            updates.done(transaction, job, reference, actor=actor.name, after=after, revision=number)
    return Corrected(number, stored.state, stored.reason, updates=job is None or after is None)


def _nothing_to_key(
    definitions: Definitions, submission: Submission, stored: Stored, report: Report
) -> Mapping[str, Any] | None:
    """The account of a revised report whose record needs no update; None where it needs one.

    Raises `WrongCorrection` where the report could not be keyed so.
    """
    problem = next((each for each in report.problems if each.kind in STOPPING), None)
    if report.form != stored.form:
        raise WrongCorrection("a report whose record is saved stays a report of its form")
    if problem is not None:
        raise WrongCorrection(f"{problem.pointer}: corrected so, it stops the report. {problem.message}")
    target = stored.target or ""
    loaded, profile = definitions.mapping(target, report.form or ""), definitions.targets[target].profile
    files = attachable(submission.media).keys()
    revised = plan(
        replace(report, reference=stored.reference),
        loaded,
        profile,
        target,
        media=files,
    )
    if revised.missing:
        raise WrongCorrection(
            f"corrected so, it cannot be keyed: the target needs {', '.join(revised.missing)}"
        )
    if stored.plan is None:
        return None
    update = update_of(revised, plan_from_json(stored.plan), profile)
    return None if update.changes.size else update_to_json(update.whole, update.remains)


def _to_be_corrected(store: Store, reference: str, over: int | None) -> Stored:
    stored = store.report(reference)
    if stored is None:
        raise NoSuchReport(reference)
    if stored.erased_at is not None:
        raise NotMoved(f"{reference}: its content was erased")
    if stored.state not in (*_NOT_SAVED, *SAVED):
        raise NotMoved(f"{reference}: {_WHY_NOT[stored.state]}")
    if over is not None and over != stored.revision:
        raise NotMoved(
            f"{reference}: it is at revision {stored.revision}, not {over}; look at it again first"
        )
    return stored


def _revised(
    submission: Submission, reader: Reader, stored: Stored, changes: Sequence[Change]
) -> tuple[Report, Sequence[ChangedAnswer]]:
    """The report with every revision and these changes over it, and the changes with their questions.

    Raises `WrongCorrection`.
    """
    before = reader.read(submission, stored.corrections)
    changes = in_full(before, changes, reader.forms)
    corrected(before, changes, reader.forms, submission)
    report = reader.read(submission, (*stored.corrections, changes))
    asked = {each.pointer: each.question for each in (*before.answers, *report.answers)}
    return report, [ChangedAnswer(change, asked.get(change.pointer, "")) for change in changes]
