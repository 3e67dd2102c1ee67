"""What the practice CHS does wrong on request: faults, layouts, and the endpoints that ask for them."""

from __future__ import annotations

import time

import httpx
import pytest

from rpa.practice_chs.layout import Variant, laid_out
from rpa.practice_chs.screens import every_screen
from tests.integration.practice_chs_visitor import FIRST, RunningChs, Visitor

pytest_plugins = ["tests.integration.practice_chs_fixtures"]


def fired(chs: RunningChs) -> dict[str, int]:
    """How often each fault has fired."""
    counts: dict[str, int] = chs.practice("GET", "faults").json()["fired"]
    return counts


def test_a_slow_page_is_late_and_whole(chs: RunningChs, visitor: Visitor) -> None:
    """The page of the named screen waits as long as asked, once, and nothing else does."""
    chs.queue("slow-page", seconds=0.3, screen="Person reporting")
    begun = time.monotonic()
    page = visitor.open("/record/contact-and-origin")
    assert fired(chs) == {"slow-page": 0}
    page = visitor.save_screen(page, FIRST)
    assert time.monotonic() - begun >= 0.3
    assert page.heading == "Person reporting"
    assert fired(chs) == {"slow-page": 1}


def test_a_server_error_is_a_500_and_passes(chs: RunningChs, visitor: Visitor) -> None:
    """A failing page answers 500 as often as asked; the draft is still there afterwards."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    chs.queue("server-error", times=2, screen="Person reporting")
    for _ in range(2):
        failed = visitor.save_screen(page)
        assert failed.answer.status_code == 500
        assert failed.heading == "Something went wrong. Try again."
    assert visitor.save_screen(page).heading == "Victim"


def test_an_expired_session_leads_to_sign_in(chs: RunningChs, visitor: Visitor) -> None:
    """The session is dropped for the account asked for only, and its cookie opens nothing more."""
    other = Visitor(chs.base)
    other.sign_in("robot02")
    chs.queue("session-expired", account="robot01")
    assert other.open("/record/contact-and-origin").heading == "Contact and origin"
    page = visitor.open("/record/contact-and-origin")
    assert page.answer.url.path == "/sign-in"
    assert "Your session has ended. Sign in again." in page.root.one("main").text()
    assert visitor.open("/home").heading == "Sign in"
    other.close()


def test_a_lost_reply_leaves_a_record(chs: RunningChs, visitor: Visitor) -> None:
    """The record is committed and the connection closes without a byte of an answer."""
    review = visitor.to_review()
    chs.queue("reply-lost")
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.press(review)
    assert len(chs.records("REF-1")) == 1
    assert "REF-1" in visitor.open("/search?ctl20_src=REF-1").root.one("tbody").text()


def test_a_refused_connection_leaves_none(chs: RunningChs, visitor: Visitor) -> None:
    """The connection closes before anything is committed; the same draft can be saved afterwards."""
    review = visitor.to_review()
    chs.queue("save-refused-connection")
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.press(review)
    assert chs.records() == []
    assert visitor.press(review).heading == "Record saved"


def test_a_refused_value_names_its_control(chs: RunningChs, visitor: Visitor) -> None:
    """The screen comes back with the control named, what was typed kept; the next try passes."""
    chs.queue("refused-value", screen="Person reporting", control="Current address / Street")
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    given = {"Surname": "Sample", "Current address / Street": "Example Street"}
    page = visitor.save_screen(page, given)
    assert page.errors == ["Current address: Street was not accepted"]
    assert page.control("Current address / Street").attrs["aria-invalid"] == "true"
    assert page.control("Surname").attrs["value"] == "Sample"
    assert visitor.save_screen(page).heading == "Victim"


def test_an_index_delay_hides_a_record_from_search(chs: RunningChs, visitor: Visitor) -> None:
    """Search finds the record only after the delay; its page and the ledger have it at once."""
    chs.queue("index-delay", seconds=600)
    hidden = visitor.save()
    shown = visitor.save()
    found = visitor.open("/search?ctl20_src=REF-1").root.one("tbody").text()
    assert hidden not in found
    assert shown in found
    assert "No records found" in visitor.open(f"/search?ctl20_qck={hidden}").root.one("main").text()
    assert visitor.open(f"/records/{hidden}").answer.status_code == 200
    assert len(chs.records("REF-1")) == 2


def test_faults_wait_their_turn_and_are_counted(chs: RunningChs) -> None:
    """The queue shows each fault with what is left of it."""
    chs.queue("server-error", times=3, screen="Victim", account="robot07")
    state = chs.practice("GET", "faults").json()
    assert state["pending"] == [
        {
            "fault": "server-error",
            "times": 3,
            "fired": 0,
            "remaining": 3,
            "seconds": 0.0,
            "screen": "Victim",
            "control": None,
            "account": "robot07",
            "variant": "",
        }
    ]
    assert state["fired"] == {"server-error": 0}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "the body must be a JSON object"),
        ({"fault": "earthquake"}, "fault must be one of slow-page, server-error"),
        ({"fault": "slow-page", "seconds": -1}, "seconds must be a number from 0 to 600"),
        ({"fault": "slow-page", "seconds": True}, "seconds must be a number from 0 to 600"),
        ({"fault": "slow-page", "times": 0}, "times must be a whole number of 1 or more"),
        ({"fault": "slow-page", "times": 1.5}, "times must be a whole number of 1 or more"),
        ({"fault": "slow-page", "screen": "Nowhere"}, "screen is not known"),
        ({"fault": "slow-page", "screen": ["Victim"]}, "screen is not known"),
        ({"fault": "refused-value", "control": "Shoe size"}, "control is not known"),
        ({"fault": "refused-value"}, "refused-value needs the control it names"),
        ({"fault": "slow-page", "account": "nobody"}, "account is not known"),
        ({"fault": "slow-page", "color": "red"}, "the body may hold fault, times"),
        ({"fault": "slow-page", "variant": "kept"}, "variant is not known"),
        ({"fault": "hang", "variant": "kept"}, "variant is not known"),
        ({"fault": "review-differs"}, "review-differs needs the control it names"),
    ],
)
def test_a_wrong_fault_is_refused_with_words(chs: RunningChs, body: object, words: str) -> None:
    """What is not a fault is a 400 that says why, and queues nothing."""
    answer = chs.practice("POST", "faults", body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(words)
    assert chs.practice("GET", "faults").json()["faults"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(chs: RunningChs, content: bytes) -> None:
    """Broken, wrongly encoded and absurdly deep bodies are a 400."""
    for path in ("faults", "layout"):
        answer = httpx.post(f"{chs.base}/practice/{path}", content=content)
        assert answer.status_code == 400
        assert answer.json() == {"error": "the body must be JSON in UTF-8"}


def test_relabelled_changes_three_captions(chs: RunningChs, visitor: Visitor) -> None:
    """Captions change on the page, in errors and in the ledger; the rest of the journey works as before."""
    assert chs.practice("POST", "layout", {"variant": "relabelled"}).json()["variant"] == "relabelled"
    visitor.save(
        {
            "Person reporting": {"Family name": "Sample", "Job": "Baker"},
            "Incident": {"How it was done": "By the window"},
        },
        Suspects=[{"Surname": "Example"}],
    )
    (record,) = chs.records()
    assert record["fields"]["Person reporting"] == {"Family name": "Sample", "Job": "Baker"}
    assert record["fields"]["Incident"]["How it was done"] == "By the window"
    assert record["rows"]["Suspects"] == [{"Surname": "Example"}]


def test_a_variant_of_one_screen_leaves_the_others(chs: RunningChs, visitor: Visitor) -> None:
    """With a screen named, only that screen changes; standard puts it back."""
    chs.practice("POST", "layout", {"variant": "relabelled", "screen": "Incident"})
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    assert page.control("Surname")
    assert visitor.open(page.link("Incident")).control("How it was done")
    chs.practice("POST", "layout", {"variant": "standard"})
    assert chs.practice("GET", "layout").json() == {"variant": "standard", "screen": None}
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    assert visitor.open(page.link("Incident")).control("Method")


def test_missing_controls_are_gone(chs: RunningChs, visitor: Visitor) -> None:
    """Occupation and Fuel are not on the page and not in the record."""
    chs.practice("POST", "layout", {"variant": "missing-control"})
    reference = visitor.save({}, Vehicles=[{"Involvement": "Stolen"}])
    text = visitor.open(f"/records/{reference}").root.one("main").text()
    assert "Occupation" not in text
    assert "Fuel" not in text


def test_new_options_replace_the_old(chs: RunningChs, visitor: Visitor) -> None:
    """Gender has other words everywhere it is asked, and Place type has lost one option."""
    chs.practice("POST", "layout", {"variant": "new-options"})
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    options = [option.text() for option in page.control("Gender").all("option")]
    assert "Female" not in options
    assert "Woman" in options
    place = visitor.open(page.link("Location")).control("Place type")
    assert [option.text() for option in place.all("option")].count("Shed") == 0
    assert "Garage" in [option.text() for option in place.all("option")]


def test_reordered_is_another_order_and_always_the_same(chs: RunningChs, visitor: Visitor) -> None:
    """Every control is still there, in another order that does not change from one time to the next."""
    chs.practice("POST", "layout", {"variant": "reordered"})
    standard, reordered = every_screen(), laid_out(Variant.REORDERED)
    assert reordered == laid_out(Variant.REORDERED)
    for before, after in zip(standard, reordered, strict=True):
        assert sorted(c.key for c in before.controls()) == sorted(c.key for c in after.controls())
    assert [c.key for c in standard[1].controls()] != [c.key for c in reordered[1].controls()]
    visitor.save({"Person reporting": {"Surname": "Sample"}}, Log=[{"Entry type": "Note", "Entry": "E"}])
    assert chs.records()[0]["fields"]["Person reporting"] == {"Surname": "Sample"}
    assert chs.records()[0]["rows"]["Log entries"] == [{"Entry type": "Note", "Entry": "E"}]


@pytest.mark.parametrize(
    "body",
    [{}, {"variant": "sideways"}, {"variant": "reordered", "screen": "Nowhere"}, {"variant": "x", "y": 1}],
)
def test_a_wrong_layout_is_refused(chs: RunningChs, body: object) -> None:
    """What is not a layout is a 400, and the layout stays."""
    answer = chs.practice("POST", "layout", body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert chs.practice("GET", "layout").json()["variant"] == "standard"


def test_reset_empties_everything_but_sessions(chs: RunningChs, visitor: Visitor) -> None:
    """A reset takes records, drafts and faults; sessions stay and references go on counting."""
    first = visitor.save({"Person reporting": {"Person record": "new", "Surname": "Reset"}})
    review = visitor.to_review()
    chs.queue("server-error")
    chs.practice("POST", "layout", {"variant": "reordered"})
    chs.practice("POST", "reset")
    assert chs.records() == []
    assert chs.practice("GET", "faults").json() == {"faults": [], "pending": [], "fired": {}}
    assert visitor.press(review).answer.status_code == 409
    assert visitor.open("/home").heading == "Home"
    assert visitor.save() > first
