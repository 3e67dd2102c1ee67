"""Who gets where in the practice CHS: sessions, drafts, and pages that refuse their address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from rpa.practice_chs.screens import standard_screens
from tests.integration.practice_chs_page import Page
from tests.integration.practice_chs_visitor import FIRST, LEAST, RunningChs, Visitor

pytest_plugins = ["tests.integration.practice_chs_fixtures"]


def test_each_screen_has_its_name_and_the_source_reference(visitor: Visitor) -> None:
    """The heading is exactly the screen's name and, once given, the source reference stands on every screen."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    links = [node.text() for node in page.root.one("nav", class_="side").all("a")]
    assert links == [screen.title for screen in standard_screens()]
    for title in links:
        page = visitor.open(page.link(title))
        assert page.heading == title
        assert page.root.one("main", id="content").one("strong").text() == "REF-1"


def test_save_and_continue_goes_through_every_screen(visitor: Visitor) -> None:
    """Screen after screen comes in its order, up to the review; Back leads to the one before."""
    page = visitor.open("/record/contact-and-origin")
    titles = [screen.title for screen in standard_screens()]
    for before, title in pairwise(titles):
        page = visitor.save_screen(page, LEAST.get(before))
        assert page.heading == title
    assert visitor.open(page.link("Back")).heading == "Attachments"


def test_a_screen_is_not_reached_by_its_address(visitor: Visitor) -> None:
    """Screens after the first refuse a typed address and a link already used."""
    for screen in standard_screens()[1:]:
        page = visitor.open(f"/record/{screen.slug}")
        assert page.answer.status_code == 409
        assert page.heading == "This page can only be reached from the record"
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    used = page.link("Victim")
    assert visitor.open(used).heading == "Victim"
    assert visitor.open(used).answer.status_code == 409
    assert visitor.open("/record/no-such-screen").answer.status_code == 404


def test_two_drafts_of_one_session_stay_apart(chs: RunningChs, visitor: Visitor) -> None:
    """Two records keyed in two tabs of one session, turn by turn, keep their own values."""
    tabs = {ref: visitor.open("/record/contact-and-origin") for ref in ("TAB-A", "TAB-B")}
    for ref, page in tabs.items():
        tabs[ref] = visitor.save_screen(page, {**FIRST, "Source reference": ref})
    for ref, page in tabs.items():
        tabs[ref] = visitor.save_screen(page, {"Surname": f"Example {ref}"})
    for ref, page in tabs.items():
        done = visitor.save_screen(page, {"Victim is": "The person reporting"})
        done = visitor.open(done.link("Incident"))
        done = visitor.save_screen(done, {"Category": "Crime", "Opening code": "002"})
        visitor.press(visitor.open(done.link("Review")))
        (record,) = chs.records(ref)
        assert record["fields"]["Person reporting"] == {"Surname": f"Example {ref}"}


def test_a_draft_belongs_to_its_session(chs: RunningChs, visitor: Visitor) -> None:
    """Another account can neither open nor post a draft, whatever it knows of it."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    other = Visitor(chs.base)
    home = other.sign_in("robot02")
    assert other.open(page.link("Victim")).answer.status_code == 409
    token = home.root.one("meta", name="chs-token").attrs["content"]
    stolen = {**page.form(), "__CHSTOKEN": [token]}
    assert other.post(page, stolen).answer.status_code == 409
    other.close()


def test_many_accounts_save_at_once(chs: RunningChs) -> None:
    """Eight accounts at the same time save eight records, each its own, with references never given twice."""

    def work(number: int) -> str:
        visitor = Visitor(chs.base)
        visitor.sign_in(f"robot{number:02d}")
        reference = visitor.save({"Contact and origin": {"Source reference": f"REF-{number}"}})
        visitor.close()
        return reference

    with ThreadPoolExecutor(8) as pool:
        references = list(pool.map(work, range(1, 9)))
    assert len(set(references)) == 8
    saved = {record["account"]: record["source_reference"] for record in chs.records()}
    assert saved == {f"robot{number:02d}": f"REF-{number}" for number in range(1, 9)}


def test_without_a_session_every_page_leads_to_sign_in(chs: RunningChs) -> None:
    """Pages redirect with the way back and say that the session has ended; data answers 401."""
    visitor = Visitor(chs.base)
    for path in ("/home", "/record/victim", "/search", "/records/CHS-2026-0000001"):
        page = visitor.open(path)
        assert page.answer.history[0].status_code == 303
        assert page.answer.url.path == "/sign-in"
        assert "Your session has ended. Sign in again." in page.root.one("main").text()
    assert visitor.client.post("/lookup/people", json={}).status_code == 401
    assert visitor.sign_in(next_page="/search").heading == "Search records"
    assert visitor.sign_in(next_page="//elsewhere.example.com").heading == "Home"
    visitor.close()


def test_wrong_credentials_open_nothing(chs: RunningChs) -> None:
    """A wrong password or an unknown account is refused in the same words."""
    visitor = Visitor(chs.base)
    for name, password in (("robot01", "wrong"), ("robot41", "practice-robot41"), ("", "")):
        answer = visitor.client.post("/sign-in", data={"ctl00_usr": name, "ctl00_pwd": password})
        assert Page(answer).errors == ["The user name or password is not right"]
    assert visitor.open("/home").heading == "Sign in"
    visitor.close()


def test_signing_out_ends_the_session(visitor: Visitor) -> None:
    """After signing out the cookie is worth nothing; a form without the session's token is refused."""
    assert visitor.client.post("/sign-out", data={"__CHSTOKEN": "guessed"}).status_code == 403
    token = visitor.open("/home").root.one("meta", name="chs-token").attrs["content"]
    assert visitor.client.post("/sign-out", data={"__CHSTOKEN": token}).url.path == "/sign-in"
    assert visitor.open("/home").heading == "Sign in"
