"""The circuit breakers of single accounts: which trouble is one account's, and which its target's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.actions import breakers
from orchestrator.jobs.settle import settle_failure
from orchestrator.states import Reason, State
from rpa.browser.launch import Browser
from rpa.errors import SignInRefused, TargetAway
from tests import acts
from tests.integration.test_breaker import AWAY, PROBE, attempts, fail, succeed
from tests.integration.test_worker_settling import Desk

DOWN = TargetAway("the target answers 503", for_all=True)
REFUSED = SignInRefused("sign-in: the target refuses the account")


@pytest.fixture
def desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """A desk with five reports that are ready."""
    desk = Desk(tmp_path, browser)
    for number in range(2, 6):
        desk.world.receive(number)
    yield desk
    desk.world.assert_trail_holds()
    desk.world.engine.dispose()


async def test_one_account_that_does_not_get_in_stops_only_itself(desk: Desk) -> None:
    """Where the other accounts get in, the one that does not is paused for a while, and the target is not."""
    await fail(desk, AWAY, "robot1")
    desk.world.clock.turn(PROBE)
    await succeed(desk, "robot2")
    await fail(desk, AWAY, "robot1")
    assert desk.world.claim("robot1") is None
    await succeed(desk, "robot2")
    desk.world.clock.turn(PROBE)
    await succeed(desk, "robot1")
    assert [each.opened_at for each in desk.world.store.breakers()] == [None, None]


async def test_a_target_that_is_down_is_no_accounts_fault(desk: Desk) -> None:
    """An address that cannot be opened stands for all accounts, also where the one that meets it met it before."""
    await fail(desk, DOWN, "robot1")
    acts.close_breaker(desk.world.store, "chs", None, "user:admin")
    desk.world.clock.turn(400)
    await fail(desk, DOWN, "robot1")
    assert [(each.account, each.opened_at is None) for each in desk.world.store.breakers()] == [("", False)]


async def test_a_target_that_is_back_is_back_for_its_accounts(desk: Desk) -> None:
    """When the target's breaker closes, so do those that opened for the same reason; a refused account stays."""
    await fail(desk, AWAY, "robot1")
    desk.world.clock.turn(PROBE)
    await succeed(desk, "robot2")
    await fail(desk, AWAY, "robot1")
    desk.world.clock.turn(PROBE)
    await fail(desk, AWAY, "robot1")  # its probe: the next is due later than the target's
    await fail(desk, REFUSED, "robot3")
    await fail(desk, DOWN, "robot2")
    desk.world.clock.turn(PROBE)
    assert desk.world.claim("robot1") is None
    await succeed(desk, "robot2")
    assert desk.world.claim("robot3") is None
    assert desk.world.claim("robot1") is not None
    assert desk.world.actions().count("breaker closed") == 3


async def test_a_refused_account_is_paused(desk: Desk) -> None:
    """The account is not tried again, however long; other accounts go on, with the same report first."""
    claim = await fail(desk, REFUSED, "robot1")
    assert desk.world.state(claim.reference) == (State.READY, Reason.SIGN_IN_REFUSED)
    assert attempts(desk, claim) == 0
    desk.world.clock.turn(100_000)
    assert desk.world.claim("robot1") is None
    assert (await succeed(desk, "robot2")).reference == claim.reference
    assert desk.world.claim("robot1") is None


async def test_a_changed_account_is_tried_again(desk: Desk) -> None:
    """An account whose entry is the one that was refused stays paused at every start; a changed one does not."""
    store = desk.world.store
    refused = store.credential("chs", "chs-robot1", "wrong")
    context = desk.office_with({("chs", "chs-robot1"): refused})
    await settle_failure(context, desk.world.claimed("robot1"), REFUSED)
    assert breakers.close_if_changed(store, "chs", "chs-robot1", refused) == []
    assert desk.world.claim("robot1") is None
    changed = store.credential("chs", "chs-robot1", "right")
    assert [each.account for each in breakers.close_if_changed(store, "chs", "chs-robot1", changed)] == [
        "chs-robot1"
    ]
    assert desk.world.claim("robot1") is not None


async def test_an_administrator_has_it_tried_again(desk: Desk) -> None:
    """Closing it by hand lets the account, or the whole target, work again, and stands in the trail by name."""
    await fail(desk, REFUSED, "robot1")
    await fail(desk, AWAY, "robot2")
    assert [
        each.account for each in acts.close_breaker(desk.world.store, "chs", "chs-robot1", "user:admin")
    ] == ["chs-robot1"]
    assert desk.world.claim("robot1") is None
    assert len(acts.close_breaker(desk.world.store, "chs", None, "user:admin")) == 1
    assert desk.world.claim("robot1") is not None
    closed = [row["actor"] for row in desk.world.store.entries() if row["action"] == "breaker closed"]
    assert closed == ["user:admin", "user:admin"]
