"""What robots learn of a target at once on PostgreSQL: each is counted, told once, and none waits for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from orchestrator.actions import breakers, drift
from orchestrator.states import Reason
from orchestrator.store import Store, Trouble
from orchestrator.store.breakers import close, record_trouble
from orchestrator.store.drift import note
from orchestrator.store.tables import breakers as breakers_table
from tests import acts
from tests.acts import person
from tests.integration.locking_world import CHAIN, Shared, told
from tests.integration.store_world import LEASE_SECONDS, START

MET = select(breakers_table).with_for_update()  # the lock of whoever has met a trouble


def trouble(met_by: str, account: str = "", limit: int = 1) -> Trouble:
    """The target does not answer."""
    of = {"target": "chs", "account": account, "met_by": met_by}
    return Trouble(
        **of, reason=Reason.TARGET_AWAY, message="away", claimed_at=START, limit=limit, probe_seconds=1
    )


def paused(shared: Shared, *accounts: str) -> None:
    """A target that was away for these accounts (none: for all), and is to be probed by now."""
    for account in accounts:
        assert breakers.record_trouble(shared.store, trouble("x", account)).new
    shared.receive()
    shared.clock.turn(5)


@pytest.mark.parametrize("account", ["chs-robot1", "chs-robot2"], ids=["its own", "another's"])
def test_breakers_that_close_beside_one_that_is_met(shared: Shared, account: str) -> None:
    """A job that ends well locks every breaker that it closes before the first stands in the trail."""
    paused(shared, "", account)
    claim = shared.claimed()
    theirs = MET.where(breakers_table.c.account == account)
    with shared.beside(lambda store: breakers.record_success(store, claim), theirs) as transaction:
        told(transaction, claim.reference)
    assert [each.opened_at for each in shared.store.breakers()] == [None, None]


def test_a_breaker_that_two_close_at_once(shared: Shared) -> None:
    """Of two people who have a target tried again, one closes its breaker, and the trail says so once."""
    paused(shared, "")
    closed: list[int] = []

    def retry(store: Store) -> None:
        closed.append(len(breakers.retry(store, person("user:sam"), "chs", None)))

    with shared.beside(retry, MET) as transaction:
        assert len(close(transaction, "chs", None, "user:kim")) == 1
    assert closed == [0]


def test_a_probe_beside_one_that_is_met(shared: Shared) -> None:
    """A robot that probes a target locks the breaker before its claim stands in the trail."""
    paused(shared, "")

    def probe(store: Store) -> None:
        assert acts.claim(store, "robot1", {"chs": "chs-robot1"}, LEASE_SECONDS) is not None

    with shared.beside(probe, MET) as transaction:
        told(transaction, "target:chs")


@pytest.mark.parametrize("known", [True, False], ids=["again", "for the first time"])
def test_a_trouble_that_two_meet_at_once(shared: Shared, known: bool) -> None:
    """Each of two robots is counted, and the second opens the breaker, whether the target had trouble before or
    not."""
    row = {
        "target": "chs",
        "account": "",
        "reason": Reason.TARGET_AWAY,
        "message": "",
        "faults": 0,
        "probes": 0,
    }
    first = insert(breakers_table).values(**row).returning(breakers_table.c.target)
    if known:
        with shared.engine.begin() as connection:
            connection.execute(first)
    opened: list[bool] = []

    def meet(store: Store) -> None:
        opened.append(breakers.record_trouble(store, trouble("second", limit=2)).new)

    with shared.beside(meet, MET if known else first) as transaction:
        assert not record_trouble(transaction, trouble("first", limit=2)).new
    assert opened == [True]


def test_a_change_that_two_notice_at_once(shared: Shared) -> None:
    """Of two robots that meet a changed control, one says so in the trail, and both are counted."""
    new: list[bool] = []

    def notice(store: Store) -> None:
        new.append(drift.note_change(store, "chs", "control", "Incident / Category"))

    with shared.beside(notice, select(CHAIN)) as transaction:
        assert note(transaction, "chs", "control", "Incident / Category")
    assert new == [False]
    assert [each.count for each in shared.store.drift()] == [2]
