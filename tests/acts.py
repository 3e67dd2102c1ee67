"""Acts in short form, for tests that bring a report into a state: what an action does, under a name alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from audit.entry import Entry
from orchestrator.actions import arrivals, breakers, decisions, switching, work
from orchestrator.actions.permissions import INTAKE, Actor, Role
from orchestrator.originals import Originals
from orchestrator.reading import Forms, Reader
from orchestrator.states import Reason, State
from orchestrator.store import (
    Breaker,
    Claim,
    Columns,
    Receipt,
    Store,
    Switch,
    late_responses,
    moves,
    trail,
)
from orchestrator.store import receive as receiving
from orchestrator.store import reprocess as reprocessing
from rpa.report import Report, Submission


def person(name: str) -> Actor:
    """Somebody at the command line."""
    return Actor(name, Role.OS_USER)


def receive(store: Store, report: Report, submission: Submission) -> Receipt:
    """Receive a report that is understood already."""
    with store.writing() as transaction:
        return receiving.receive(transaction, report, submission, INTAKE.name)


def receive_as_channel(submission: Submission, forms: Forms, store: Store, originals: Originals) -> Receipt:
    """Receive a submission as a channel does."""
    (receipt,) = arrivals.receive(store, originals, Reader(forms), INTAKE, submission)
    return receipt


def read_again(
    reference: str,
    forms: Forms,
    store: Store,
    originals: Originals,
    actor: str,
    delivery: int | None = None,
) -> Receipt:
    """Reprocess a report."""
    return arrivals.reprocess(store, originals, Reader(forms), person(actor), reference, delivery)


def reread(
    store: Store,
    reference: str,
    frm: State,
    report: Report,
    actor: str,
    submission: Submission | None = None,
) -> Receipt:
    """Reprocess a report whose new understanding is at hand."""
    with store.writing() as transaction:
        return reprocessing.reread(transaction, reference, frm, report, actor, submission)


def move(
    store: Store,
    reference: str,
    frm: State,
    to: State,
    *,
    actor: str,
    reason: Reason,
    token: int | None = None,
    **columns: Unpack[Columns],
) -> State:
    """Move a report, whoever it is that would."""
    ways = reference, frm, to
    with store.writing() as transaction:
        return moves.move(transaction, *ways, actor=actor, reason=reason, token=token, **columns)


def claim(store: Store, robot: str, accounts: Mapping[str, str], lease_seconds: float) -> Claim | None:
    """Claim the next job for a robot."""
    return work.claim(store, Actor(robot, Role.ROBOT), accounts, lease_seconds)


def record_late_response(
    store: Store, reference: str, seen: str, *, actor: str, reconcile_at: datetime
) -> State:
    """A response to save that comes after the claim has ended."""
    with store.writing() as transaction:
        return late_responses.record_late_response(
            transaction, reference, seen, actor=actor, reconcile_at=reconcile_at
        )


def switch(store: Store, form: str, on: bool, actor: str) -> Switch:
    """Switch a form on or off by hand."""
    return switching.switch_form(store, person(actor), form, on)


def close_breaker(store: Store, target: str, account: str | None, actor: str) -> list[Breaker]:
    """Have a paused target tried again."""
    return breakers.retry(store, person(actor), target, account)


def release(store: Store, reference: str, actor: str) -> State:
    """Let a held report go on."""
    return decisions.release(store, person(actor), reference)


def record(store: Store, *, actor: str, action: str, subject: str, **details: Any) -> Entry:
    """Put something on the trail."""
    with store.writing() as transaction:
        return trail.append(transaction, actor=actor, action=action, subject=subject, details=details)
