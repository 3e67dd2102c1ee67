"""A target of another style, keyed by a profile and a mapping of its own with the code that keys the first."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from rpa.browser.launch import Browser
from rpa.checks import check
from rpa.errors import SubmissionUncertain
from rpa.robot import Robot
from rpa.targets.finding import InTarget, NotInTarget
from tests.integration.practice_chs_visitor import RunningChs
from tests.ledger import Holding, expected
from tests.worlds import ROOT, Case, Done, all_forms, definitions, key, robot, sample

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAPPINGS = ROOT / "tests" / "second_target" / "mappings"
TICKETS = definitions(MAPPINGS / "tickets")
READY = re.compile(r"ticket desk ready on (http://127\.0\.0\.1:[0-9]+)\n")
ACCOUNT = ("robot1@example.com", "desk-1")


@dataclass(frozen=True)
class TicketDesk:
    """A ticket desk in a process of its own."""

    base: str

    def tickets(self, source_reference: str) -> list[dict[str, Any]]:
        """Its ledger's tickets of one of our references."""
        tickets = httpx.get(f"{self.base}/practice/ledger").json()
        return [one for one in tickets if one["fields"]["External reference"] == source_reference]

    def forget_sessions(self) -> None:
        """Sign everybody out."""
        httpx.post(f"{self.base}/practice/forget")


@pytest.fixture(scope="module")
def desk() -> Iterator[TicketDesk]:
    """The ticket desk as a process, from its ready line to its end."""
    command = [sys.executable, "-m", "tests.second_target", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            ready = READY.fullmatch(process.stdout.readline())
            assert ready
            yield TicketDesk(ready[1])
        finally:
            process.terminate()
            process.wait(10)


def ticket_robot(browser: Browser, desk: TicketDesk, seconds: float = 15) -> Robot:
    """A robot with an account of the ticket desk."""
    return robot(browser, TICKETS.target(desk.base, seconds), *ACCOUNT)


def assert_ledger_equals_plan(desk: TicketDesk, done: Done) -> None:
    """The desk holds one ticket for the report, with every planned value and no other."""
    (ticket,) = desk.tickets(done.keyed.plan.reference)
    given = {name: value for name, value in ticket["fields"].items() if value not in ("", [])}
    rows = {"Comments": ticket["comments"]} if ticket["comments"] else {}
    wanted = expected(done.keyed.plan, TICKETS.profile, done.keyed.held, date_format="%Y-%m-%d")
    assert Holding({"New ticket": given}, rows) == wanted
    assert ticket["reference"] == done.reference
    assert done.reading.mismatches == ()
    assert done.reading.verified == done.keyed.plan.size


async def test_definitions_have_no_fault() -> None:
    """The ticket desk's profile and mapping stand up to the same proof as the shipped ones."""
    assert check(all_forms(), MAPPINGS) == []


@pytest.mark.parametrize(
    "name",
    [
        "01-bicycle-theft.json",
        "03-witness-to-assault.json",
        "05-shop-theft.json",
        "11-described-suspect.json",
        "13-long-story.json",
        "14-new-question.json",
        "17-irregular-values.json",
    ],
)
async def test_ledger_equals_plan(name: str, browser: Browser, desk: TicketDesk) -> None:
    """The ledger of the ticket desk holds exactly the plan, the ticket's page shows it, and a look finds it."""
    reported = sample(name, TICKETS)
    one = ticket_robot(browser, desk)
    assert await one.find_record(reported.report.reference) == NotInTarget()
    done = await key(one, reported)
    assert await one.find_record(reported.report.reference) == InTarget((done.reference,))
    await one.close()
    assert done.keyed.changes == ()
    assert_ledger_equals_plan(desk, done)


async def test_every_answer_is_accounted_for() -> None:
    """The same report has an end for every answer on either target (P4)."""
    reported = sample("10-known-suspect.json")
    for one in (reported, reported.on(TICKETS)):
        ends = [end.pointer for end in one.plan().dispositions]
        assert sorted(ends) == sorted(answer.pointer for answer in one.report.answers)


async def test_ended_session_signs_in_again(browser: Browser, desk: TicketDesk) -> None:
    """A session that the desk has forgotten is signed in again, in both steps."""
    one = ticket_robot(browser, desk)
    await one.find_record("CR-NOTHING")
    desk.forget_sessions()
    assert_ledger_equals_plan(desk, await key(one, sample("08-bank-card.json", TICKETS)))
    await one.close()


async def test_refusal_after_save_is_uncertain(browser: Browser, desk: TicketDesk) -> None:
    """What the desk says against a ticket after the press is no clear answer: nobody presses twice."""
    given = TICKETS.profile.model_dump(by_alias=True)
    given["screen"][0]["controls"].pop("Priority")
    lenient = type(TICKETS.profile).model_validate(given)
    mapped = TICKETS.mapping.model_dump(by_alias=True)
    mapped["mapping"]["screen"]["New ticket"].pop("Priority")
    without = type(TICKETS)("tickets", lenient, type(TICKETS.mapping).model_validate(mapped))
    reported = sample("09-identifiable-item.json", without)
    one = robot(browser, without.target(desk.base, 5), *ACCOUNT)
    with pytest.raises(SubmissionUncertain, match="refused"):
        await key(one, reported)
    assert await one.find_record(reported.report.reference) == NotInTarget()
    await one.close()


async def test_two_targets_side_by_side(browser: Browser, desk: TicketDesk, practice: RunningChs) -> None:
    """One browser keys the same report into both targets at once, and neither disturbs the other."""
    reported: Case = sample("07-phone-snatch.json")
    tickets = ticket_robot(browser, desk)
    chs = robot(browser, definitions().target(practice.base))
    ticket, record = await asyncio.gather(key(tickets, reported.on(TICKETS)), key(chs, reported))
    await asyncio.gather(tickets.close(), chs.close())
    assert_ledger_equals_plan(desk, ticket)
    assert record.reading.mismatches == ()
    assert len(practice.records(reported.report.reference)) == 1
