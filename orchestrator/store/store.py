"""The store's face: each method is one transaction. Synchronous; called from any thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, Unpack

from sqlalchemy import func, select, tuple_

from audit.entry import Entry
from orchestrator.states import Reason, State
from orchestrator.store import (
    claims,
    drift,
    integrity,
    late_answers,
    moves,
    only_run,
    receive,
    reprocess,
    switch_effects,
    switches,
    trail,
)
from orchestrator.store.rows import job, jobs_of, stored, summaries, summary, whole
from orchestrator.store.supervision import Supervision
from orchestrator.store.tables import CLAIMABLE, deliveries, jobs, reports
from orchestrator.store.values import (
    Claim,
    Columns,
    Delivery,
    Drift,
    Job,
    Receipt,
    Stored,
    Summary,
    Switch,
)
from rpa.report import Report, Submission

_PAGE = 500


def utc_now() -> datetime:
    """The clock of a running system; tests hand in their own."""
    return datetime.now(UTC)


class Store(Supervision):
    """Reports, claims, switches and the trail, in one database; and what robots and workers share."""

    def only_run(self) -> AbstractContextManager[None]:
        """Be the only `rpa run` on this database while the block lasts. Raises `AlreadyRunning`."""
        return only_run.only_run(self._engine)

    # Arrivals

    def receive(self, report: Report, submission: Submission) -> Receipt:
        """Take in one delivery whose originals are on disk. The same submission is the same report."""
        with self._writing() as transaction:
            return receive.receive(transaction, report, submission)

    def reread(
        self, reference: str, frm: State, report: Report, actor: str, submission: Submission | None = None
    ) -> Receipt:
        """Sort a held or attention report again, by a new understanding of its bytes, or of those of another
        delivery. Raises `NotMoved`."""
        with self._writing() as transaction:
            return reprocess.reread(transaction, reference, frm, report, actor, submission)

    def delivered(self, sha256: str, source: str, name: str) -> bool:
        """Whether this arrival is on record: the same bytes, by the same way, under the same name."""
        query = select(deliveries.c.id).where(
            deliveries.c.sha256 == sha256, deliveries.c.source == source, deliveries.c.name == name
        )
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def deliveries(self, reference: str) -> list[Delivery]:
        """Every arrival of a report, in order."""
        columns = [column for column in deliveries.c if column is not deliveries.c.id]
        query = select(*columns).where(deliveries.c.reference == reference).order_by(deliveries.c.id)
        with self._engine.connect() as connection:
            return [Delivery(*row) for row in connection.execute(query)]

    # Moves and claims

    def move(
        self,
        reference: str,
        frm: State,
        to: State,
        *,
        actor: str,
        reason: Reason,
        token: int | None = None,
        **columns: Unpack[Columns],
    ) -> State:
        """Take a report from one state to another; see `moves.move`. Returns the state it ends in.

        With a token, only under that claim, and only while its lease runs: `ClaimLost` otherwise.
        `NotMoved` when the report is not in `frm`; ValueError for a transition that is not in the table. A
        move to `submitting`, `submitted` or `keying` keeps the claim, any other ends it.
        """
        with self._writing() as transaction:
            return moves.move(
                transaction,
                reference,
                frm,
                to,
                actor=actor,
                reason=reason,
                token=token,
                changes=moves.writable(columns),
            )

    def claim(self, robot: str, accounts: Mapping[str, str], lease_seconds: float) -> Claim | None:
        """The earliest due report that a robot may work on, for that robot alone; None when there is none.

        `accounts`: target -> the robot's account in it; only reports for these targets are claimed.
        """
        with self._engine.connect() as connection:
            if not claims.is_waiting(connection, self._clock(), accounts):
                return None
        with self._writing() as transaction:
            return claims.claim(transaction, robot, accounts, lease_seconds)

    def renew(self, claim: Claim, lease_seconds: float) -> Claim:
        """The claim with its lease running from now. Raises `ClaimLost`."""
        with self._writing() as transaction:
            return claims.renew(transaction, claim, lease_seconds)

    def postpone(self, claim: Claim, wait_seconds: float, reason: Reason, message: str | None = None) -> None:
        """Give back a report that was to be looked up or read, for later. Raises `ClaimLost`."""
        with self._writing() as transaction:
            claims.postpone(transaction, claim, wait_seconds, reason, message)

    def looked_again(self, claim: Claim) -> None:
        """Give back a report that was looked for once more and is there exactly once. Raises `ClaimLost`."""
        with self._writing() as transaction:
            claims.looked_again(transaction, claim)

    def expire(self, limit: int) -> list[str]:
        """Take back the reports whose lease has run out; `limit` is how many attempts a report has."""
        with self._writing() as transaction:
            return claims.expire(transaction, limit)

    # What is learnt outside a claim

    def answer_late(self, reference: str, seen: str, *, actor: str, look_again_at: datetime) -> State:
        """Keep a target's reference that was seen after the claim had ended; see `late_answers.answer_late`."""
        with self._writing() as transaction:
            return late_answers.answer_late(
                transaction, reference, seen, actor=actor, look_again_at=look_again_at
            )

    def look_first(self, actor: str) -> int:
        """Have every report that may have been keyed since a copy was made looked for first; how many."""
        with self._writing() as transaction:
            return late_answers.look_first(transaction, actor)

    def look_again(self, since: datetime) -> int:
        """Have every record saved since then, and not decided yet, looked for once more; how many."""
        with self._writing() as transaction:
            return claims.look_again(transaction, since)

    # Switches

    def configure(self, forms: Mapping[str, tuple[bool, str]], actor: str = "settings") -> list[Switch]:
        """Bring the switches in line with the settings: form -> (enabled, target). Returns those changed.

        Reports follow: held for a form that went off, released for one that came on, sent to a changed
        target as long as save was never pressed for them.
        """
        with self._writing() as transaction:
            changed = switches.configure(transaction, forms, actor)
            for switch in changed:
                switch_effects.retarget(transaction, switch)
                switch_effects.follow(transaction, switch, actor)
            return changed

    def switch(self, form: str, on: bool, actor: str) -> Switch:
        """Switch a form on or off by hand; its reports follow. LookupError for a form never configured."""
        with self._writing() as transaction:
            before = switches.find(transaction.connection, form)
            if before is None:
                raise LookupError(form)
            if before.switched_on == on:
                return before
            after = switches.switch(transaction, before, on, actor)
            switch_effects.follow(transaction, after, actor)
            return after

    def switches(self) -> tuple[Switch, ...]:
        """Every form the settings have named, by name."""
        with self._engine.connect() as connection:
            return switches.every(connection)

    def release(self, reference: str, actor: str) -> State:
        """Let a held report go on in spite of what changed. It ends in `held` again if its form is off."""
        with self._writing() as transaction:
            return moves.move(
                transaction, reference, State.HELD, State.READY, actor=actor, reason=Reason.RELEASED
            )

    def held_by_change(self, form: str | None = None) -> list[str]:
        """The references held by an unknown or changed form: to be read again once that is mended."""
        query = select(reports.c.reference).where(
            reports.c.state == State.HELD,
            reports.c.reason.in_((Reason.FORM_UNKNOWN, Reason.FORM_CHANGED)),
        )
        if form is not None:
            query = query.where(reports.c.form == form)
        with self._engine.connect() as connection:
            return list(connection.execute(query.order_by(reports.c.due_at)).scalars())

    # Reading

    def report(self, reference: str) -> Stored | None:
        """Everything about one report, None when there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(whole(reference)).one_or_none()
            return (
                None if row is None else stored(row, list(map(job, connection.execute(jobs_of(reference)))))
            )

    def reports(self, state: State | None = None) -> Iterator[Summary]:
        """All reports, or those in one state, in order of arrival; read page by page."""
        after: tuple[Any, ...] | None = None
        while True:
            page = self._page(state, after)
            yield from page
            if len(page) < _PAGE:
                return
            after = (page[-1].received_at, page[-1].reference)

    def in_hand(self) -> list[Job]:
        """The jobs that robots have in hand, without their evidence, by robot."""
        working = jobs.c.lease_until > self._clock()
        query = select(*(jobs.c[each.name] for each in fields(Job) if each.default is MISSING)).where(working)
        with self._engine.connect() as connection:
            return [job(row) for row in connection.execute(query.order_by(jobs.c.robot, jobs.c.id))]

    def counts(self) -> dict[State, int]:
        """How many reports are in each state; every state is there."""
        query = select(reports.c.state, func.count().label("number")).group_by(reports.c.state)
        with self._engine.connect() as connection:
            found = {row.state: row.number for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def resting_until(self) -> datetime | None:
        """When the first of the reports that rest after a failure may be claimed again; None if none rests."""
        query = select(func.min(jobs.c.not_before)).where(
            CLAIMABLE, jobs.c.second_look.is_(False), jobs.c.not_before > self._clock()
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    # Drift and trail

    def note_drift(self, subject: str, kind: str, place: str) -> bool:
        """Count a change seen in a form or target. True, and on the trail, the first time only (P6)."""
        with self._writing() as transaction:
            return drift.note(transaction, subject, kind, place)

    def drift(self, subject: str | None = None) -> list[Drift]:
        """The changes seen, of one form or target or of all, the latest first."""
        with self._engine.connect() as connection:
            return drift.seen(connection, subject)

    def record(self, *, actor: str, action: str, subject: str, **details: object) -> Entry:
        """Put something else that happened on the trail: a view, an export, a decision (P7). No integrity."""
        with self._writing() as transaction:
            return trail.append(transaction, actor=actor, action=action, subject=subject, details=details)

    def entries(self) -> Iterator[Mapping[str, object]]:
        """The audit chain as it stands in the database, for `audit.verify` and `audit.export`."""
        with self._engine.connect() as connection:
            yield from trail.rows(connection)

    def altered(self) -> Iterator[tuple[str, str]]:
        """Each (reference, column) that is not what the trail says: content, state or target reference.

        A report that the trail tells of and that is gone is told under "report".
        """
        with self._engine.connect() as connection:
            yield from integrity.strayed(connection)
            yield from integrity.altered(connection, self._digest_key)

    def head(self) -> Entry | None:
        """The last entry of the chain, for a checkpoint; None while it is empty."""
        with self._engine.connect() as connection:
            return trail.head(connection)

    def _page(self, state: State | None, after: tuple[Any, ...] | None) -> list[Summary]:
        query = summaries().order_by(reports.c.received_at, reports.c.reference).limit(_PAGE)
        if state is not None:
            query = query.where(reports.c.state == state)
        if after is not None:
            query = query.where(tuple_(reports.c.received_at, reports.c.reference) > after)
        with self._engine.connect() as connection:
            return [summary(row) for row in connection.execute(query)]
