"""Files that a report came with: which of them are attached to its record, and what is said of the others."""

from __future__ import annotations

from dataclasses import replace

from rpa.documents.attachable import attachable, note_name
from rpa.planning.attachments import NOT_ATTACHED
from rpa.report import Media
from tests.worlds import case, document

PHOTO = Media("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(20))
PROGRAM = Media("photo.jpg", b"MZ" + bytes(200))


def test_a_program_is_kept_and_a_note_is_attached() -> None:
    """Whatever it is called, a program goes into no record: a note says that it came, and why it is not there."""
    files = attachable([PHOTO, PROGRAM])
    assert list(files) == [PHOTO.name, "photo.jpg.not-attached.txt"]
    assert files[PHOTO.name] == PHOTO.content
    assert b"photo.jpg" in files[note_name("photo.jpg")]
    assert b"a program" in files[note_name("photo.jpg")]


def test_an_answer_that_names_it_says_why() -> None:
    """The answer that names a refused file is accounted for: it is kept, and not attached (P4)."""
    upload = [{"mediaUpload": PROGRAM.name, "mediaUploadDescription": "The door"}]
    raw = document("18-with-media.json")
    raw = {**raw, "evidence": {**raw["evidence"], "yourMediaUploadsDm": upload}}
    planned = replace(case(raw), files=attachable([PROGRAM])).plan()
    (told,) = [each for each in planned.dispositions if each.pointer.endswith("/mediaUpload")]
    assert told.reason == NOT_ATTACHED
    rows = [row for page in planned.pages for some in page.rows.values() for row in some]
    assert note_name(PROGRAM.name) in {entry.value for row in rows for entry in row}
