"""Look-ups, attachments, and the walls of the practice CHS."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.practice_chs_page import Page
from tests.integration.practice_chs_visitor import FIRST, RunningChs, Visitor, running

pytest_plugins = ["tests.integration.practice_chs_fixtures"]


def ask(visitor: Visitor, what: str, **asked: str) -> httpx.Response:
    """Ask a look-up as the pages' script does."""
    token = visitor.open("/home").root.one("meta", name="chs-token").attrs["content"]
    return visitor.client.post(f"/lookup/{what}", json=asked, headers={"X-CHS-Token": token})


def cells(answer: httpx.Response) -> list[list[str]]:
    """The rows of an answer."""
    return [row["cells"] for row in answer.json()["rows"]]


def test_people_are_found_with_their_near_misses(visitor: Visitor) -> None:
    """A name finds everybody whose name begins so; a date of birth narrows, and two are still the same."""
    by_name = cells(ask(visitor, "people", surname="example", forename="alex"))
    assert {row[1] for row in by_name} == {"Alex", "Alexa", "Alexander"}
    exact = [
        row
        for row in cells(ask(visitor, "people", surname="Example", forename="Alex", date_of_birth="1/2/1980"))
        if row[:3] == ["EXAMPLE", "Alex", "01/02/1980"]
    ]
    assert len(exact) == 2
    (one,) = cells(ask(visitor, "people", surname="SPECIMEN", forename="Taylor", date_of_birth="11/10/1990"))
    assert one[:3] == ["SPECIMEN", "Taylor", "11/10/1990"]
    assert cells(ask(visitor, "people", surname="Nobody")) == []


def test_a_search_that_asks_nothing_is_refused(visitor: Visitor) -> None:
    """An empty search, an unreal date and a missing token are refused with words."""
    assert ask(visitor, "people").status_code == 400
    assert ask(visitor, "people", date_of_birth="31/02/2000").json()["error"].startswith("Date of birth")
    assert ask(visitor, "addresses").status_code == 400
    assert visitor.client.post("/lookup/people", json={"surname": "Example"}).status_code == 403


def test_a_new_person_is_found_afterwards(chs: RunningChs, visitor: Visitor) -> None:
    """A record saved with a new person adds that person to the register, once."""
    person: dict[str, Any] = {
        "Person record": "new",
        "Surname": "Novella",
        "Forename": "Ida",
        "Date of birth": "04/05/1966",
        "Current address / Street": "Example Street",
        "Current address / Postcode": "EX1 1AA",
    }
    visitor.save({"Person reporting": person})
    visitor.save({"Person reporting": {**person, "Person record": ""}})
    assert cells(ask(visitor, "people", surname="Novella")) == [
        ["NOVELLA", "Ida", "04/05/1966", "Example Street, EX1 1AA"]
    ]
    assert chs.records()[0]["fields"]["Person reporting"]["Person record"] == "New person"


def test_the_gazetteer_answers_by_postcode(visitor: Visitor) -> None:
    """A postcode however spaced finds its addresses; choosing one shows it in one line."""
    found = ask(visitor, "addresses", postcode=" ex11AA").json()["rows"]
    assert len(found) == 12
    assert found[0]["cells"] == ["10", "Example Street", "EXAMPLETON", "EX1 1AA", "100012345678"]
    assert found[0]["described"] == "100012345678 10 Example Street EXAMPLETON EX1 1AA"
    assert cells(ask(visitor, "addresses", postcode="ZZ1 1ZZ")) == []


def test_a_code_from_nowhere_is_no_person(chs: RunningChs, visitor: Visitor) -> None:
    """A look-up's hidden code that the register does not have is not saved as anything."""
    visitor.save({"Person reporting": {"Person record": "P-999999"}, "Location": {"Gazetteer": "new"}})
    fields = chs.records()[0]["fields"]
    assert "Person record" not in fields.get("Person reporting", {})
    assert fields["Location"]["Gazetteer"] == "Entered by hand"


def test_lists_are_fetched(visitor: Visitor) -> None:
    """Countries are plain English names; opening codes hang on the category."""
    countries = visitor.client.get("/lookup/countries").json()
    assert len(countries) == 250
    assert "Netherlands" in countries
    assert not any("(the)" in country for country in countries)
    codes = visitor.client.get("/lookup/opening-codes?c=2").json()
    assert {"code": "003", "text": "003 Burglary Dwelling"} in codes
    assert visitor.client.get("/lookup/opening-codes?c=99").json() == []


def attach(visitor: Visitor, page: Page, **parts: Any) -> httpx.Response:
    """Upload as the attachments screen's script does."""
    form = {key: page.form()[key][0] for key in ("__CHSTOKEN", "__CHSDRAFT")}
    data = {**form, "description": parts.pop("description", "")}
    return visitor.client.post("/record/attachments/file", data=data, files=parts or {"none": ("", b"")})


def test_attachments_are_kept_by_their_digest(chs: RunningChs, visitor: Visitor) -> None:
    """An uploaded file becomes a row with name, description, size and SHA-256, shown again and saved."""
    content = secrets.token_bytes(2_000_000)
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    page = visitor.open(page.link("Attachments"))
    answer = attach(visitor, page, file=("C:\\fakepath\\phöto.jpg", content), description="A photo")
    digest = hashlib.sha256(content).hexdigest()
    assert answer.json() == {"row": ["phöto.jpg", "A photo", "2000000 bytes", digest]}
    assert visitor.save_screen(page).heading == "Review"
    review = visitor.to_review()
    page = visitor.open(review.link("Attachments"))
    assert attach(visitor, page, file=("b.txt", b"")).status_code == 200
    page = visitor.save_screen(page)
    visitor.press(page)
    (row,) = chs.records()[0]["rows"]["Attachments"]
    assert row["File name"] == "b.txt"
    assert row["Size"] == "0 bytes"


def test_attachments_are_bounded(visitor: Visitor) -> None:
    """No file, too long a description and too large a file are refused with words; the draft is unharmed."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    page = visitor.open(page.link("Attachments"))
    assert attach(visitor, page).json() == {"error": "File must be given"}
    long = attach(visitor, page, file=("a.txt", b"a"), description="x" * 101)
    assert long.json() == {"error": "Description must be 100 characters or fewer"}
    large = attach(visitor, page, file=("a.bin", b"\0" * (20 * 1024 * 1024 + 1)))
    assert large.status_code == 413
    assert large.json() == {"error": "File must be 20 MB or smaller"}
    assert visitor.save_screen(page).heading == "Review"


def test_a_body_without_end_is_refused(chs: RunningChs, visitor: Visitor) -> None:
    """A body over the limit is refused by its announced length and, unannounced, as it arrives."""
    whole = b"&".join([b"a=" + b"x" * 500_000] * 8)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for content in (whole, iter([whole[: 2**21], whole[2**21 :]])):
        try:
            answer = visitor.client.post("/record/victim", content=content, headers=kind)
        except httpx.WriteError:  # the server hung up on what was still being sent
            continue
        assert answer.status_code == 413
    assert httpx.get(f"{chs.base}/sign-in").status_code == 200


def test_a_form_without_the_token_is_refused(chs: RunningChs, visitor: Visitor) -> None:
    """A post that the session's own pages did not make changes nothing."""
    review = visitor.to_review()
    for token in ("", "guessed", "é"):
        answer = visitor.post(review, {**review.form(), "ctl11_cmd": "save", "__CHSTOKEN": token})
        assert answer.answer.status_code == 403
    assert chs.records() == []
    page = visitor.open(review.link("Property"))
    uneven = {**page.form(), "gvP_c0": ["1", "2"], "gvP_c1": ["1"]}
    assert visitor.post(page, uneven).answer.status_code == 400


def test_every_answer_carries_guard_headers(visitor: Visitor) -> None:
    """Pages are not stored or framed elsewhere and load nothing from elsewhere; static files may be kept."""
    page = visitor.open("/record/contact-and-origin")
    assert page.answer.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in page.answer.headers["content-security-policy"]
    for node in page.root.walk():
        address = node.attrs.get("src") or node.attrs.get("href") or node.attrs.get("action") or "/"
        assert address.startswith(("/", "#"))
    sheet = visitor.client.get(page.root.one("link", rel="stylesheet").attrs["href"])
    assert "max-age=86400" in sheet.headers["cache-control"]
    cookie = visitor.client.post("/sign-in", data={"ctl00_usr": "robot03", "ctl00_pwd": "practice-robot03"})
    set_cookie = cookie.history[0].headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=lax" in set_cookie


def test_practice_addresses_answer_only_this_machine(chs: RunningChs) -> None:
    """A forwarded address does not make a client local or foreign: the connection decides."""
    answer = httpx.get(f"{chs.base}/practice/records", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200


def test_the_ledger_survives_a_restart(tmp_path: Path) -> None:
    """Records and created people are there after the process ends and starts again; references go on."""
    with running(tmp_path / "new" / "data") as chs:
        visitor = Visitor(chs.base)
        visitor.sign_in()
        first = visitor.save({"Person reporting": {"Person record": "new", "Surname": "Lasting"}})
        before = chs.records()
        visitor.close()
    with running(tmp_path / "new" / "data") as chs:
        assert chs.records() == before
        visitor = Visitor(chs.base)
        assert visitor.open("/home").heading == "Sign in"
        visitor.sign_in("operator01")
        assert visitor.open(f"/records/{first}").answer.status_code == 200
        assert len(cells(ask(visitor, "people", surname="Lasting"))) == 1
        assert int(visitor.save()[-7:]) == int(first[-7:]) + 1
        visitor.close()


@pytest.mark.parametrize("words", ["sheet", "{{ 7*7 }}", "<script>alert(1)</script>", '" onfocus="x'])
def test_what_is_typed_is_never_markup(visitor: Visitor, words: str) -> None:
    """Typed markup is text on the screen, in the review and on the record."""
    review = visitor.to_review({"Location": {"Building name": words, "Location description": words}})
    assert words in [node.text() for node in review.root.all("dd")]
    assert [node.text() for node in review.root.all("script")] == ["", "", ""]
    page = visitor.open(review.link("Location"))
    assert page.control("Building name").attrs["value"] == words
    saved = visitor.press(visitor.open(page.link("Review")))
    record = visitor.open(saved.link("View the record"))
    assert [node.text() for node in record.root.all("dd")].count(words) == 2
