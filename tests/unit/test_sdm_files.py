"""Files of a report in the Standard Data Model: in the document itself, or named by their address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rpa.documents.json_document import parse
from rpa.documents.links import links
from rpa.forms.sdm.conversion import Converted, from_sdm
from rpa.report import ProblemKind
from tests.sdm_documents import add, incident, skeleton, texts, understood
from tests.worlds import all_forms


def converted(document: Any) -> Converted:
    """The form's own document that a document makes."""
    return from_sdm(parse(json.dumps(document).encode()), all_forms())


def test_a_submission_of_one_text_is_a_skeleton_with_its_files() -> None:
    """The text, what was sent with it and the addresses are there, and its file is decoded under a safe name."""
    found = converted(
        skeleton(
            attachmentContent="aGVs\nbG8=", attachmentMimeType="text/plain", attachmentName="../../a/notes"
        )
    )
    assert found.skeleton is not None
    assert found.skeleton.text.endswith("A fence was painted.")
    assert found.skeleton.envelope["category"] == "OCR"
    assert found.document.value["toEmailAddress"] == {"emailAddress": "reports@example.com"}
    assert [(each.name, each.content) for each in found.media] == [("notes.txt", b"hello")]


@pytest.mark.parametrize("content", ["aGVsbG8", "aGVsbG8=?", "no base64 at all", "aGVs\u00e9bG8="])
def test_a_file_that_cannot_be_decoded_is_told_and_kept_as_text(content: str) -> None:
    """A broken file is a problem, and its text is attached as it came."""
    found = converted(skeleton(attachmentContent=content, attachmentName="photo.png"))
    assert [(each.name, each.content.decode()) for each in found.media] == [
        ("photo.png.as-received.txt", content)
    ]
    assert [each.kind for each in found.problems] == [ProblemKind.UNFIT]


def test_files_are_bounded() -> None:
    """Beyond fifty files, or twenty megabytes in one, a note takes a file's place."""
    document = skeleton(attachmentContent="QUJD" * 7_500_000, attachmentName="large.bin")
    for number in range(60):
        add(document, "attachment", "attachments", document["included"][0], attachmentContent="aGk=")
        document["included"][-1]["attributes"]["attachmentName"] = f"{number}.txt"
    found = converted(document)
    assert found.media[0].name == "large.bin.not-received.txt"
    assert sum(each.content == b"hi" for each in found.media) == 50
    assert len(found.problems) == 11


def test_an_incident_with_answers_is_no_skeleton() -> None:
    """The whole report as text beside the answers themselves does not make it a skeleton, and stays an answer."""
    document = incident()
    document["included"][0]["attributes"]["submissionContent"] = "Everything again"
    assert converted(document).skeleton is None
    assert texts(understood(document))["/submissionContent"] == "Everything again"


def test_links_to_files_are_found_and_their_names_are_the_answers() -> None:
    """A media entity's address is a file's, its name is the answer; an address a person wrote is not a file's."""
    document = incident()
    evidence = add(document, "evidence", "incidentEvidence", yourVideoUrl="https://video.example.com/v/1")
    url = "https://media.example.com/files/garage%20door.png?key=abc"
    add(document, "media", "yourMediaUpload", evidence, mediaUpload=url, mediaType="MTYP_0004")
    assert [(each.name, each.url) for each in links(document)] == [("garage door.png", url)]
    said = texts(understood(document))
    assert said["/evidence/yourMediaUploadsDm/0/mediaUpload"] == "garage door.png"
    assert said["/evidence/yourMediaUploadsDm/0/mediaLink"] == url
    assert said["/evidence/yourVideoUrl"] == "https://video.example.com/v/1"
