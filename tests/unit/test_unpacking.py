"""What arrives is unpacked: each report in it once, with its files, its copies and the message it came in."""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from rpa.report import Media, ProblemKind, Submission
from rpa.unpacking import ANOTHER, COVERING, PARTS_MISSING, Unpacked, unpack
from tests import every_way
from tests.every_way import as_json, docx, html, mail, pdf, text
from tests.worlds import all_forms, document

BANK_CARD = document("08-bank-card.json")
PHONE = document("07-phone-snatch.json")
PHOTO = Media("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(20))
FORMS = all_forms()


def unpacked(content: bytes, name: str = "message.eml", *media: Media) -> tuple[Unpacked, ...]:
    """What is in a file."""
    return unpack([Submission(content, "folder", name, media)], FORMS).unpacked


def only(content: bytes, name: str = "message.eml", *media: Media) -> Unpacked:
    """The only report in a file."""
    (found,) = unpacked(content, name, *media)
    return found


@pytest.mark.parametrize("way", every_way.ways(Path()))
def test_a_report_arrives_in_every_way(way: str, tmp_path: Path) -> None:
    """Whatever it is sent as, it is one report of its form, under its own id."""
    name, content = every_way.ways(tmp_path)[way](BANK_CARD)
    found = only(content, name)
    assert (found.report.form, found.report.submission_id) == ("ocr", BANK_CARD["submissionId"])
    assert found.report.reference == only(as_json(BANK_CARD), "x.json").report.reference
    assert len(found.report.answers) > 20
    assert bool(found.submission.messages) == name.endswith((".eml", ".msg"))


def test_json_decides_and_its_pdf_is_a_copy(tmp_path: Path) -> None:
    """Of a message with both, the JSON is the report, whichever comes first; the PDF is kept as its copy, and says
    nothing else."""
    files = {
        "report.pdf": pdf(BANK_CARD, tmp_path),
        "report.json": as_json(BANK_CARD),
        PHOTO.name: PHOTO.content,
    }
    found = only(mail(files))
    assert found.submission.content == files["report.json"]
    assert [each.name for each in found.submission.copies] == ["report.pdf"]
    assert found.submission.media == (PHOTO,)
    assert found.report == only(as_json(BANK_CARD), "report.json").report


def test_what_a_copy_says_otherwise_is_told(tmp_path: Path) -> None:
    """A copy with another answer is put in front of the operator, at the answer; the JSON is keyed."""
    person = BANK_CARD["personReporting"]
    other = {**BANK_CARD, "personReporting": {**person, "surname": "Otherwise"}}
    found = only(mail({"report.json": as_json(BANK_CARD), "report.html": html(other)}))
    told = [each for each in found.report.problems if each.kind is ProblemKind.DIFFERS]
    assert [each.pointer for each in told] == ["/personReporting/surname"]
    assert found.report.data["personReporting"]["surname"] == person["surname"]


def test_several_reports_in_a_message(tmp_path: Path) -> None:
    """Each becomes a report of its own, whatever its format; a file that none names is in no record, and told."""
    files = {"a.json": as_json(BANK_CARD), "b.docx": docx(PHONE), PHOTO.name: PHOTO.content}
    found = unpacked(mail(files))
    ids = {each.report.submission_id for each in found}
    assert ids == {BANK_CARD["submissionId"], PHONE["submissionId"]}
    for each in found:
        assert each.submission.media == ()
        assert each.submission.messages[0].name == "message.eml"
        assert [p.question for p in each.report.problems if p.kind is ProblemKind.MESSAGE] == ["The message"]


def test_a_file_goes_with_the_report_that_names_it() -> None:
    """Of several reports in a message, a file is with the one that says that it is attached."""
    upload = [{"mediaUpload": PHOTO.name, "mediaUploadDescription": "The door"}]
    naming = {**PHONE, "evidence": {**(PHONE.get("evidence") or {}), "yourMediaUploadsDm": upload}}
    found = unpacked(
        mail({"a.json": as_json(BANK_CARD), "b.json": as_json(naming), PHOTO.name: PHOTO.content})
    )
    media = {each.report.submission_id: each.submission.media for each in found}
    assert media == {BANK_CARD["submissionId"]: (), PHONE["submissionId"]: (PHOTO,)}
    assert not [p for each in found for p in each.report.problems if p.kind is ProblemKind.MESSAGE]


def test_two_formats_without_an_id_are_one_report() -> None:
    """A page and a document that say the same are one report, although neither has an id."""
    nameless = {key: value for key, value in BANK_CARD.items() if key != "submissionId"}
    found = only(mail({"a.html": html(nameless), "b.docx": docx(nameless)}))
    assert [each.name for each in found.submission.copies] == ["b.docx"]


def test_two_reports_without_an_id_are_two() -> None:
    """Those of two people are not taken for one because both lack an id."""
    first, second = (
        {key: value for key, value in each.items() if key != "submissionId"} for each in (BANK_CARD, PHONE)
    )
    assert len(unpacked(mail({"a.html": html(first), "b.html": html(second)}))) == 2


def test_a_forwarded_report_is_found() -> None:
    """A report that is attached to a message that is attached to a message."""
    inner = mail({"report.json": as_json(BANK_CARD)})
    found = only(mail({"inner.eml": inner}))
    assert found.report.submission_id == BANK_CARD["submissionId"]


def test_a_message_without_a_report_is_one_for_a_person() -> None:
    """It is kept whole, and somebody looks at it."""
    content = mail({PHOTO.name: PHOTO.content}, body="Please ring me.\n")
    found = only(content)
    assert found.submission.content == content
    assert found.submission.messages == ()
    assert [each.kind for each in found.report.problems] == [ProblemKind.UNREADABLE]


def test_an_attachment_that_no_form_recognises_is_what_a_person_sees() -> None:
    """The only document of a message is the report, though nobody can read it as one; the photo is with it."""
    broken = as_json(BANK_CARD)[:-200]
    found = only(mail({"report.json": broken, PHOTO.name: PHOTO.content}))
    assert found.submission.content == broken
    assert found.submission.media == (PHOTO,)
    assert "not JSON" in found.report.problems[0].message


def test_a_series_is_told_and_read_together() -> None:
    """A message of two says so; both together are the report of the first with the files of the second."""
    first = mail({"report.json": as_json(BANK_CARD)}, "A report [1/2]")
    second = mail({PHOTO.name: PHOTO.content}, "A report [2/2]")
    arrived = [Submission(each, "mailbox", f"{n}.eml") for n, each in enumerate((first, second), 1)]
    series = [unpack([each], FORMS).series for each in arrived]
    assert [(each.number, each.of) for each in series if each] == [(1, 2), (2, 2)]
    contents = unpack(arrived, FORMS)
    (found,) = contents.unpacked
    assert contents.series is None
    assert found.submission.media == (PHOTO,)
    assert [each.content for each in found.submission.messages] == [first, second]


def test_fragments_of_a_message_are_put_together() -> None:
    """A message that a mail system cut into two (message/partial) is read as the one it was."""
    whole = mail({"report.json": as_json(BANK_CARD)})
    middle = len(whole) // 2
    head = b'From: online@example.com\r\nContent-Type: message/partial; id="x"; number=%d; total=2\r\n\r\n'
    parts = [head % 1 + whole[:middle], head % 2 + whole[middle:]]
    arrived = [Submission(each, "mailbox", f"{n}.eml") for n, each in enumerate(parts, 1)]
    assert [each.of for part in arrived if (each := unpack([part], FORMS).series)] == [2, 2]
    (found,) = unpack(arrived, FORMS).unpacked
    assert found.report.submission_id == BANK_CARD["submissionId"]


def test_a_pdf_beside_a_json_file_is_its_copy(tmp_path: Path) -> None:
    """So it is in a folder: the PDF of the report itself is no evidence, another document is."""
    own = Media("report.pdf", pdf(BANK_CARD, tmp_path))
    letter = Media("letter.txt", b"Dear officer, this is what I remember.")
    found = only(as_json(BANK_CARD), "report.json", own, letter)
    assert (found.submission.copies, found.submission.media) == ((own,), (letter,))


def test_unpacking_again_changes_nothing(tmp_path: Path) -> None:
    """What was unpacked is unpacked to itself: after a crash it is found again as it is kept."""
    files = {
        "report.pdf": pdf(BANK_CARD, tmp_path),
        "report.json": as_json(BANK_CARD),
        PHOTO.name: PHOTO.content,
    }
    found = only(mail(files))
    assert unpack([found.submission], FORMS).unpacked == (found,)


def test_text_that_is_no_report_stays_one_for_a_person() -> None:
    """A text file that no form recognises is not lost."""
    found = only(b"Dear officer, my bag was taken.", "letter.txt")
    assert [each.kind for each in found.report.problems] == [ProblemKind.UNREADABLE]
    assert text(BANK_CARD) != found.submission.content


def test_files_in_a_document_come_with_it() -> None:
    """A file that stands in a skeleton comes with the report, once however often it is unpacked; one that it names
    by its address is to be fetched."""
    document = json.loads(every_way.skeleton(BANK_CARD))
    attached = {
        "attachmentContent": "aGVsbG8=",
        "attachmentName": "notes.txt",
        "attachmentMimeType": "text/plain",
    }
    document["included"].append({"id": "a", "type": "attachment", "attributes": attached})
    document["included"][0]["relationships"] = {"attachments": {"data": [{"id": "a", "type": "attachment"}]}}
    link = "https://media.example.com/door.png"
    document["included"].append({"id": "m", "type": "media", "attributes": {"mediaUpload": link}})
    found = only(json.dumps(document).encode(), "skeleton.json")
    assert found.submission.media == (Media("notes.txt", b"hello"),)
    assert [(each.name, each.url) for each in found.links] == [("door.png", link)]
    assert unpack([found.submission], FORMS).unpacked == (found,)


def test_a_document_that_may_be_another_report_is_told() -> None:
    """One without an id, and with too little in common to tell, makes no second record, and a person is told."""
    little = {key: BANK_CARD[key] for key in ("category", "howInvolvedInCrime")}
    little["incidentDetails"] = {"incidentApproximateDate": "Last week", "incidentApproximateTime": "Noon"}
    found = only(mail({"report.json": as_json(BANK_CARD), "other.html": html(little)}))
    assert [each.name for each in found.submission.copies] == ["other.html"]
    assert ANOTHER in {each.message for each in found.report.problems}


def test_a_page_as_a_body_is_read_as_the_letters_it_has() -> None:
    """A body's letters are those that the message says, whatever character set the page itself names."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "online@example.com", "A report"
    person = {**BANK_CARD["personReporting"], "surname": "Exämple"}
    page = (
        html({**BANK_CARD, "personReporting": person}).decode().replace("charset='utf-8'", "charset='ibm437'")
    )
    message.set_content("See the page.")
    message.add_alternative(page, subtype="html")
    found = only(message.as_bytes())
    assert found.report.data["personReporting"]["surname"] == "Exämple"


def ids(found: tuple[Unpacked, ...]) -> set[str | None]:
    """The reports that were found."""
    return {each.report.submission_id for each in found}


BOTH = {BANK_CARD["submissionId"], PHONE["submissionId"]}


def test_reports_in_the_bodies_of_forwarded_messages_are_all_found() -> None:
    """Two messages, each with a report for its body, attached to a third: both reports, and nothing else."""
    inner = {f"{n}.eml": mail({}, body=text(raw).decode()) for n, raw in enumerate((BANK_CARD, PHONE))}
    assert ids(unpacked(mail(inner))) == BOTH


def test_a_report_in_the_body_beside_an_attached_one_is_found() -> None:
    """What is attached does not keep a report in the body from being read."""
    found = unpacked(mail({"a.json": as_json(BANK_CARD)}, body=text(PHONE).decode()))
    assert ids(found) == BOTH
    assert len(found) == 2


def test_what_a_covering_message_says_is_told() -> None:
    """A body that says more than that a report is attached is put before a person; a short one is not."""
    said = (
        "He has my new address now, and he says that he comes tonight. Please do not write to me there, ring "
    )
    said += "my sister, whose number you have."
    assert COVERING in {
        each.message for each in only(mail({"a.json": as_json(BANK_CARD)}, body=said)).report.problems
    }
    assert only(mail({"a.json": as_json(BANK_CARD)})).report.problems == ()


def test_a_text_in_two_messages_is_one_report() -> None:
    """The text of a report that was cut into two messages is read whole, as if it had come in one."""
    whole = text(BANK_CARD).decode()
    lines = whole.splitlines(keepends=True)
    halves = ["".join(lines[: len(lines) // 2]), "".join(lines[len(lines) // 2 :])]
    parts = [mail({}, f"A report [{n}/2]", half) for n, half in enumerate(halves, 1)]
    arrived = [Submission(each, "mailbox", f"{n}.eml") for n, each in enumerate(parts, 1)]
    (found,) = unpack(arrived, FORMS).unpacked
    (alone,) = unpacked(mail({}, body=whole))
    assert len(found.report.answers) == len(alone.report.answers)
    assert not [each for each in found.report.problems if each.kind is ProblemKind.MESSAGE]


def test_an_incomplete_series_says_so() -> None:
    """The first message of two, read alone, is a report that says what is missing."""
    found = only(mail({"report.json": as_json(BANK_CARD)}, "A report [1/2]"))
    assert PARTS_MISSING in {each.message for each in found.report.problems}


def test_fragments_with_a_gap_are_not_put_together() -> None:
    """The first and the last third of a message are not a message."""
    whole = mail({"report.json": as_json(BANK_CARD)})
    third = len(whole) // 3
    head = b'From: online@example.com\r\nContent-Type: message/partial; id="x"; number=%d; total=3\r\n\r\n'
    arrived = [
        Submission(head % number + part, "mailbox", f"{number}.eml")
        for number, part in ((1, whole[:third]), (3, whole[2 * third :]))
    ]
    found = unpack(arrived, FORMS).unpacked
    assert all(each.report.form is None for each in found)
    assert all(PARTS_MISSING in {told.message for told in each.report.problems} for each in found)


def test_files_of_one_name_go_with_their_own_report() -> None:
    """Two forwarded messages, each a report that names the same file name: each has its own picture."""
    pictures = [PHOTO.content + bytes([number]) for number in (1, 2)]
    upload = [{"mediaUpload": PHOTO.name, "mediaUploadDescription": "The door"}]
    inner = {}
    for number, raw in enumerate((BANK_CARD, PHONE)):
        naming = {**raw, "evidence": {**(raw.get("evidence") or {}), "yourMediaUploadsDm": upload}}
        inner[f"{number}.eml"] = mail({"a.json": as_json(naming), PHOTO.name: pictures[number]})
    found = {each.report.submission_id: each.submission.media for each in unpacked(mail(inner))}
    contents = {key: [each.content for each in media] for key, media in found.items()}
    assert contents == {BANK_CARD["submissionId"]: pictures[:1], PHONE["submissionId"]: pictures[1:]}


def test_data_that_cannot_be_read_are_nobodys_evidence() -> None:
    """A damaged report beside another is in nobody's record, and told."""
    found = only(mail({"a.json": as_json(BANK_CARD), "b.json": as_json(PHONE)[:-300]}))
    assert found.submission.media == ()
    assert ANOTHER in {each.message for each in found.report.problems}


def test_a_brace_before_a_pdf_makes_it_no_pdf(tmp_path: Path) -> None:
    """What begins as JSON is read as JSON and nothing else: no other code sees it in a process that goes on."""
    found = only(b"{" + pdf(BANK_CARD, tmp_path), "report.pdf")
    assert (
        "not UTF-8 text" in found.report.problems[0].message or "not JSON" in found.report.problems[0].message
    )
