"""Circuit breakers: a target, or an account in it, that is paused for a while, for all robots at once.

A breaker opens on trouble and says why, once. After a wait one robot probes it with an ordinary job, of a report
that has not met the trouble where there is one: it closes when that goes well, and waits longer when it does not.
A changed screen stops keying only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from orchestrator.states import KINDS_THAT_SAVE, Reason
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import breakers
from orchestrator.store.trail import SYSTEM, append
from orchestrator.store.unreadable import readable
from orchestrator.store.values import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a robot met in a target, for the target's circuit breaker, or for that of one `account` in it.

    `met_by` is the report, or the account, that met it: a second failure of the same counts against it, unless
    it is `blameless`. `limit` is how many in a row open the breaker, each met by another.
    `probe_seconds` is how long it stays open at first, and `probe_longest_seconds` how long between two probes at
    most; None: until an administrator closes it, or the account's entry, `credential`, is another.
    """

    target: str
    account: str = ""
    reason: Reason
    message: str
    met_by: str
    claimed_at: datetime
    limit: int = 1
    probe_seconds: float | None
    probe_longest_seconds: float = 300.0
    blameless: bool = False
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trouble made of the circuit breaker: whether it is open, whether that is new, and for how long; and
    whether the report has met it `again`, so that its attempt counts."""

    open: bool
    new: bool = False
    again: bool = False
    wait_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Breaker:
    """A circuit breaker as it stands. `account` is empty for the target's own; `met_by` is a line for each report
    that met its trouble, or the last account. One whose row is not `readable` is open, and only its key is known.
    """

    target: str
    account: str
    reason: Reason
    message: str
    faults: int
    opened_at: datetime | None
    probe_at: datetime | None
    probes: int = 0
    met_by: str | None = None
    readable: bool = True

    @property
    def is_open(self) -> bool:
        """Whether its target, or its account there, is paused."""
        return self.opened_at is not None or not self.readable

    @property
    def waits_for_somebody(self) -> bool:
        """Whether it stays open until an administrator acts."""
        return self.is_open and self.probe_at is None


REST = 1.5  # the report that met the trouble rests longer than the breaker: another report is the probe
MOST_REMEMBERED = 200  # of the reports that met a target's trouble, the latest
_KEYING_ONLY = frozenset({Reason.TARGET_CHANGED})
_OF_ACCOUNTS = frozenset({Reason.TARGET_AWAY, Reason.SIGN_IN_REFUSED})
_KEY = (breakers.c.target, breakers.c.account)
_COLUMNS = tuple(breakers.c[each.name] for each in fields(Breaker) if each.name in breakers.c)


@dataclass(frozen=True, slots=True)
class ClaimableTargets:
    """The targets that a robot may work in now, of those the ones it may key into, and, where a probe is due, the
    reports that have met the trouble: any other makes the better probe."""

    to_work: frozenset[str]
    to_key: frozenset[str]
    met: frozenset[str] = frozenset()


def claimable_targets(connection: Connection, now: datetime, accounts: Mapping[str, str]) -> ClaimableTargets:
    """Where a robot with these accounts (target -> account) may work, by the current breakers."""
    found = [each for each in _read(connection, _concerns(accounts)) if each.is_open]
    blocked = [each for each in found if each.probe_at is None or each.probe_at > now]
    met = {name for each in found if each not in blocked for name in _remembered(each)}
    to_work = accounts.keys() - {each.target for each in blocked if each.reason not in _KEYING_ONLY}
    to_key = to_work - {each.target for each in blocked}
    return ClaimableTargets(frozenset(to_work), frozenset(to_key), frozenset(met))


def take_probe(transaction: Transaction, claim: Claim) -> None:
    """If this claim is a breaker's probe, keep other robots from probing for as long as its lease."""
    transaction.connection.execute(
        update(breakers)
        .where(
            _met_by(claim),
            breakers.c.opened_at.is_not(None),
            breakers.c.probe_at <= transaction.now,
        )
        .values(probe_at=claim.lease_until)
    )


def record_trouble(transaction: Transaction, trouble: Trouble) -> Verdict:
    """Count one trouble. A breaker that opens is said so in the trail, once."""
    this = and_(breakers.c.target == trouble.target, breakers.c.account == trouble.account)
    row = _locked(transaction, trouble, this)
    if not row.readable:
        return Verdict(open=True, wait_seconds=REST * _wait(trouble, 0))
    if row.opened_at is not None:
        return _still_open(transaction, trouble, row, row.opened_at, this)
    again = _again(trouble, row)
    faults = row.faults + (not again)
    opens = faults >= trouble.limit and not again
    changes = {**_said(trouble, row), "faults": faults, "probes": 0}
    if opens:
        changes |= {"opened_at": transaction.now, "probe_at": _probe_at(transaction, trouble, 0)}
    transaction.connection.execute(update(breakers).where(this).values(**changes))
    if opens:
        details = {"reason": str(trouble.reason), "account": trouble.account}
        subject = f"target:{trouble.target}"
        append(transaction, actor=SYSTEM, action="breaker opened", subject=subject, details=details)
    return Verdict(opens, opens, again, REST * _wait(trouble, 0) if opens else 0)


def _locked(transaction: Transaction, trouble: Trouble, this: ColumnElement[bool]) -> Breaker:
    """The breaker, made where nobody met a trouble yet: two robots may meet the first at once."""
    if found := _read(transaction.connection, this, lock=True):
        return found[0]
    blank = {"reason": trouble.reason, "message": "", "faults": 0, "probes": 0}
    first = insert(breakers).values(target=trouble.target, account=trouble.account, **blank)
    with suppress(IntegrityError), transaction.part():
        transaction.connection.execute(first)
    return _read(transaction.connection, this, lock=True)[0]


def _still_open(
    transaction: Transaction, trouble: Trouble, row: Breaker, opened_at: datetime, this: ColumnElement[bool]
) -> Verdict:
    """A job that began before the breaker opened says nothing new; a probe that failed makes the wait longer.

    Why it is open stays as it was said, unless the target says that nobody gets in at all. Who met it is
    remembered.
    """
    is_probe = trouble.claimed_at > opened_at
    probes = row.probes + is_probe
    changes: dict[str, Any] = {"met_by": _with(trouble, row)}
    if is_probe:
        changes |= {"probes": probes, "probe_at": _probe_at(transaction, trouble, probes)}
        changes |= _said(trouble, row) if trouble.reason is Reason.TARGET_AWAY else {}
    transaction.connection.execute(update(breakers).where(this).values(**changes))
    again = is_probe and _again(trouble, row)
    return Verdict(open=True, again=again, wait_seconds=REST * _wait(trouble, probes))


def record_success(transaction: Transaction, claim: Claim) -> list[Breaker]:
    """A job that ended well ends a row of faults, and closes a breaker that was open when it began; with the
    target's, those that its accounts have for the same reason. One that cannot be read stays."""
    ended = [each for each in _ended_by(transaction.connection, claim) if each.readable]
    for each in ended:  # all are locked before the trail is
        _close(transaction, each)
        if each.is_open:
            _tell_closed(transaction, each, SYSTEM)
    return [each for each in ended if each.is_open]


def _ended_by(connection: Connection, claim: Claim) -> Iterator[Breaker]:
    for each in _read(connection, _troubled(claim), lock=True):
        yield each
        if not each.account and each.opened_at is not None:
            alike = and_(breakers.c.target == each.target, breakers.c.reason == each.reason)
            others = and_(alike, breakers.c.account.not_in(("", claim.account)))
            yield from _read(connection, and_(others, breakers.c.opened_at < claim.claimed_at), lock=True)


def is_troubled(connection: Connection, claim: Claim) -> bool:
    """Whether a job that ended well has anything to say to a breaker: nearly always not."""
    return connection.execute(select(breakers.c.target).where(_troubled(claim))).first() is not None


def close(transaction: Transaction, target: str, account: str | None, actor: str) -> list[Breaker]:
    """Close the open breakers of a target, or of one account in it; returns them."""
    this = breakers.c.target == target
    if account is not None:
        this = and_(this, breakers.c.account == account)
    closed = [each for each in _read(transaction.connection, this, lock=True) if each.is_open]
    for each in closed:
        _close(transaction, each)
        _tell_closed(transaction, each, actor)
    return closed


def close_if_changed(transaction: Transaction, target: str, account: str, credential: str) -> list[Breaker]:
    """Close an account's breaker when its name or password is not what the target refused."""
    query = select(breakers.c.credential).where(
        breakers.c.target == target, breakers.c.account == account, breakers.c.opened_at.is_not(None)
    )
    refused = transaction.connection.execute(query).scalar_one_or_none()
    return close(transaction, target, account, "settings") if refused not in (None, credential) else []


def seen(connection: Connection) -> list[Breaker]:
    """Every breaker that ever met trouble, by target and account."""
    return _read(connection, true())


def _read(connection: Connection, these: ColumnElement[bool], *, lock: bool = False) -> list[Breaker]:
    """The breakers that meet a condition, by target and account."""
    query = select(*_COLUMNS).where(these).order_by(*_KEY)
    unreadable: list[Breaker] = []
    found = readable(
        connection,
        query.with_for_update() if lock else query,
        _KEY,
        lambda row: Breaker(**row._asdict()),
        lambda key: unreadable.append(_unknown(*map(str, key))),
    )
    return sorted([*found, *unreadable], key=lambda each: (each.target, each.account))


def _unknown(target: str, account: str) -> Breaker:
    message = f"its row in the database cannot be read. Run rpa audit verify, then rpa targets retry {target}"
    return Breaker(target, account, Reason.UNEXPECTED, message, 0, None, None, readable=False)


def _concerns(accounts: Mapping[str, str]) -> ColumnElement[bool]:
    each = (
        and_(breakers.c.target == target, breakers.c.account.in_(("", account)))
        for target, account in accounts.items()
    )
    return or_(False, *each)


def _met_by(claim: Claim) -> ColumnElement[bool]:
    """The breakers that a claim's job probes: only keying shows whether a screen is what it was."""
    concerns = _concerns({claim.target: claim.account})
    return (
        concerns if claim.kind in KINDS_THAT_SAVE else and_(concerns, breakers.c.reason.not_in(_KEYING_ONLY))
    )


def _troubled(claim: Claim) -> ColumnElement[bool]:
    counting = and_(breakers.c.opened_at.is_(None), breakers.c.faults > 0)
    return and_(_met_by(claim), or_(counting, breakers.c.opened_at < claim.claimed_at))


def _close(transaction: Transaction, each: Breaker) -> None:
    """Who met the trouble is kept: one that fails again while others succeed is at fault itself. A row that
    cannot be read is written anew."""
    closed = {"opened_at": None, "probe_at": None, "faults": 0, "probes": 0, "credential": None}
    anew = {} if each.readable else {"reason": each.reason, "message": "", "met_by": None}
    this = update(breakers).where(breakers.c.target == each.target, breakers.c.account == each.account)
    transaction.connection.execute(this.values(**closed, **anew))


def _tell_closed(transaction: Transaction, row: Breaker, actor: str) -> None:
    details = {"reason": str(row.reason), "account": row.account}
    subject = f"target:{row.target}"
    append(transaction, actor=actor, action="breaker closed", subject=subject, details=details)


def _remembered(row: Breaker) -> list[str]:
    return row.met_by.split("\n") if row.met_by else []


def _again(trouble: Trouble, row: Breaker) -> bool:
    return trouble.met_by in _remembered(row) and not trouble.blameless


def _with(trouble: Trouble, row: Breaker) -> str:
    """Who has met the trouble: of the accounts only the last, since they stay; of the reports the latest."""
    if trouble.reason in _OF_ACCOUNTS:
        return trouble.met_by
    others = [name for name in _remembered(row) if name != trouble.met_by]
    return "\n".join([*others, trouble.met_by][-MOST_REMEMBERED:])


def _said(trouble: Trouble, row: Breaker) -> dict[str, Any]:
    return {
        "reason": trouble.reason,
        "message": trouble.message,
        "met_by": _with(trouble, row),
        "credential": trouble.credential,
    }


def _wait(trouble: Trouble, probes: int) -> float:
    """Seconds from one probe to the next: doubling, and bounded."""
    first = trouble.probe_seconds or 0
    return float(min(first * 2 ** min(probes, 20), max(trouble.probe_longest_seconds, first)))


def _probe_at(transaction: Transaction, trouble: Trouble, probes: int) -> datetime | None:
    if trouble.probe_seconds is None:
        return None
    return transaction.now + timedelta(seconds=_wait(trouble, probes))
