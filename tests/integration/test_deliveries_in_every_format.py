"""The same submission in other formats and messages, as the store has it: one report, read from the best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.actions import arrivals, decisions
from orchestrator.actions.permissions import INTAKE
from orchestrator.intake.recovery import recover
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import State
from orchestrator.store import Receipt, Stored
from rpa.report import Media, ProblemKind, Submission
from tests.acts import person
from tests.every_way import as_json, html, mail
from tests.integration.store_world import World
from tests.worlds import all_forms, document

RAW = document("08-bank-card.json")
OTHERWISE = {**RAW, "personReporting": {**RAW["personReporting"], "surname": "Otherwise"}}
PHOTO = Media("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(20))
KIM = person("user:kim")


@dataclass
class Desk:
    """A store, its originals and a reader."""

    world: World
    originals: Originals
    reader: Reader

    def receive(self, content: bytes, name: str, source: str = "mailbox") -> tuple[Receipt, ...]:
        """As a channel does."""
        submission = Submission(content, source, name)
        return arrivals.receive(self.world.store, self.originals, self.reader, INTAKE, submission)

    def report(self, reference: str) -> Stored:
        """As it is stored."""
        stored = self.world.store.report(reference)
        assert stored is not None
        return stored

    def told(self, reference: str) -> set[str]:
        """The kinds of its problems."""
        return {each.kind for each in self.report(reference).problems}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Nothing has arrived yet."""
    world = World(tmp_path)
    yield Desk(world, Originals(tmp_path), Reader(all_forms()))
    world.assert_trail_holds()
    world.engine.dispose()


def test_a_document_after_the_data_is_no_other_content(desk: Desk) -> None:
    """The page of a report that came as JSON says nothing new: a second delivery, and nobody has to compare."""
    (first,) = desk.receive(as_json(RAW), "report.json", "api")
    (second,) = desk.receive(mail({"report.html": html(RAW)}), "1.eml")
    assert (second.reference, second.new, second.differs) == (first.reference, False, False)
    assert desk.told(first.reference) == set()
    assert len(desk.world.store.deliveries(first.reference)) == 2


def test_a_document_that_says_otherwise_is_put_before_a_person(desk: Desk) -> None:
    """What the page certainly says otherwise is other content; the report stays as the JSON has it."""
    (first,) = desk.receive(as_json(RAW), "report.json", "api")
    (second,) = desk.receive(mail({"report.html": html(OTHERWISE)}), "1.eml")
    assert (second.reference, second.differs) == (first.reference, True)
    assert desk.told(first.reference) == {ProblemKind.AMENDED}
    assert (
        desk.report(first.reference).data["personReporting"]["surname"] == RAW["personReporting"]["surname"]
    )


def test_data_take_the_place_of_a_document(desk: Desk) -> None:
    """A report that was read from a page and waits for a robot is read from its JSON once that comes."""
    (first,) = desk.receive(mail({"report.html": html(RAW)}), "1.eml")
    desk.receive(as_json(RAW), "report.json", "api")
    stored = desk.report(first.reference)
    assert (stored.sha256, stored.state) == (Submission(as_json(RAW), "", "").sha256, State.READY)
    assert desk.told(first.reference) == set()


def test_data_that_say_otherwise_decide_and_are_told(desk: Desk) -> None:
    """The JSON decides over the page that came before; a person sees that there were two."""
    (first,) = desk.receive(mail({"report.html": html(OTHERWISE)}), "1.eml")
    desk.receive(as_json(RAW), "report.json", "api")
    assert (
        desk.report(first.reference).data["personReporting"]["surname"] == RAW["personReporting"]["surname"]
    )
    assert desk.told(first.reference) == {ProblemKind.AMENDED}


def test_data_do_not_take_the_place_of_what_was_keyed(desk: Desk) -> None:
    """Once save may have been pressed the report stays what it was read from (P2); a person compares."""
    (first,) = desk.receive(mail({"report.html": html(RAW)}), "1.eml")
    before = desk.report(first.reference).sha256
    desk.world.press(desk.world.claimed())
    desk.receive(as_json(RAW), "report.json", "api")
    assert desk.report(first.reference).sha256 == before
    assert desk.told(first.reference) == {ProblemKind.AMENDED}


def test_what_was_in_a_message_is_received_after_a_crash(desk: Desk) -> None:
    """A message that was kept, and not stored, is received at the next start: once, with nothing left over."""
    content = mail({"report.json": as_json(RAW), PHOTO.name: PHOTO.content})
    arrivals.keep_and_read(desk.originals, desk.reader, INTAKE, Submission(content, "mailbox", "1.eml"))
    assert len(list(desk.originals.pending())) == 2
    references = {each.reference for each in recover(desk.reader, desk.world.store, desk.originals)}
    assert len(references) == 1
    assert list(desk.originals.pending()) == []
    stored = desk.report(references.pop())
    found = desk.originals.find(stored.sha256, stored.source, stored.source_name)
    assert (found.media, found.messages) == ((PHOTO,), (Media("1.eml", content),))


def test_messages_of_a_series_are_one_report(desk: Desk) -> None:
    """The first of two waits, on disk; with the second it is one report, with the files of both."""
    assert desk.receive(mail({PHOTO.name: PHOTO.content}, "A report [2/2]"), "2.eml") == ()
    assert len(list(desk.originals.pending())) == 1
    (receipt,) = desk.receive(mail({"report.json": as_json(RAW)}, "A report [1/2]"), "1.eml")
    stored = desk.report(receipt.reference)
    assert desk.originals.find(stored.sha256, stored.source, stored.source_name).media == (PHOTO,)
    assert list(desk.originals.pending()) == []


def test_a_series_that_stays_incomplete_is_read_as_it_is(desk: Desk) -> None:
    """After the time that it may wait, and after a restart, what is there is a report."""
    desk.receive(mail({"report.json": as_json(RAW)}, "A report [1/2]"), "1.eml")
    desk.reader = Reader(all_forms())  # another start
    assert recover(desk.reader, desk.world.store, desk.originals) == []
    store, originals = desk.world.store, desk.originals
    assert arrivals.receive_overdue(store, originals, desk.reader, INTAKE, 3600) == ()
    (receipt,) = arrivals.receive_overdue(store, originals, desk.reader, INTAKE, 0)
    assert receipt.state is State.READY
    assert list(desk.originals.pending()) == []


def test_a_message_is_erased_with_its_report(desk: Desk) -> None:
    """Nothing of what arrived is left once the report is erased, the message and its other formats included."""
    unknown = OTHERWISE | {"formVersion": "99"}
    content = mail(
        {"report.json": as_json(unknown), "report.html": html(OTHERWISE), PHOTO.name: PHOTO.content}
    )
    (receipt,) = desk.receive(content, "1.eml")
    decisions.dismiss(desk.world.store, KIM, receipt.reference, "nobody keys it")
    decisions.erase(desk.world.store, desk.originals, KIM, receipt.reference, "it was asked for")
    left = [each for each in (desk.originals.folder / "originals").rglob("*") if each.is_file()]
    assert [each.name for each in left if b"Otherwise" in each.read_bytes()] == []
    assert left == []


def test_what_is_said_of_a_message_stays_when_the_report_is_read_again(desk: Desk) -> None:
    """That a message had a file which nobody named is not forgotten because the definition was corrected."""
    files = {
        "a.json": as_json(RAW),
        "b.json": as_json(document("07-phone-snatch.json")),
        PHOTO.name: PHOTO.content,
    }
    forms = desk.reader.forms
    desk.reader = Reader({})
    references = [each.reference for each in desk.receive(mail(files), "1.eml")]
    desk.reader = Reader(forms)
    for reference in references:
        assert ProblemKind.MESSAGE in desk.told(reference)
        arrivals.reprocess(desk.world.store, desk.originals, desk.reader, INTAKE, reference)
        assert ProblemKind.MESSAGE in desk.told(reference)


def test_what_is_said_of_a_later_delivery_is_told(desk: Desk) -> None:
    """The same data by the API, then by mail with a page that says otherwise: the report is known, and the
    operator sees the difference."""
    (first,) = desk.receive(as_json(RAW), "report.json", "api")
    desk.receive(mail({"report.json": as_json(RAW), "report.html": html(OTHERWISE)}), "1.eml")
    assert desk.told(first.reference) == {ProblemKind.DIFFERS}
    desk.receive(mail({"report.json": as_json(RAW), "report.html": html(OTHERWISE)}), "2.eml")
    assert len(desk.report(first.reference).problems) == 1


def test_two_reports_under_one_subject_keep_apart(desk: Desk) -> None:
    """Two people's reports whose messages say that they are the first of two: each is a report of its own, and
    nobody gets the other's picture."""
    phone = document("07-phone-snatch.json")
    assert desk.receive(mail({"report.json": as_json(RAW)}, "Online crime report [1/2]"), "1.eml") == ()
    receipts = desk.receive(mail({"report.json": as_json(phone)}, "Online crime report [1/2]"), "2.eml")
    desk.receive(mail({PHOTO.name: PHOTO.content}, "Online crime report [2/2]"), "3.eml")
    assert len({each.reference for each in receipts}) == 2
    for each in receipts:
        stored = desk.report(each.reference)
        assert desk.originals.find(stored.sha256, stored.source, stored.source_name).media == ()
        assert desk.told(each.reference) == {ProblemKind.MESSAGE}


def test_a_series_that_could_not_be_stored_is_not_taken_apart(desk: Desk) -> None:
    """Where the store fails as the last message completes a series, the same message again completes it again."""
    desk.receive(mail({"report.json": as_json(RAW)}, "A report [1/2]"), "1.eml")
    last = Submission(mail({PHOTO.name: PHOTO.content}, "A report [2/2]"), "mailbox", "2.eml")
    arrivals.keep_and_read(desk.originals, desk.reader, INTAKE, last)  # and then the database is away
    (receipt,) = desk.receive(last.content, "2.eml")
    stored = desk.report(receipt.reference)
    assert desk.originals.find(stored.sha256, stored.source, stored.source_name).media == (PHOTO,)
    assert list(desk.originals.pending()) == []
