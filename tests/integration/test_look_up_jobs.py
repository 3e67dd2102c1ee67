"""What becomes of a report that is looked for: by what the target shows, and by when it was asked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.actions import reconciling, recovery, work
from orchestrator.jobs.look_up import is_settled
from orchestrator.jobs.save_journal import SAVE_WITHIN, StoredSaveJournal
from orchestrator.jobs.tasks import do
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim, ClaimLost
from rpa.browser.clock import now
from rpa.browser.launch import Browser
from rpa.errors import TargetError
from rpa.plan import Plan
from rpa.robot import FilledRecord
from tests import acts
from tests.integration.looking_world import HORIZON, NOTHING, UNCLEAR, WAITING, Search, shows
from tests.integration.pages import Pages
from tests.integration.store_world import LEASE_SECONDS, START
from tests.system_world import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def search(tmp_path: Path, browser: Browser, pages: Pages) -> AsyncIterator[Search]:
    """One report and a robot that can look for it."""
    search = Search(tmp_path, browser, pages)
    yield search
    await search.robot.close()
    search.world.assert_trail_holds()
    search.world.engine.dispose()


async def test_found_before_the_horizon_is_looked_for_once_more(search: Search) -> None:
    """A report found while save may still arrive is believed, and looked for once more after the horizon."""
    search.uncertain()
    pressed = search.world.clock()
    await search.look(shows("REC-0001"))
    assert search.state == (State.REVIEW, Reason.UNREAD)  # there is no plan to read it by
    assert search.reconciled_at == pressed + timedelta(seconds=HORIZON)
    search.world.clock.turn(HORIZON)
    again = search.world.claimed()
    assert again.kind is JobKind.RECONCILE
    await do(search.context, search.robot, again)
    assert search.state == (State.REVIEW, Reason.UNREAD)
    assert search.reconciled_at is None


SECOND_LOOKS = {
    "twice": (shows("REC-0001", "REC-0002"), Reason.FOUND_SEVERAL, "REC-0001, REC-0002"),
    "not any more": (NOTHING, Reason.NOT_FOUND, "Looked up under REC-0001: the target does not show it."),
    "under another": (
        shows("REC-0002"),
        Reason.NOT_FOUND,
        "under REC-0001: the target holds it under REC-0002.",
    ),
}


@pytest.mark.parametrize("which", SECOND_LOOKS)
async def test_what_is_not_found_once_more_goes_to_a_person(which: str, search: Search) -> None:
    """A report that is there twice after all, or not any more, or under another reference, needs a person."""
    page, reason, said = SECOND_LOOKS[which]
    search.uncertain()
    await search.look(shows("REC-0001"))
    search.world.clock.turn(HORIZON)
    await search.look(page)
    assert search.state == (State.ATTENTION, reason)
    assert said in (search.stored.message or "")
    assert search.world.claim() is None


async def test_reconciling_that_cannot_tell(search: Search) -> None:
    """Reconciling without a clear answer is tried again with growing waits, and in the end by a person."""
    search.uncertain()
    await search.look(shows("REC-0001"))
    search.world.clock.turn(HORIZON)
    for _ in range(search.context.settings.operations.reconcile_tries):
        assert search.state[0] is State.REVIEW
        await search.look(UNCLEAR)
        assert search.world.claim() is None
        search.world.clock.turn(400)
    assert search.state == (State.ATTENTION, Reason.CANNOT_TELL)


def _saved(search: Search) -> None:
    """A report in review whose reference was seen as it was saved, to be looked up this night."""
    claim = search.pressed()
    work.saved(search.world.store, claim, "REC-0001", search.world.clock() + timedelta(seconds=HORIZON))
    work.unread(search.world.store, claim)


async def test_reconciling_starts_when_the_record_has_to_be_shown(search: Search) -> None:
    """A night's look begins for each record when the search of its target has to show it, not before."""
    _saved(search)
    search.world.clock.turn(1)
    horizons = {"chs": timedelta(seconds=HORIZON)}
    assert reconciling.start(search.world.store, START, horizons) == 1
    assert search.world.claim("robot2") is None
    search.world.clock.turn(HORIZON - 1)
    assert search.world.claimed("robot2").kind is JobKind.RECONCILE


@pytest.mark.parametrize("page", [NOTHING, UNCLEAR])
async def test_reconciling_believes_nothing_too_early(page: str, search: Search) -> None:
    """That a record is not there is believed only of a search that began when it had to be shown. Until then the
    report stays in review, and is looked up at that moment."""
    _saved(search)
    search.world.clock.turn(1)
    assert reconciling.start(search.world.store, START, {}) == 1  # as if the commit delay were raised since
    await search.look(page)
    assert search.state == (State.REVIEW, Reason.UNREAD)
    assert search.reconciled_at == START + timedelta(seconds=HORIZON)
    search.world.clock.turn(HORIZON - 1)
    await search.look(NOTHING)
    assert search.state == (State.ATTENTION, Reason.NOT_FOUND)


async def test_several_records_are_believed_at_once(search: Search) -> None:
    """What a search shows too much of goes to a person, however early it began."""
    _saved(search)
    reconciling.start(search.world.store, START, {})
    await search.look(shows("REC-0001", "REC-0002"))
    assert search.state == (State.ATTENTION, Reason.FOUND_SEVERAL)


async def test_found_after_the_horizon_is_certain(search: Search) -> None:
    """A search that began after the horizon needs no other one later."""
    search.uncertain()
    search.world.clock.turn(HORIZON)
    await search.look(shows("REC-0001"))
    assert (search.state[0], search.reconciled_at) == (State.REVIEW, None)


async def test_found_twice_goes_to_a_person(search: Search) -> None:
    """Two records under our reference are a person's, with the references of both."""
    search.uncertain()
    await search.look(shows("REC-0001", "REC-0002"))
    assert search.state == (State.ATTENTION, Reason.FOUND_SEVERAL)
    assert search.stored.message == "The target holds it 2 times: REC-0001, REC-0002."


async def test_not_there_is_believed_only_after_the_horizon(search: Search) -> None:
    """While save may still arrive the report stays uncertain; after that a person is asked."""
    search.uncertain()
    search.world.clock.turn(HORIZON - 1)
    await search.look(NOTHING)
    assert search.state[0] is State.UNCERTAIN
    search.world.clock.turn(1)
    await search.look(NOTHING)
    assert search.state == (State.ATTENTION, Reason.NOT_FOUND)


async def test_the_clock_is_read_before_the_search(search: Search) -> None:
    """A search that began before the horizon and was answered after it proves nothing: what was saved meanwhile
    may not be in it."""
    search.uncertain()
    search.world.clock.turn(HORIZON - 1)
    looking = asyncio.create_task(search.look(WAITING % NOTHING))
    await asyncio.to_thread(until, lambda: search.pages.gets["/late"], 10)
    search.world.clock.turn(2)
    search.pages.show("now", "/late")
    await looking
    assert search.state[0] is State.UNCERTAIN


async def test_an_unclear_answer_is_not_none_and_not_found(search: Search) -> None:
    """A page that shows somebody else's record is asked again with growing waits, up to a minute; in the end a
    person looks."""
    search.uncertain()
    search.world.clock.turn(HORIZON)
    waits, rests = search.context.settings.operations, []
    for _ in range(6):
        await search.look(UNCLEAR)
        assert search.state[0] is State.UNCERTAIN
        rests.append(search.rests_until - search.world.clock())
        search.world.clock.turn(waits.look_up_longest_seconds)
    assert rests[1] > rests[0]
    assert max(rests) <= timedelta(seconds=waits.look_up_longest_seconds)
    search.world.clock.turn(waits.look_up_seconds)
    await search.look(UNCLEAR)
    assert search.state == (State.ATTENTION, Reason.SAVE_UNANSWERED)
    assert search.stored.message == "row 1 of the search results does not show our reference"


async def test_save_answered_by_the_sign_in_page(search: Search) -> None:
    """A report whose save met the sign-in page, and that is not there after the horizon, is keyed again by itself,
    looked for first; once its attempts are used up a person is asked."""
    search.uncertain(signed_out=True)
    await search.look(NOTHING)
    assert search.state[0] is State.UNCERTAIN
    search.world.clock.turn(HORIZON)
    await search.look(NOTHING)
    assert search.state == (State.READY, Reason.NOT_FOUND)
    again = search.world.claimed()
    assert (again.kind, again.find_first, again.attempts) == (JobKind.KEY, True, 2)
    search.press(again)
    search.world.clock.turn(LEASE_SECONDS)
    recovery.expire(search.world.store, 2)
    search.world.clock.turn(HORIZON)
    await search.look(NOTHING)  # this time nobody was signed out
    assert search.state == (State.ATTENTION, Reason.NOT_FOUND)


async def _ready_again(search: Search) -> Claim:
    search.uncertain(signed_out=True)
    search.world.clock.turn(HORIZON)
    await search.look(NOTHING)
    return search.world.claimed()


async def test_before_it_is_keyed_again_it_is_looked_for(search: Search) -> None:
    """Found, it is saved; found several times, it is a person's; not there, it may be keyed."""
    claim = await _ready_again(search)
    assert not await is_settled(search.context, search.robot, claim)
    search.pages.show(shows("REC-0001", "REC-0002"), "/search")
    assert await is_settled(search.context, search.robot, claim)
    assert search.state == (State.ATTENTION, Reason.FOUND_SEVERAL)


async def test_found_early_before_it_is_keyed(search: Search) -> None:
    """A report of a restored copy, found by a search that began before the horizon and was answered after it, is
    looked for once more: what was saved meanwhile may not have been in it."""
    recovery.mark_for_look_up(search.world.store)
    claim = search.world.claimed()
    search.pages.show(WAITING % shows("REC-0001").replace("/", r"\/"), "/search")
    settling = asyncio.create_task(is_settled(search.context, search.robot, claim))
    await asyncio.to_thread(until, lambda: search.pages.gets["/late"], 10)
    search.world.clock.turn(LEASE_SECONDS - 1)
    work.renew(search.world.store, claim, LEASE_SECONDS)
    search.world.clock.turn(HORIZON - LEASE_SECONDS + 2)
    search.pages.show("now", "/late")
    assert await settling
    assert search.stored.target_reference == "REC-0001"
    assert search.reconciled_at == claim.claimed_at + timedelta(seconds=HORIZON)


async def test_found_before_it_is_keyed_again(search: Search) -> None:
    """A report that is in the target after all is not keyed again."""
    claim = await _ready_again(search)
    search.pages.show(shows("REC-0001"), "/search")
    await do(search.context, search.robot, claim)
    assert (search.state, search.stored.target_reference) == ((State.REVIEW, Reason.UNREAD), "REC-0001")


async def test_an_unclear_answer_before_it_is_keyed_again(search: Search) -> None:
    """Where it is not clear whether it is there, it is not keyed."""
    claim = await _ready_again(search)
    search.pages.show(UNCLEAR, "/search")
    with pytest.raises(TargetError, match="is not clear whether"):
        await is_settled(search.context, search.robot, claim)


async def test_a_reference_that_is_known_is_not_looked_for(search: Search) -> None:
    """A report that a late response gave a reference to is read back, whatever the search shows, never keyed."""
    claim = search.pressed()
    search.world.clock.turn(LEASE_SECONDS)
    recovery.expire(search.world.store, 2)
    search.world.clock.turn(HORIZON)
    await search.look(NOTHING)
    with pytest.raises(ClaimLost):
        await StoredSaveJournal(search.context, claim).after_save("REC-0007")
    assert search.state[0] is State.ATTENTION
    acts.reread(search.world.store, search.reference, State.ATTENTION, search.stored.understood(), "operator")
    await search.look(NOTHING)
    assert (search.state[0], search.stored.target_reference) == (State.REVIEW, "REC-0007")


async def test_a_late_response_is_evidence(search: Search) -> None:
    """A robot that sees the reference after its claim is lost does not keep it to itself: the report is saved."""
    claim = search.pressed()
    search.world.clock.turn(LEASE_SECONDS)
    recovery.expire(search.world.store, 2)
    with pytest.raises(ClaimLost, match="answered after the claim had ended"):
        await StoredSaveJournal(search.context, claim).after_save("REC-0007")
    assert search.state == (State.SUBMITTED, Reason.ANSWERED_LATE)
    assert search.reconciled_at == search.world.clock() + timedelta(seconds=HORIZON)


async def test_the_deadline_is_before_the_end_of_the_lease(search: Search) -> None:
    """The moment until which save may leave is told by a clock that is read before the lease is renewed: however
    much of it was gone, and however long the store takes, the lease outlives that moment."""
    claim = search.world.claimed()
    search.world.clock.turn(LEASE_SECONDS - 1)
    keyed = FilledRecord(Plan(search.reference, "ocr", "chs", (), ()), (), (), b"\x89PNG")
    busy = sqlite3.connect(search.world.folder / "rpa.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(1, busy.close)
    before = now()
    deadline = await StoredSaveJournal(search.context, claim).before_save(keyed)
    assert now() - before > 1
    assert deadline - before < SAVE_WITHIN * LEASE_SECONDS + 0.5
    search.world.clock.turn(deadline - before)
    recovery.expire(search.world.store, 2)
    assert search.state[0] is State.SUBMITTING
