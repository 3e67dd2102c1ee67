"""Habits of real systems that the practice CHS takes on request, as far as HTTP shows them."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from tests.integration.practice_chs_page import Page
from tests.integration.practice_chs_visitor import FIRST, RunningChs, Visitor

pytest_plugins = ["tests.integration.practice_chs_fixtures"]


def post_back(visitor: Visitor, page: Page, control: str, value: str) -> Page:
    """Choose in a select that posts back, with another control filled in before."""
    data = page.form()
    page.fill(data, "Source reference", "REF-7")
    page.fill(data, control, value)
    return visitor.post(page, {**data, "__CHSEVENT": page.control(control).attrs["name"]})


def hangs_on(page: Page, habit: str) -> str | None:
    """What the page's script is told of a habit."""
    told = (node.attrs.get(f"data-{habit}") for node in page.root.all("script"))
    return next((value for value in told if value is not None), None)


@pytest.mark.parametrize(("variant", "kept"), [("kept", "REF-7"), ("emptied", "")])
def test_a_select_posts_its_screen_back(chs: RunningChs, visitor: Visitor, variant: str, kept: str) -> None:
    """The same screen comes back with the choice made and the rest as posted or empty; the draft holds nothing."""
    chs.queue("postback-select", variant=variant, control="Origin")
    page = visitor.open("/record/contact-and-origin")
    assert hangs_on(page, "postback") == page.control("Origin").attrs["name"]
    page = post_back(visitor, page, "Origin", "Email")
    assert page.heading == "Contact and origin"
    assert page.errors == []
    (chosen,) = [option for option in page.control("Origin").all("option") if "selected" in option.attrs]
    assert chosen.text() == "Email"
    assert page.control("Source reference").attrs["value"] == kept
    assert hangs_on(page, "postback") is None
    assert page.root.all("div", class_="banner")[0].text() == "Record in progress"
    assert visitor.save_screen(page, FIRST).heading == "Person reporting"


def test_every_select_may_post_back(chs: RunningChs, visitor: Visitor) -> None:
    """Without a control named, each select of each screen posts back, as often as asked."""
    chs.queue("postback-select", times=2)
    page = visitor.open("/record/contact-and-origin")
    assert hangs_on(page, "postback") == "*"
    page = post_back(visitor, page, "Origin", "Email")
    assert hangs_on(page, "postback") == "*"
    assert hangs_on(post_back(visitor, page, "Origin", "Officer"), "postback") is None


def test_a_slow_save_is_processed_though_nobody_waits(chs: RunningChs, visitor: Visitor) -> None:
    """The record is not there while save waits, and is there afterwards although the client has gone."""
    review = visitor.to_review()
    chs.queue("slow-save", seconds=0.6)
    visitor.client.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        visitor.press(review)
    assert chs.records() == []
    until = time.monotonic() + 5
    while not chs.records() and time.monotonic() < until:
        pass
    assert len(chs.records("REF-1")) == 1


def test_a_late_response_comes_long_after_the_record(chs: RunningChs, visitor: Visitor) -> None:
    """The record is there at once; the client that stops waiting has not seen its answer."""
    review = visitor.to_review()
    chs.queue("late-response", seconds=600)
    visitor.client.timeout = httpx.Timeout(0.5)
    with pytest.raises(httpx.ReadTimeout):
        visitor.press(review)
    assert len(chs.records("REF-1")) == 1


def raw_answer(chs: RunningChs, visitor: Visitor, review: Page) -> bytes:
    """Every byte that comes back when save is pressed, to the end of the connection."""
    address = urlsplit(chs.base)
    body = urlencode({**review.form(), "ctl11_cmd": "save"}, doseq=True).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    head = (
        f"POST /record/review HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookies}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("variant", "start", "end"),
    [
        ("trailing-bytes", b"HTTP/1.1 303 See Other\r\nConnection: close", b"\r\n<!-- served -->\r\n"),
        ("odd-chunks", b"HTTP/1.1 303 See Other\r\nTransfer-Encoding: Chunked", b"X-Served: yes\r\n\r\n"),
        ("http-1.0", b"HTTP/1.0 303 See Other\r\n", b"The record was saved."),
    ],
)
def test_an_untidy_reply_is_written_as_it_is(
    chs: RunningChs, visitor: Visitor, variant: str, start: bytes, end: bytes
) -> None:
    """The answer to save leads to the saved record, in bytes that a strict client may refuse."""
    review = visitor.to_review()
    chs.queue("untidy-reply", variant=variant)
    answer = raw_answer(chs, visitor, review)
    assert answer.startswith(start)
    assert answer.endswith(end)
    (record,) = chs.records("REF-1")
    assert f"Location: /record/saved/{record['chs_reference']}\r\n".encode() in answer


def test_a_save_may_lead_to_sign_in(chs: RunningChs, visitor: Visitor) -> None:
    """Save is answered by the sign-in page, its session over, and nothing is saved."""
    review = visitor.to_review()
    chs.queue("saved-to-sign-in")
    assert visitor.press(review).heading == "Sign in"
    assert chs.records() == []
    assert visitor.open("/home").heading == "Sign in"


def test_a_request_may_never_be_answered(chs: RunningChs, visitor: Visitor) -> None:
    """A hanging page gives no byte and stays open until the client has had enough; the next is answered."""
    chs.queue("hang")
    visitor.client.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        visitor.open("/record/contact-and-origin")
    visitor.client.timeout = httpx.Timeout(10)
    assert visitor.open("/record/contact-and-origin").heading == "Contact and origin"


def sign_in_error(visitor: Visitor, account: str, password: str) -> str:
    """What the sign-in page says of a name and a password; empty when they are taken."""
    page = Page(visitor.client.post("/sign-in", data={"ctl00_usr": account, "ctl00_pwd": password}))
    return "".join(page.errors)


def test_an_account_locks_after_three_wrong_passwords(chs: RunningChs) -> None:
    """The third wrong password locks the account, the right one does not open it, and a reset does."""
    chs.queue("lock")
    other = Visitor(chs.base)
    wrong, locked = "The user name or password is not right", "This account is locked"
    assert [sign_in_error(other, "robot02", "x")[:22] for _ in range(3)] == [wrong[:22]] * 2 + [locked]
    assert sign_in_error(other, "robot02", "practice-robot02").startswith(locked)
    assert sign_in_error(other, "robot03", "practice-robot03") == ""
    chs.practice("POST", "reset")
    assert sign_in_error(other, "robot02", "practice-robot02") == ""
    other.close()


def test_only_wrong_passwords_in_a_row_count(chs: RunningChs) -> None:
    """A right password forgets the wrong ones before it, and without the habit nothing locks."""
    other = Visitor(chs.base)
    for _ in range(5):
        assert sign_in_error(other, "robot02", "x") == "The user name or password is not right"
    chs.queue("lock", account="robot02")
    for password in ("x", "x", "practice-robot02", "x", "x"):
        assert not sign_in_error(other, "robot02", password).startswith("This account is locked")
    assert sign_in_error(other, "robot02", "x").startswith("This account is locked")
    other.close()


@pytest.mark.parametrize(
    ("control", "keyed", "becomes"),
    [("Surname", "Sample", "Sampl"), ("Gender", "Female", "Male")],
)
def test_the_review_may_show_another_value(
    chs: RunningChs, visitor: Visitor, control: str, keyed: str, becomes: str
) -> None:
    """The review shows a text cut or another option than was keyed, and that is what is saved."""
    chs.queue("review-differs", control=control, screen="Person reporting")
    review = visitor.to_review({"Person reporting": {control: keyed}})
    shown = review.root.one("section", id="review_person-reporting").one("dl").text()
    assert f"{control}{becomes}\n" in shown
    visitor.press(review)
    assert chs.records()[0]["fields"]["Person reporting"] == {control: becomes}


@pytest.mark.parametrize(
    ("fault", "habit", "told"),
    [
        ({"fault": "redraw-select", "seconds": 0.2}, "redraw", "*"),
        ({"fault": "redraw-select", "control": "Origin"}, "redraw", "ctl00_ddlOgn"),
        ({"fault": "asks-before-leaving"}, "asks", "yes"),
        ({"fault": "hang", "variant": "script"}, "loops", "yes"),
    ],
)
def test_a_habit_of_the_page_is_told_to_its_script_once(
    chs: RunningChs, visitor: Visitor, fault: dict[str, object], habit: str, told: str
) -> None:
    """The page asked for carries the habit for its script, on the screen it belongs to, and the next does not."""
    assert chs.practice("POST", "faults", fault).status_code == 201
    assert hangs_on(visitor.open("/record/contact-and-origin"), habit) == told
    assert hangs_on(visitor.open("/record/contact-and-origin"), habit) is None
