"""A saved record of the practice CHS is changed: its pages show what it holds, and its ledger keeps who did it."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.practice_chs_page import Page
from tests.integration.practice_chs_visitor import RunningChs, Visitor

pytest_plugins = ["tests.integration.practice_chs_fixtures"]

NOTE = {"Entry type": "Note", "Entry": "First"}
DECISION = {"Outcome code": "Crime", "Rationale": "Enough to go on"}


def to_changes(visitor: Visitor, reference: str) -> Page:
    """The review of changes to a record: an occupation, a second note and a decision."""
    page = visitor.open(visitor.open(f"/records/{reference}").link("Amend record"))
    assert page.root.one("strong", class_="amends").text() == reference
    page = visitor.save_screen(visitor.open(page.link("Person reporting")), {"Occupation": "Joiner"})
    page = visitor.save_screen(
        visitor.open(page.link("Log")), {}, [{"Entry type": "Note", "Entry": "Second"}]
    )
    page = visitor.save_screen(visitor.open(page.link("Decision")), DECISION)
    assert page.heading == "Review changes"
    return page


def saved(visitor: Visitor) -> str:
    """A record that has something on most kinds of screen."""
    person = {"Surname": "Sample", "Occupation": "Baker"}
    return visitor.save({"Person reporting": person, "Incident": {"Weapons": ["Bat"]}}, Log=[NOTE])


def test_a_record_is_amended(chs: RunningChs, visitor: Visitor) -> None:
    """Its pages show what is saved, rows included; changes are saved over it, and who made them when is kept."""
    reference = saved(visitor)
    (before,) = chs.records()
    assert (before["amendments"], before["amendment_requests"]) == ([], 0)
    page = visitor.press(to_changes(visitor, reference))
    assert page.heading == "Changes saved"
    assert reference in page.root.one("main").text()
    (after,) = chs.records()
    (amendment,) = after["amendments"]
    assert (amendment["account"], after["amendment_requests"]) == ("robot01", 1)
    assert after["saved_at"] == before["saved_at"] <= amendment["amended_at"]
    assert after["rows"]["Log entries"] == [NOTE, {"Entry type": "Note", "Entry": "Second"}]
    assert after["fields"]["Decision"] == DECISION
    changed = {**before["fields"]["Person reporting"], "Occupation": "Joiner"}
    assert after["fields"] == {**before["fields"], "Person reporting": changed, "Decision": DECISION}
    shown = visitor.open(f"/records/{reference}").root.one("main").text()
    assert f"Amended at {amendment['amended_at']} by robot01" in shown
    assert "Enough to go on" in shown


def test_changes_posted_twice_are_two_amendments(chs: RunningChs, visitor: Visitor) -> None:
    """As with a new record, nothing stops the same changes from being saved again; the ledger counts both."""
    review = to_changes(visitor, saved(visitor))
    visitor.press(review)
    visitor.press(review)
    (record,) = chs.records()
    assert (len(record["amendments"]), record["amendment_requests"]) == (2, 2)


def test_a_new_record_has_no_decision(chs: RunningChs, visitor: Visitor) -> None:
    """The screens of an amendment are not in the way of a new record, nor reached from one."""
    page = visitor.open("/record/contact-and-origin")
    assert "Decision" not in page.root.one("nav").text()
    ticket = page.link("Review").partition("?")[2]
    assert visitor.open(f"/record/decision?{ticket}").answer.status_code == 409
    assert visitor.open("/records/CHS-2026-9999999/amend").answer.status_code == 404
    assert chs.records() == []


FAULTS = {
    "reply-lost": 1,
    "save-refused-connection": 0,
    "saved-to-sign-in": 0,
    "slow-save": 1,
    "late-response": 1,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_faults_of_a_save_apply_to_an_amendment(fault: str, chs: RunningChs, visitor: Visitor) -> None:
    """A save that is slow, is not made or gets no response is so for changes too; each request is counted."""
    review = to_changes(visitor, saved(visitor))
    chs.queue(
        fault,
        screen="Review changes",
        **({"seconds": 0.1} if fault in ("slow-save", "late-response") else {}),
    )
    try:
        page = visitor.press(review)
    except httpx.TransportError:
        assert fault in ("reply-lost", "save-refused-connection")
    else:
        assert page.heading == ("Sign in" if fault == "saved-to-sign-in" else "Changes saved")
    (record,) = chs.records()
    assert (len(record["amendments"]), record["amendment_requests"]) == (FAULTS[fault], 1)
