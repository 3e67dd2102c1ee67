"""One report in every way that it arrives: each format, alone or in a message."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rpa.forms import understand
from rpa.report import Submission
from tests import printed_forms
from tests.outlook_files import compound_file, message_file
from tests.sdm_documents import as_sdm
from tests.worlds import all_forms, document
from tests.written_pages import printed

FORM = all_forms()["ocr"]
MARKING = "*" * 40 + "\nOFFICIAL - SENSITIVE\n" + "*" * 40 + "\n"
_ENVELOPE = (
    "submissionId",
    "submitTime",
    "category",
    "categorySubcode",
    "customerReferenceNumber",
    "forceIdentifier",
    "highHarmFlag",
)
_DOCX = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")

Raw = Mapping[str, Any]
Files = Mapping[str, bytes]


def rows(raw: Raw) -> list[printed_forms.Row]:
    """What the website prints of a report."""
    report = understand(raw, {"ocr": FORM}, submission=Submission(b"", "", ""))
    return printed_forms.rows_of(FORM.versions[1].node, report.data)


def as_json(raw: Raw) -> bytes:
    """The form's own data."""
    return json.dumps(raw, ensure_ascii=False).encode()


def in_sdm(raw: Raw) -> bytes:
    """The Standard Data Model."""
    return json.dumps(as_sdm(dict(raw)), ensure_ascii=False).encode()


def skeleton(raw: Raw) -> bytes:
    """The Standard Data Model with the whole report as plain text."""
    sent = {key: raw[key] for key in _ENVELOPE if raw.get(key) is not None}
    text = MARKING + printed_forms.text_of(FORM.title, rows(raw))
    submission = {"id": "s", "type": "submission", "attributes": {**sent, "submissionContent": text}}
    related = {"submission": {"data": [{"id": "s", "type": "submission"}]}}
    incident = {"id": "i", "type": "incident", "attributes": {}, "relationships": related}
    return json.dumps({"data": incident, "included": [submission]}, ensure_ascii=False).encode()


def html(raw: Raw, layout: str = "table") -> bytes:
    """A page."""
    return printed_forms.html_of(FORM.title, rows(raw), layout).encode()


def pdf(raw: Raw, folder: Path, layout: str = "table") -> bytes:
    """What a browser prints of the page."""
    return printed(html(raw, layout).decode(), folder, "--no-pdf-header-footer")


def docx(raw: Raw) -> bytes:
    """A Word document."""
    return printed_forms.docx_of(FORM.title, rows(raw))


def text(raw: Raw) -> bytes:
    """Plain text."""
    return printed_forms.text_of(FORM.title, rows(raw)).encode()


def mail(files: Files, subject: str = "A report", body: str = "A report is attached.\n") -> bytes:
    """A message with these files attached."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "online@example.com", "force@example.com", subject
    digest = hashlib.sha256(b"".join(files.values()) + body.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@example.com>"
    message.set_content(body)
    for name, content in files.items():
        main, sub = ("application", "json") if name.endswith(".json") else ("application", "octet-stream")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def msg(files: Files) -> bytes:
    """The same as Outlook keeps it."""
    values = {0x001A: "IPM.Note", 0x0037: "A report", 0x1000: "A report is attached."}
    return compound_file(message_file(values, ["force@example.com"], list(files.items())))


def ways(folder: Path) -> Mapping[str, Callable[[Raw], tuple[str, bytes]]]:
    """Each way, by name: a report -> the file that arrives, its name and content. `folder`: for the browser."""
    return {
        "json": lambda raw: ("report.json", as_json(raw)),
        "sdm": lambda raw: ("report-sdm.json", in_sdm(raw)),
        "skeleton": lambda raw: ("skeleton.json", skeleton(raw)),
        "mail with json": lambda raw: ("json.eml", mail({"report.json": as_json(raw)})),
        "mail with json and pdf": lambda raw: (
            "both.eml",
            mail({"report.pdf": pdf(raw, folder), "report.json": as_json(raw)}),
        ),
        "mail with pdf": lambda raw: ("pdf.eml", mail({"report.pdf": pdf(raw, folder)})),
        "mail with docx": lambda raw: ("docx.eml", mail({"report.docx": docx(raw)})),
        "mail with html": lambda raw: ("html.eml", mail({"report.html": html(raw)})),
        "mail with text": lambda raw: ("text.eml", mail({"report.txt": text(raw)})),
        "mail whose body it is": lambda raw: ("body.eml", mail({}, body=text(raw).decode())),
        "outlook": lambda raw: ("report.msg", msg({"report.json": as_json(raw)})),
    }


def main() -> None:
    """`python -m tests.every_way FILE`: write the sample that comes by email, with nothing but the PDF."""
    raw = document("08-bank-card.json")
    person = {**raw["personReporting"], "firstName": "Robin", "dateOfBirth": "1979-05-02"}
    happened = (
        "A purse with this card was taken from my bag on the tram. The card was used ten minutes later."
    )
    incident = {**raw["incidentDetails"], "incidentDescription": happened}
    own = {
        "submissionId": "5e0c1d66-3b1f-4d3a-9a62-2f6f0a5d2023",
        "customerReferenceNumber": "TYA-23-26-0100-000",
    }
    with TemporaryDirectory() as folder:
        printed_report = pdf(
            {**raw, **own, "personReporting": person, "incidentDetails": incident}, Path(folder)
        )
    Path(sys.argv[1]).write_bytes(
        mail({"report.pdf": printed_report}, "Online crime report TYA-23-26-0100-000")
    )


if __name__ == "__main__":
    main()
