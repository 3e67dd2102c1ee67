"""A report understood again: from its bytes by other definitions, or from a later delivery with other content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from orchestrator.next_state import after_reading
from orchestrator.states import Reason, State
from orchestrator.store import recorded_columns
from orchestrator.store.column_types import storable
from orchestrator.store.engine import Transaction
from orchestrator.store.identities import forms_of
from orchestrator.store.jobs import is_updating, was_pressed
from orchestrator.store.moves import move
from orchestrator.store.routing import route, understanding
from orchestrator.store.tables import reports
from orchestrator.store.trail import append, content_digests
from orchestrator.store.values import NoSuchReport, NotMoved, Receipt
from rpa.forms.copies import READ_FROM, has_all_of, is_from_document
from rpa.report import Problem, ProblemKind, Report, Submission

MOST_TOLD = 500  # problems of a report, those of later deliveries included
MOST_AMENDMENTS = 20  # that one report tells of; every delivery is kept
_STOPPED = frozenset(
    {Reason.UNREADABLE, Reason.INVALID, Reason.FORM_UNKNOWN, Reason.FORM_CHANGED, Reason.REFUSED}
)
"""Why a report is stopped by what it says, before anything of it was saved."""
_BEFORE_A_ROBOT = (State.HELD, State.READY, State.ATTENTION)


def reread(
    transaction: Transaction,
    reference: str,
    frm: State,
    report: Report,
    actor: str,
    submission: Submission | None = None,
) -> Receipt:
    """Put a new understanding in the place of the old one (`held` or `attention`) and sort the report again. It
    may be that of a submission that is just arriving: whoever calls this has taken `lock_arrivals`.

    `submission`: the delivery it was read from, where that is another one than before. The reference stays: it may
    be in the target. Raises `NotMoved` when the report is not in `frm`, a robot updates its record, or it would
    be read from another delivery than the one that was saved.
    """
    if is_updating(transaction, reference):
        raise NotMoved(f"{reference}: a robot is updating its record; try again when it has finished")
    report = replace(report, identity=storable(report.identity))
    before = _before(transaction.connection, reference)
    if submission is not None and before.was_pressed:
        raise NotMoved(f"{reference}: save was pressed for it, so that it stays what it was then")
    same_identity = select(reports.c.reference).where(
        reports.c.identity.in_(forms_of(transaction.digest_key, report.identity)),
        reports.c.reference != reference,
    )
    duplicate = transaction.connection.execute(same_identity).first() is not None
    content = understanding(report, before.received_at) | _with_amendments(report, before.problems)
    if duplicate:
        del content["identity"]  # the other report has it
    if submission is not None:
        content |= _read_from(submission)
    move(
        transaction, reference, frm, State.RECEIVED, actor=actor, reason=Reason.READ_AGAIN, understood=content
    )
    if duplicate:
        reason = Reason.DUPLICATE
        state = move(transaction, reference, State.RECEIVED, State.ATTENTION, actor=actor, reason=reason)
    else:
        state, reason = route(transaction, reference, report, actor=actor)
    return Receipt(reference, new=False, state=state, reason=reason)


def understand_saved(transaction: Transaction, reference: str, report: Report, actor: str) -> None:
    """Put a new understanding in the place of the old one where the record is saved: the report stays where it is.
    The caller has compared the row's version, and so its state (`row_versions.compare`)."""
    before = _before(transaction.connection, reference)
    content = understanding(report, before.received_at) | _with_amendments(report, before.problems)
    for name in ("identity", "due_at", "minutes_to_key"):  # of what arrived
        del content[name]
    recorded_columns.write_report(transaction, reference, content)
    digests = content_digests(
        transaction.digest_key, reference, {name: content[name] for name in ("answers", "data")}
    )
    append(transaction, actor=actor, action="read again", subject=reference, details={"digests": digests})


def amend(
    transaction: Transaction, reference: str, report: Report, submission: Submission, actor: str
) -> None:
    """Put other content for a known submission before a person: the report says that there is some.

    A report that was stopped by what it says, and of which nothing was ever saved or corrected, is read from the
    later delivery if that one goes on: what came first, junk or not, does not keep it waiting. So is one that was
    read from a document, such as a PDF, when the form's own data come: they decide.
    """
    before = _before(transaction.connection, reference)
    stopped = before.state in (State.HELD, State.ATTENTION) and before.reason in _STOPPED
    better = before.state in _BEFORE_A_ROBOT and _of_document(before.notes) and not is_from_document(report)
    goes_on = after_reading(report, form_on=True).to is State.READY
    takes_its_place = (stopped or better) and not before.was_pressed and not before.revision and goes_on
    which = "an earlier" if takes_its_place else "a later"
    message = (
        f"This submission came more than once: {which} delivery has other content or files. Compare the two."
    )
    amended = asdict(Problem(ProblemKind.AMENDED, "", "The whole report", message))
    more_of_the_same = takes_its_place and better and has_all_of(report.data, before.data, before.notes)
    if not more_of_the_same and (takes_its_place or len(_amendments(before.problems)) < MOST_AMENDMENTS):
        problems = [*(before.problems or ()), amended]
        content = {"problems": problems, "problem_count": len(problems)}
        recorded_columns.write_report(transaction, reference, content)
    if takes_its_place:
        frm = keep_from_robots(transaction, reference, before.state, Reason.READ_AGAIN, actor)
        reread(transaction, reference, frm, report, actor, submission)


def tell(transaction: Transaction, reference: str, report: Report) -> None:
    """Put what is said of a later delivery's message and copies with the problems of a report that is known."""
    before = _before(transaction.connection, reference)
    known = before.problems or ()
    said = (
        asdict(each) for each in report.problems if each.kind in (ProblemKind.MESSAGE, ProblemKind.DIFFERS)
    )
    new = [each for each in said if each not in known][:MOST_AMENDMENTS]
    if new and len(known) < MOST_TOLD and before.data is not None:  # else it was erased
        problems = [*known, *new]
        content = {"problems": problems, "problem_count": len(problems)}
        recorded_columns.write_report(transaction, reference, content)


def _of_document(notes: list[Mapping[str, Any]] | None) -> bool:
    return any(note["rule"] == READ_FROM for note in notes or ())


def keep_from_robots(
    transaction: Transaction, reference: str, state: State, reason: Reason, actor: str
) -> State:
    """The state that a report which is not saved is read again from. Raises `NotMoved` where a robot has claimed
    it."""
    if state is not State.READY:
        return state
    return move(transaction, reference, state, State.HELD, actor=actor, reason=reason)


def _before(connection: Connection, reference: str) -> Row[Any]:
    columns = (
        reports.c.state,
        reports.c.reason,
        reports.c.received_at,
        was_pressed(reference).exists().label("was_pressed"),
        reports.c.problems,
        reports.c.data,
        reports.c.notes,
        reports.c.revision,
    )
    row = connection.execute(select(*columns).where(reports.c.reference == reference)).one_or_none()
    if row is None:
        raise NoSuchReport(reference)
    return row


def _with_amendments(report: Report, before: list[Mapping[str, Any]] | None) -> dict[str, Any]:
    """What is wrong now, and what does not go away by reading again: that there was other content, and what was
    said of the message it came in."""
    problems = [*(asdict(problem) for problem in report.problems), *_lasting(before)]
    return {"problems": problems, "problem_count": len(problems)}


def _amendments(problems: list[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    return [problem for problem in problems or () if problem["kind"] == ProblemKind.AMENDED]


def _lasting(problems: list[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    return [each for each in problems or () if each["kind"] in (ProblemKind.AMENDED, ProblemKind.MESSAGE)]


def _read_from(submission: Submission) -> dict[str, Any]:
    return {"sha256": submission.sha256, "source": submission.source, "source_name": submission.name}
