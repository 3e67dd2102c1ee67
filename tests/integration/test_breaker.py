"""The circuit breaker: what opens it, whom it stops, who probes it, what closes it, and what it costs a report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from errno import ENOSPC
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from orchestrator.actions import recovery, work
from orchestrator.jobs.settle import settle_failure, settle_success
from orchestrator.originals import OriginalAltered
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim, Store, open_engine
from rpa.browser.launch import Browser
from rpa.errors import (
    BrowserGone,
    Cause,
    DefinitionError,
    ReportError,
    SubmissionUncertain,
    TargetAway,
    TargetChanged,
    TargetError,
)
from tests import acts
from tests.integration.store_world import KEY
from tests.integration.test_worker_settling import Desk

AWAY = TargetAway("sign-in: the target shows its maintenance page")
GONE = TargetChanged("Incident", "Category", "no such control on the page", Cause.GONE)
FAULT = TargetError("the target answers 500")
PROBE = 10  # seconds until a target that is paused is tried again, as the settings have it


@pytest.fixture
def desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """A desk with five reports that are ready."""
    desk = Desk(tmp_path, browser)
    for number in range(2, 6):
        desk.world.receive(number)
    yield desk
    desk.world.assert_trail_holds()
    desk.world.engine.dispose()


def attempts(desk: Desk, claim: Claim) -> int:
    """The attempts counted for a report."""
    stored = desk.world.store.report(claim.reference)
    assert stored is not None
    return stored.attempts


async def fail(desk: Desk, error: Exception, robot: str = "robot1") -> Claim:
    """The next report's robot meets an error."""
    claim = desk.world.claimed(robot)
    await settle_failure(desk.context, claim, error)
    return claim


async def succeed(desk: Desk, robot: str = "robot1") -> Claim:
    """The next report is keyed, saved and read back."""
    claim = desk.world.claimed(robot)
    desk.world.finish(claim)
    await settle_success(desk.context, claim)
    return claim


@pytest.mark.parametrize("error", [AWAY, GONE], ids=["away", "a required control gone"])
async def test_it_opens_for_all_and_says_why_once(desk: Desk, error: TargetError) -> None:
    """One report meets it, no robot of any worker keys another; it is told once, and nobody's attempt is burnt."""
    first, second = desk.world.claimed("robot1"), desk.world.claimed("robot2")
    await settle_failure(desk.context, first, error)
    await settle_failure(desk.context, second, error)
    other_worker = Store(open_engine(desk.world.url), desk.world.clock, KEY)
    assert acts.claim(other_worker, "robot9", {"chs": "chs-robot9"}, 120) is None
    assert desk.world.actions().count("breaker opened") == 1
    for claim in (first, second):
        assert desk.world.state(claim.reference)[0] is State.READY
        assert attempts(desk, claim) == 0


async def test_a_report_names_the_control_and_what_was_seen(desk: Desk) -> None:
    """The report that was blocked by a control says which, and what was there instead."""
    claim = await fail(desk, GONE)
    stored = desk.world.store.report(claim.reference)
    assert stored is not None
    assert stored.message == "Incident / Category: no such control on the page"
    assert desk.world.state(claim.reference) == (State.READY, Reason.BLOCKED)


async def test_one_robot_probes_and_closes_it(desk: Desk) -> None:
    """After a while one robot tries with another report, and no second one beside it; it goes well, all go on."""
    blocked = await fail(desk, AWAY)
    desk.world.clock.turn(PROBE - 1)
    assert desk.world.claim() is None
    desk.world.clock.turn(1)
    probe = desk.world.claimed("robot1")
    assert probe.reference != blocked.reference
    assert desk.world.claim("robot2") is None
    desk.world.finish(probe)
    await settle_success(desk.context, probe)
    assert desk.world.claim("robot2") is not None
    assert desk.world.actions().count("breaker closed") == 1


@pytest.mark.parametrize("error", [AWAY, GONE], ids=["away", "a required control gone"])
async def test_probes_that_fail_wait_longer(desk: Desk, error: TargetError) -> None:
    """Each probe that fails doubles the wait; each is another report, so none burns an attempt, and why is still
    said once."""
    await fail(desk, error)
    for wait in (PROBE, 2 * PROBE, 4 * PROBE):
        desk.world.clock.turn(wait - 1)
        assert desk.world.claim() is None
        desk.world.clock.turn(1)
        assert attempts(desk, await fail(desk, error)) == 0
    assert desk.world.actions().count("breaker opened") == 1


async def test_a_job_from_before_closes_nothing(desk: Desk) -> None:
    """A job that began before the breaker opened says nothing about the target of now, when it ends well."""
    before = desk.world.claimed("robot2")
    desk.world.clock.turn(1)
    await fail(desk, AWAY)
    desk.world.finish(before)
    await settle_success(desk.context, before)
    assert desk.world.claim() is None


async def test_repeated_faults_open_it(desk: Desk) -> None:
    """Five reports in a row meet a fault: the target is paused; the last of them loses no attempt by it."""
    claims = [await fail(desk, FAULT) for _ in range(5)]
    assert [attempts(desk, claim) for claim in claims] == [1, 1, 1, 1, 0]
    desk.world.clock.turn(PROBE - 1)
    assert desk.world.claim() is None


async def test_saves_that_are_not_answered_open_it(desk: Desk) -> None:
    """Five saves in a row whose answer is not known are the target's fault, too: it is paused."""
    for claim in [desk.world.claimed() for _ in range(5)]:
        desk.world.press(claim)
        await settle_failure(desk.context, claim, SubmissionUncertain("no answer"))
    assert desk.world.actions().count("breaker opened") == 1


OUR_OWN = [
    OSError(ENOSPC, "no space left"),
    OriginalAltered("the original is not what was received"),
    OperationalError("select", {}, Exception("the database is locked")),
    ValueError("nobody foresaw this"),
    ReportError("no such option"),
    DefinitionError(),
]


@pytest.mark.parametrize("error", OUR_OWN, ids=lambda error: type(error).__name__)
async def test_what_is_our_own_says_nothing_of_the_target(desk: Desk, error: Exception) -> None:
    """A full disk, an altered original, a database that fails or an error of ours opens no target's breaker."""
    for _ in range(5):
        await fail(desk, error)
    assert desk.world.store.breakers() == []


async def test_a_job_that_goes_well_ends_the_row(desk: Desk) -> None:
    """Faults count only in a row, and one report that meets them again and again is counted once."""
    for _ in range(3):
        await fail(desk, FAULT)
    await succeed(desk)
    assert [each.faults for each in desk.world.store.breakers()] == [0]
    last = await fail(desk, FAULT)
    desk.world.clock.turn(400)
    again = desk.world.claimed()
    while again.reference != last.reference:
        again = desk.world.claimed()
    await settle_failure(desk.context, again, FAULT)
    assert [(each.faults, each.opened_at) for each in desk.world.store.breakers()] == [(1, None)]


async def test_a_report_of_its_own_kind_stops_only_itself(desk: Desk) -> None:
    """Where others can be keyed, the report that met the changed control is to blame: its attempts are counted, a
    person gets it, and the target stays open for all others."""
    peculiar = await fail(desk, GONE)
    desk.world.clock.turn(PROBE)
    await succeed(desk)
    for _ in range(2):  # the attempts that the settings give
        desk.world.clock.turn(400)
        claim = desk.world.claimed()
        assert claim.reference == peculiar.reference
        await settle_failure(desk.context, claim, GONE)
        assert [each.opened_at for each in desk.world.store.breakers()] == [None]
    assert desk.world.state(peculiar.reference) == (State.ATTENTION, Reason.ATTEMPTS_USED_UP)
    assert desk.world.actions().count("breaker opened") == 1


@pytest.mark.parametrize(("error", "number"), [(GONE, 2), (FAULT, 5)], ids=["a control gone", "a fault"])
async def test_a_few_bad_reports_stop_no_other(desk: Desk, error: Exception, number: int) -> None:
    """Reports that meet the trouble every time open the breaker, and no more than delay the healthy ones: a report
    that has not met it is the probe, and the bad ones reach a person."""
    for other in range(6, 14):
        desk.world.receive(other)
    bad: set[str] = set()
    healthy = 0
    until = desk.world.clock() + timedelta(hours=3)
    while desk.world.clock() < until:
        claim = desk.world.claim()
        if claim is None:
            desk.world.clock.turn(20)
            continue
        if len(bad) < number:
            bad.add(claim.reference)
        if claim.reference in bad:
            await settle_failure(desk.context, claim, error)
        else:
            desk.world.finish(claim)
            await settle_success(desk.context, claim)
            healthy += 1
    assert healthy == 13 - number
    assert {desk.world.state(each)[0] for each in bad} == {State.ATTENTION}


async def test_bad_reports_alone_reach_a_person(desk: Desk) -> None:
    """Where every report has met the trouble, a probe that fails counts, so that none waits for ever."""
    met: set[str] = set()
    until = desk.world.clock() + timedelta(hours=3)
    while desk.world.clock() < until:
        claim = desk.world.claim()
        if claim is None:
            desk.world.clock.turn(60)
        else:
            met.add(claim.reference)
            await settle_failure(desk.context, claim, GONE)
    assert len(met) == 5
    assert {desk.world.state(each) for each in met} == {(State.ATTENTION, Reason.ATTEMPTS_USED_UP)}


async def test_bad_reports_in_turns_reach_a_person(desk: Desk) -> None:
    """While healthy reports keep coming, two bad ones that come in turns are each remembered, counted, and handed
    to a person: they do not open the breaker for each other for ever."""
    bad: set[str] = set()
    for number in range(6, 30):
        desk.world.receive(number)
        desk.world.clock.turn(20)
        claim = desk.world.claimed()
        if len(bad) < 2 and number % 2 == 0:
            bad.add(claim.reference)
        if claim.reference in bad:
            await settle_failure(desk.context, claim, GONE)
        else:
            desk.world.finish(claim)
            await settle_success(desk.context, claim)
    assert {desk.world.state(each)[0] for each in bad} == {State.ATTENTION}
    assert desk.world.actions().count("breaker opened") == 2


async def test_a_changed_screen_stops_keying_only(desk: Desk) -> None:
    """While a control is gone nothing is keyed; what may have been saved is looked for, which closes nothing."""
    pressed = desk.world.claimed()
    desk.world.press(pressed)
    desk.world.clock.turn(200)
    recovery.expire(desk.world.store, 2)
    changed = desk.world.claimed("robot2")  # due first: the uncertain one
    assert changed.kind is JobKind.LOOK_UP
    keyed = desk.world.claimed("robot1")
    await settle_failure(desk.context, keyed, GONE)
    work.postpone(desk.world.store, changed, 1, Reason.NOT_FOUND)
    desk.world.clock.turn(2)
    look = desk.world.claimed()
    assert look.kind is JobKind.LOOK_UP
    await settle_success(desk.context, look)
    assert desk.world.claim() is None


async def test_a_browser_that_died_is_nobodys_fault(desk: Desk) -> None:
    """The browser's end counts neither against the report nor against the target."""
    claim = await fail(desk, BrowserGone("the browser does not answer"))
    assert (desk.world.state(claim.reference), attempts(desk, claim)) == (
        (State.READY, Reason.BROWSER_GONE),
        0,
    )
    assert desk.world.store.breakers() == []
