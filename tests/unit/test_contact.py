"""Whether the person who reported may be written to: in doubt nobody is, and no header can be put into a
message."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.notify.letters import Letter
from orchestrator.notify.smtp import as_bytes, message_of
from orchestrator.settings.notify import SmtpSettings
from rpa.addresses import is_persons_address, is_plain_address
from rpa.documents.files import read_file
from rpa.forms.contact import refusal
from rpa.forms.copies import is_from_document
from rpa.forms.form_file import Contact
from rpa.forms.labels.doubts import TWICE, UNCERTAIN
from rpa.forms.labels.matching import REPEATED
from rpa.forms.labels.report import AS_READ, ON_EVERY_PAGE
from rpa.forms.messages import fill_in
from rpa.reading import read
from rpa.report import Answer, MessageKind, Problem, ProblemKind, Report, Submission
from rpa.unpacking import unpack
from tests.every_way import text
from tests.integration.notify_world import SENDER, read_of, told
from tests.worlds import SAMPLES, all_forms, document

OCR = all_forms()["ocr"].contact
assert OCR is not None
SMTP = SmtpSettings(host="127.0.0.1", sender=SENDER, security="none")  # type: ignore[arg-type]


def report_with(part: str, **answers: Any) -> Report:
    """A report of somebody who may be written to, with answers added to a part of it ("" is the top)."""
    _, submission = told()
    document = json.loads(submission.content)
    if part:
        document[part] = {**document.get(part, {}), **answers}
    else:
        document |= answers
    return read_of(document)[0]


def test_whoever_asks_for_an_email_may_be_sent_one() -> None:
    """The report that all others here differ from."""
    assert refusal(OCR, told()[0]) is None


UNSAFE: dict[str, tuple[str, dict[str, Any]]] = {
    "domestic abuse by its subcategory": ("", {"categorySubcode": "DA"}),
    "a subcategory that nobody knows": ("", {"categorySubcode": "XY9"}),
    "high harm": ("", {"highHarmFlag": True}),
    "at risk of domestic abuse": ("personReporting", {"riskOfBeingVictimOfDomesticAbuse": True}),
    "at risk of domestic abuse, in words": (
        "personReporting",
        {"riskOfBeingVictimOfDomesticAbuseDetails": "he comes back at night"},
    ),
    "at risk of sexual exploitation": ("personReporting", {"riskOfBeingVictimOfSexualExploitation": "Yes"}),
    "a sexual offence alleged": ("personReporting", {"riskOfAllegedSexualOffending": True}),
    "a risk that is not as asked": ("personReporting", {"riskOfBeingVictimOfDomesticAbuse": "perhaps"}),
    "at risk of harm": ("personReporting", {"riskOfBeingPhysicallyHarmed": True}),
    "a child": ("personReporting", {"personUnder18": True}),
    "the suspect is known": ("suspect", {"suspectKnown": "SKWN_0003", "known": {"surname": "Sample"}}),
    "threatened": ("threatAbuseOrAssault", {"subjectedToThreatAbuseOrAssault": True}),
    "assaulted": ("threatAbuseOrAssault", {"physicallyAssaulted": True}),
    "a restraining order": (
        "howInvolvedInCrime",
        {"victimDetailsImTheVictim": {"restrainingOrder": True}},
    ),
    "prefers the phone": (
        "personReporting",
        {"contactPreference": "CPNC_0002", "phoneNumber": "07700 900123"},
    ),
    "prefers nothing": ("personReporting", {"contactPreference": ""}),
    "not available, in words": ("personReporting", {"unavailabilityDetail": "my flatmate reads my post"}),
    "communication needs": ("personReporting", {"communicationNeeds": True}),
    "stalking, in words": ("incidentDetails", {"incidentDescription": "He has been STALKING me."}),
    "rape, in words": ("incidentDetails", {"incidentDescription": "I was raped."}),
    "a partner, in words": ("incidentDetails", {"incidentDescription": "My husband broke it."}),
    "asks not to be emailed": ("incidentDetails", {"incidentDescription": "Please do not email me."}),
    "an unknown question about safety": ("personReporting", {"isItSafeToContactYou": "No"}),
    "an unknown question about contact": ("", {"contactSafety": {"level": 1}}),
    "no address": ("personReporting", {"emailAddress": ""}),
    "two addresses": ("personReporting", {"emailAddress": "a@example.com, b@example.com"}),
    "a name and an address": ("personReporting", {"emailAddress": "Alex <a@example.com>"}),
    "nobody's address": ("personReporting", {"emailAddress": "no-reply@example.com"}),
    "a header in the address": ("personReporting", {"emailAddress": "a@example.com\r\nBcc: b@example.com"}),
}


@pytest.mark.parametrize(("part", "answers"), UNSAFE.values(), ids=UNSAFE)
def test_nobody_is_written_to_in_doubt(part: str, answers: dict[str, Any]) -> None:
    """Each of these alone keeps the message back, and the reason repeats no answer."""
    report = report_with(part, **answers)
    why = refusal(OCR, report)
    assert why
    assert not any(answer.text in why for answer in report.answers if len(answer.text) > 6)


NEVER = {"03-witness-to-assault.json", "04-for-an-elderly-parent.json", "10-known-suspect.json"} | {
    *("11-described-suspect.json", "13-long-story.json"),
}
"""Samples of an assault, of somebody at risk, and of a suspect whom they know."""


def test_of_the_samples_only_harmless_ones_are_acknowledged() -> None:
    """Of the reports that the project ships, none of those is, and most of the others are."""
    samples = sorted(SAMPLES.glob("*.json"))
    may_be = {path.name for path in samples if refusal(OCR, read(read_file(path), all_forms())) is None}
    assert may_be & NEVER == set()
    assert {"01-bicycle-theft.json", "18-with-media.json"} <= may_be


def test_what_was_amended_or_has_a_problem_is_not_acknowledged() -> None:
    """A submission that came again with other content, and an address that is not as asked or differs in a copy,
    are doubtful."""
    report, _ = told()
    for kind, pointer in (
        (ProblemKind.AMENDED, ""),
        (ProblemKind.DIFFERS, "/personReporting/emailAddress"),
        (ProblemKind.UNFIT, "/personReporting"),
    ):
        assert refusal(OCR, replace(report, problems=(Problem(kind, pointer, "Question", "Why."),)))
    elsewhere = Problem(ProblemKind.UNFIT, "/incidentDetails/incidentPlace", "Question", "Why.")
    assert refusal(OCR, replace(report, problems=(elsewhere,))) is None


WRITTEN = re.compile(r"(?m)^How should we contact you\?.*$")
ADDED = {
    "a sentence under no question": "Please ring me only, he checks my inbox.",
    "a sentence in Welsh": "Peidiwch ag e-bostio fi, mae fy ngwr yn darllen fy negeseuon.",
    "a question that the form does not ask": "Is it OK to write to you?: No. He opens my post",
    "another title of a question": "Do you know who did this to you?: Yes, my brother, we live together",
    "another answer to a question": "How should we contact you?: By phone",
}


def printed(**person: Any) -> str:
    """The print of a report of somebody who may be written to."""
    raw = document("01-bicycle-theft.json")
    about = {"contactPreference": "CPNC_0001", "emailAddress": "kim@example.com", **person}
    return text({**raw, "personReporting": {**raw["personReporting"], **about}}).decode()


def from_print(said: str) -> Report:
    """The report that a document of this text is the print of."""
    (found,) = unpack([Submission(said.encode(), "mailbox", "report.txt")], all_forms()).unpacked
    assert is_from_document(found.report)
    return found.report


def test_whoever_asks_for_an_email_in_a_document_may_be_sent_one() -> None:
    """A document of which all is read with certainty is as good as data, whatever stands on each of its pages."""
    report = from_print(printed())
    assert refusal(OCR, report) is None
    running = Answer(f"/{ON_EVERY_PAGE}", (), ON_EVERY_PAGE, "Page 1 of 3", "Page 1 of 3", known=False)
    assert refusal(OCR, replace(report, answers=(*report.answers, running))) is None


@pytest.mark.parametrize("added", ADDED.values(), ids=ADDED)
@pytest.mark.parametrize("place", ["at the end", "after the wish"])
def test_what_a_document_says_under_no_question_keeps_the_message_back(added: str, place: str) -> None:
    """Whatever a document says that is not certainly the answer to a question may be why writing is not safe,
    and the reason repeats none of it."""
    said = printed()
    wish = WRITTEN.search(said)
    assert wish
    at = len(said) if place == "at the end" else wish.end()
    report = from_print(f"{said[:at]}\n{added}\n{said[at:]}")
    why = refusal(OCR, report)
    assert why
    assert not any(answer.text in why for answer in report.answers if len(answer.text) > 6)


@pytest.mark.parametrize("message", [TWICE, REPEATED, UNCERTAIN, "A machine read this."])
def test_nobody_is_written_to_where_reading_is_in_doubt(message: str) -> None:
    """A doubt about how a document was read is one about who may be written to; of data there is none such."""
    question = AS_READ if message.startswith("A machine") else "Question"
    doubt = Problem(ProblemKind.UNFIT, "/incidentDetails/incidentPlace", question, message)
    assert refusal(OCR, replace(from_print(printed()), problems=(doubt,)))
    assert refusal(OCR, replace(told()[0], problems=(doubt,))) is None


def contact(**given: Any) -> Contact:
    """What a form says of contact, sensitive for all its reports."""
    ground = {"when": "`true`", "why": "It is about a sexual offence"}
    return Contact(email="/personReporting/emailAddress", wanted="`true`", sensitive=[ground], **given)


def test_a_sensitive_form_is_never_acknowledged_unless_it_says_so() -> None:
    """For a form of sexual offences nothing is sent, but where the form itself says that it is."""
    report, _ = told()
    assert refusal(contact(), report) == "It is about a sexual offence"
    assert refusal(contact(acknowledge_sensitive=True), report) is None


def test_a_ground_that_cannot_be_told_holds() -> None:
    """An answer of another shape than a ground expects makes it hold; a wish that cannot be told is none."""
    report, _ = told()
    unclear = "abs(personReporting.surname) > `1`"
    ground = {"when": unclear, "why": "It cannot be told"}
    sensitive = {"when": "`false`", "why": "-"}
    given = {"email": "/personReporting/emailAddress", "sensitive": [sensitive]}
    assert refusal(Contact(wanted="`true`", unsafe=[ground], **given), report) == "It cannot be told"  # type: ignore[arg-type]
    assert refusal(Contact(wanted=unclear, **given), report) is not None  # type: ignore[arg-type]


NO_ADDRESS = (
    *("", "alex", "@example.com", "alex@", "alex@example", "alex@example.com.", ".alex@example.com"),
    *("al..ex@example.com", "alex@-example.com", "alex@exam_ple.com", "alex@[192.0.2.1]", "alex@192.0.2.1"),
    *("a,b@example.com", "a@example.com,b@example.com", "a@example.com;b@example.com", "a;b@example.com"),
    *("<a@example.com>", "Alex <a@example.com>", '"a"@example.com', '"a b"@example.com', "a(b)@example.com"),
    *(
        "a@example.com\n",
        "a@example.com\r\nBcc: b@example.com",
        "a\n@example.com",
        "\ta@example.com",
        "a b@example.com",
    ),
    *(
        "a%example.org@example.com",
        "example.org!a@example.com",
        "a@example.com:25",
        "a@example.com>",
        "a\\@example.com",
    ),
    *("älex@example.com", "alex@exämple.com", "alex@example.com\u200b", "a" * 65 + "@example.com"),
    f"alex@{'a.' * 130}com",
)
PLAIN = (
    "alex@example.com",
    "o'brien+police@mail.example.co.uk",
    "a.b_c-d@xn--exmple-cua.com",
    "a" * 64 + "@example.com",
)


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_more_or_less_than_one_address_is_none(text: str) -> None:
    """Lists, names, quotes, comments, routes, line breaks, letters outside ASCII, and what is too long."""
    assert not is_plain_address(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_people_have_is_one(text: str) -> None:
    """The addresses of people, and of hosts whose names are written in ASCII."""
    assert is_persons_address(text)


ADDRESSES = st.one_of(
    st.text(max_size=80),
    st.builds("{}@{}".format, st.text(max_size=30), st.text(max_size=30)),
    st.from_regex(r"[a-z.\"<>, \r\n:;@\\()%!]{1,20}@[a-z.\-\[\]: \r\n,;@]{1,20}", fullmatch=True),
    st.sampled_from(
        ["a@b.example", "a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example", "<a@b.example>"]
    ),
)


@given(ADDRESSES)
def test_an_address_is_one_or_none(text: str) -> None:
    """Whatever is given for an address, what passes is one addr-spec and nothing more: read back by the standard
    library, it is the one recipient."""
    if is_plain_address(text):
        message = message_of(SMTP, _letter(text, "subject", "body"))
        (found,) = message_from_bytes(as_bytes(message), policy=policy.default)["To"].addresses  # type: ignore[attr-defined]
        assert found.addr_spec == text
        assert found.display_name == ""
    else:
        assert not is_persons_address(text)


HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
    *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
}
FACT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=60)


@given(FACT, st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_fact_becomes_a_header(fact: str, words: str) -> None:
    """Whatever a fact says, the message has its own headers, once each, and its body is text."""
    subject = fill_in("About {reference}", {"reference": fact})
    body = fill_in("{why}\n.\n{why}", {"why": words})
    try:
        content = message_of(SMTP, _letter("alex.example@example.com", subject, body)).as_bytes()
    except ValueError:
        return  # the standard library refuses it
    message = message_from_bytes(content, policy=policy.default)
    assert sorted(message.keys()) == sorted(HEADERS)
    assert message.get_content_type() == "text/plain"
    sent = as_bytes(message_of(SMTP, _letter("alex.example@example.com", subject, body)))
    assert b"\r\n.\r\n" not in sent


def _letter(recipient: str, subject: str, body: str) -> Letter:
    return Letter("CR-EXAMPLE", MessageKind.RECEIVED, recipient, subject, body, {})


def test_a_fact_in_braces_stays_as_it_is() -> None:
    """What a fact says is not filled in again."""
    assert fill_in("{reference}", {"reference": "{why}", "why": "x"}) == "{why}"


@pytest.mark.parametrize("kind", [ProblemKind.DIFFERS, ProblemKind.MESSAGE])
def test_what_stands_beside_the_report_keeps_messages_back(kind: ProblemKind) -> None:
    """A copy that says otherwise, or a message with more in it, may be why writing is not safe: nobody is."""
    assert OCR is not None
    report = report_with("")
    assert refusal(OCR, report) is None
    beside = Problem(kind, "", "The message", "It says more.")
    assert refusal(OCR, replace(report, problems=(*report.problems, beside))) is not None
