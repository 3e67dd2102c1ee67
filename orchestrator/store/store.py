"""What can be asked of the store: each method is one transaction that reads. Called from any thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Select, String, and_, func, or_, select, tuple_, type_coerce

from audit.entry import Entry
from orchestrator.states import SAVED, WAITING_FOR_ROBOT, JobKind, JobState, Reason, State
from orchestrator.store import (
    api_clients,
    breakers,
    claims,
    drift,
    heartbeats,
    integrity,
    only_run,
    revisions,
    switches,
    trail,
)
from orchestrator.store.api_clients import ApiClient, KnownClient
from orchestrator.store.breakers import Breaker
from orchestrator.store.drift import Drift
from orchestrator.store.engine import Clock, Transaction, snapshot, writing
from orchestrator.store.erase import ERASED, own_contents
from orchestrator.store.heartbeats import Worker
from orchestrator.store.jobs import may_be_in_target
from orchestrator.store.messages import Messages
from orchestrator.store.rows import job, jobs_of, stored, summaries, summary, whole
from orchestrator.store.switches import Switch, TargetSwitch
from orchestrator.store.tables import CLAIMABLE, OPEN_JOBS, deliveries, jobs, reports
from orchestrator.store.tables import switches as switches_table
from orchestrator.store.unreadable import UNREADABLE, RowUnreadable, readable, refuse
from orchestrator.store.values import Claim, Delivery, Job, Stored, Summary

_PAGE = 500
_STATE = type_coerce(reports.c.state, String).label("state")  # whatever stands there


def utc_now() -> datetime:
    """The clock of a running system; tests hand in their own."""
    return datetime.now(UTC)


class Store:
    """Reports, jobs, switches and the trail, in one database. Its methods read; `orchestrator.actions` writes.

    `clock` returns aware times. `digest_key` is the secret that digests in the trail are taken with. `messages`:
    what can be asked of the messages to the people who reported.
    """

    def __init__(self, engine: Engine, clock: Clock, digest_key: bytes) -> None:
        self._engine, self._clock, self._digest_key = engine, clock, digest_key
        self.messages = Messages(engine, clock)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that writes, for `orchestrator.actions`: whole at the end of the block, or not at all."""
        with writing(self._engine, self._clock, self._digest_key) as transaction:
            yield transaction
            trail.append_rest(transaction)

    def only_run(self) -> AbstractContextManager[only_run.Keep]:
        """Be the only `rpa run` on this database while the block lasts. Raises `AlreadyRunning`."""
        return only_run.only_run(self._engine)

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

    def own_contents(self, reference: str) -> Collection[str]:
        """The SHA-256 of every content that was delivered for this report alone."""
        with self._engine.connect() as connection:
            return own_contents(connection, reference)

    def arrived(self, reference: str, content: bytes) -> bool:
        """Whether the trail says that this content was delivered for a report."""
        digest = trail.bound_digest(self._digest_key, reference, "original", content)
        with self._engine.connect() as connection:
            recorded = integrity.digests_recorded(connection, reference)
            return any(digest == digests.get("original") for digests in recorded)

    def report(self, reference: str) -> Stored | None:
        """Everything about one report, None when there is none. Raises `RowUnreadable`."""
        try:
            with self._engine.connect() as connection:
                row = connection.execute(whole(reference)).one_or_none()
                if row is None:
                    return None
                theirs = [job(each) for each in connection.execute(jobs_of(reference))]
                corrected = revisions.of_report(connection, reference)
                there = may_be_in_target(connection, reference)
                return stored(row, theirs, corrected, may_be_in_target=there)
        except UNREADABLE as error:
            raise RowUnreadable(reference) from error

    def reports(
        self, state: State | None = None, unreadable: Callable[[str], object] | None = None
    ) -> Iterator[Summary]:
        """All reports, or those in one state, in order of arrival; read page by page.

        `unreadable` is called with the reference of each that cannot be read, and the rest goes on; without it
        `RowUnreadable` is raised.
        """
        after: tuple[Any, ...] | None = None
        while True:
            try:
                page = self._page(state, after)
            except UNREADABLE:
                yield from self._one_by_one(state, after, unreadable)
                return
            yield from page
            if len(page) < _PAGE:
                return
            after = (page[-1].received_at, page[-1].reference)

    def in_hand(self, unreadable: Callable[[str], object] = refuse) -> list[Job]:
        """The jobs that robots have in hand, without their evidence, by robot; `unreadable` as of `reports`, with
        the number of the job."""
        shown = (jobs.c[each.name] for each in fields(Job) if each.default is MISSING)
        query = select(*shown).where(OPEN_JOBS, jobs.c.lease_until > self._clock())
        query = query.where(type_coerce(jobs.c.kind, String).in_(list(JobKind)))
        with self._engine.connect() as connection:
            ordered = query.order_by(jobs.c.robot, jobs.c.id)
            return readable(connection, ordered, (jobs.c.id,), job, lambda its: unreadable(f"job {its.id}"))

    def counts(self) -> dict[State, int]:
        """How many reports are in each state; every state is there."""
        query = select(_STATE, func.count().label("number")).group_by(reports.c.state)
        with self._engine.connect() as connection:
            found = {row.state: row.number for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def in_unknown_state(self) -> list[str]:
        """The reports whose state is none of ours: somebody has altered it. No count includes them."""
        query = select(reports.c.reference).where(_STATE.not_in(list(State))).order_by(reports.c.reference)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def late(self) -> int:
        """How many reports wait for a robot past the time by which they were to be in their target."""
        waiting = reports.c.state.in_(WAITING_FOR_ROBOT)
        query = select(func.count()).where(waiting, reports.c.due_at < self._clock())
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def reports_open(self) -> int:
        """How many reports robots have still to do with, those aside whose target is off."""
        waiting = reports.c.state.in_(WAITING_FOR_ROBOT)
        here = or_(switches.target_on(reports.c.target), reports.c.state == State.RECEIVED)
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).where(waiting, here)).scalar_one()

    def updates_open(self, *, also_off: bool = False) -> int:
        """How many updates of saved records robots have still to do with, but where form or target is off unless
        `also_off`."""
        on = select(switches_table.c.form).where(switches.on_condition())
        due = and_(reports.c.state.in_(SAVED), reports.c.form.in_(on))
        updating = and_(jobs.c.kind == JobKind.UPDATE, or_(jobs.c.state != JobState.WAITING, due))
        saving = jobs.alias("saving")
        reading = and_(jobs.c.kind == JobKind.READ_BACK, saving.c.kind == JobKind.UPDATE)
        every = or_(jobs.c.kind == JobKind.UPDATE, reading)
        condition = every if also_off else and_(switches.target_on(jobs.c.target), or_(updating, reading))
        theirs = jobs.join(reports, reports.c.reference == jobs.c.reference)
        query = select(func.count()).select_from(theirs.outerjoin(saving, saving.c.id == jobs.c.saving_job))
        with self._engine.connect() as connection:
            return connection.execute(query.where(OPEN_JOBS, condition)).scalar_one()

    def resting_until(self) -> datetime | None:
        """When the first of the reports that rest after a failure may be claimed again; None if none rests."""
        query = select(func.min(jobs.c.not_before)).where(
            CLAIMABLE, jobs.c.kind != JobKind.RECONCILE, jobs.c.not_before > self._clock()
        )
        with self._engine.connect() as connection, suppress(*UNREADABLE):
            return connection.execute(query).scalar_one()
        return None

    # Drift and trail

    def drift(self, subject: str | None = None, unreadable: Callable[[str], object] = refuse) -> list[Drift]:
        """The changes seen, of one form or target or of all, the latest first; `unreadable` as of `reports`."""
        with self._engine.connect() as connection:
            return drift.seen(connection, subject, unreadable)

    def entries(self) -> Iterator[Mapping[str, object]]:
        """The audit chain as it is in the database, for `audit.verify` and `audit.export`."""
        with self._engine.connect() as connection:
            yield from trail.rows(connection)

    def entry_digest(self, seq: int) -> str | None:
        """The digest of the entry with this number; None when there is none."""
        with self._engine.connect() as connection:
            return trail.digest_of(connection, seq)

    def checkpoint_followed(self) -> str:
        """The signature of the last checkpoint there was when reports were last marked after a restore; empty if
        never."""
        with self._engine.connect() as connection:
            return trail.checkpoint_followed(connection, self._digest_key)

    def unsealed(self, after: int = 0) -> Iterator[int]:
        """The numbers of the entries after number `after` that do not bear this installation's seal, and of
        those before the first."""
        with self._engine.connect() as connection:
            yield from trail.unsealed(connection, self._digest_key, after)

    def altered(self) -> Iterator[tuple[str, str]]:
        """Each (reference, place) that is not what the trail says: a report's or job's column, a delivery, the
        revisions; (form, target or client, column); and each other row that cannot be read.

        A report that the trail tells of and that is gone is named under "report". All is compared as it is at one
        moment.
        """
        with snapshot(self._engine) as connection:
            yield from integrity.strayed(connection)
            yield from integrity.altered(connection, self._digest_key)
            try:
                yield from revisions.altered(connection, self._digest_key, ERASED)
            except UNREADABLE:
                yield "revisions", "a row cannot be read"
            yield from switches.altered(connection)
            yield from api_clients.altered(connection)
            yield from integrity.unreadable_rows(connection)

    def head(self) -> Entry | None:
        """The last entry of the chain, for a checkpoint; None while it is empty."""
        with self._engine.connect() as connection:
            return trail.head(connection)

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

    def switches(self) -> tuple[Switch, ...]:
        """Every form the settings have named, by name."""
        with self._engine.connect() as connection:
            return switches.every(connection)

    def target_switches(self) -> tuple[TargetSwitch, ...]:
        """Every target that the settings have named, by name."""
        with self._engine.connect() as connection:
            return switches.targets(connection)

    def api_clients(self, unreadable: Callable[[str], object] = refuse) -> list[ApiClient]:
        """Every client of the API, revoked or not, in the order in which they were added; `unreadable` as of
        `reports`."""
        with self._engine.connect() as connection:
            return api_clients.every(connection, unreadable)

    def api_client(self, client_id: str, secret: str) -> KnownClient | None:
        """The client with this id and secret, unless it is revoked. An unknown id takes as long as a wrong
        secret."""
        with self._engine.connect() as connection:
            return api_clients.proven(connection, self._digest_key, client_id, secret)

    # What robots and workers share

    def is_waiting(self, accounts: Mapping[str, str]) -> bool:
        """Whether a robot with these accounts (target -> account) could claim a job. Keeps no writer waiting."""
        with self._engine.connect() as connection:
            return claims.is_waiting(connection, self._clock(), accounts)

    def has_lapsed(self) -> bool:
        """Whether a robot has let a job that keys lapse. Keeps no writer waiting."""
        with self._engine.connect() as connection:
            return claims.has_lapsed(connection, self._clock())

    def is_troubled(self, claim: Claim) -> bool:
        """Whether a job that ended well has anything to say to a circuit breaker."""
        with self._engine.connect() as connection:
            return breakers.is_troubled(connection, claim)

    def breakers(self) -> list[Breaker]:
        """Every circuit breaker that ever met trouble, those included whose row cannot be read."""
        with self._engine.connect() as connection:
            return breakers.seen(connection)

    def credential(self, target: str, account: str, password: str) -> str:
        """The keyed digest of an account's entry, which tells whether it was changed."""
        return trail.bound_digest(self._digest_key, target, account, password.encode())

    def workers(self, unreadable: Callable[[str], object] = refuse) -> list[Worker]:
        """The worker processes, and when each was last heard; `unreadable` as of `reports`."""
        with self._engine.connect() as connection:
            return heartbeats.workers_known(connection, unreadable)

    def _page(self, state: State | None, after: tuple[Any, ...] | None) -> list[Summary]:
        query = _after(summaries(), state, after).limit(_PAGE)
        with self._engine.connect() as connection:
            return [summary(row) for row in connection.execute(query)]

    def _one_by_one(
        self, state: State | None, after: tuple[Any, ...] | None, unreadable: Callable[[str], object] | None
    ) -> Iterator[Summary]:
        with self._engine.connect() as connection:
            references = connection.execute(_after(select(reports.c.reference), state, after)).scalars().all()
            for reference in references:
                this = summaries().where(reports.c.reference == reference)
                try:
                    found = summary(connection.execute(this).one())
                except UNREADABLE as error:
                    if unreadable is None:
                        raise RowUnreadable(reference) from error
                    unreadable(reference)
                else:
                    yield found


def _after(
    query: Select[*tuple[Any, ...]], state: State | None, after: tuple[Any, ...] | None
) -> Select[*tuple[Any, ...]]:
    """The reports of a query in order of arrival, those in a state, and those after one that was read."""
    if state is not None:
        query = query.where(reports.c.state == state)
    if after is not None:
        query = query.where(tuple_(reports.c.received_at, reports.c.reference) > after)
    return query.order_by(reports.c.received_at, reports.c.reference)
