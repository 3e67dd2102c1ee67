"""Originals on a real disk: whole or not at all, known by their digest, and never altered unnoticed (P1)."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.originals import Arrival, OriginalAltered, Originals
from rpa.report import Media, Submission

MEDIA = (Media("photo.jpg", b"\xff\xd8photo"), Media("note.txt", b"note"))
MEDIA_B = Media("photo.png", b"b")
SUBMISSION = Submission(b'{"a": 1}', "folder", "1.json", MEDIA)


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    """A store of originals in a folder that is not there yet."""
    return Originals(tmp_path / "data")


def files(originals: Originals) -> list[Path]:
    """Every file there is."""
    return sorted(path for path in originals.folder.rglob("*") if path.is_file())


def test_what_is_kept_comes_back(originals: Originals) -> None:
    """Content and media are the bytes that arrived, by what arrived or by digest and name."""
    arrival = originals.keep(SUBMISSION)
    assert originals.submission(arrival) == SUBMISSION
    assert originals.find(SUBMISSION.sha256, "folder", "1.json") == SUBMISSION
    assert list(originals.pending()) == [arrival]
    originals.acknowledge(arrival)
    assert list(originals.pending()) == []
    assert originals.find(SUBMISSION.sha256, "folder", "1.json") == SUBMISSION


def test_keeping_again_changes_nothing(originals: Originals) -> None:
    """The same arrival again writes nothing, settled or not; another arrival of the same bytes is one more."""
    arrival = originals.keep(SUBMISSION)
    before = files(originals)
    assert originals.keep(SUBMISSION) == arrival
    assert files(originals) == before
    originals.acknowledge(arrival)
    originals.acknowledge(arrival)
    originals.keep(SUBMISSION)
    assert list(originals.pending()) == []
    other = originals.keep(Submission(SUBMISSION.content, "email", "1.json", MEDIA))
    assert list(originals.pending()) == [other]


def test_only_the_owner_can_read_and_nobody_writes(originals: Originals) -> None:
    """Originals are for the service alone, and read-only even for it."""
    originals.keep(SUBMISSION)
    assert {path.stat().st_mode & 0o777 for path in files(originals)} == {0o400}
    folders = [path for path in originals.folder.rglob("*") if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}


@pytest.mark.parametrize("content", [b'{"a": 2}', b"", None])
def test_an_altered_original_is_found_when_it_is_read(originals: Originals, content: bytes | None) -> None:
    """Bytes that are not what arrived, or are gone, are an error, never an answer; nor are they taken for kept."""
    arrival = originals.keep(SUBMISSION)
    path = originals.folder / "originals" / "bytes" / arrival.sha256[:2] / arrival.sha256
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OriginalAltered):
        originals.submission(arrival)
    if content is None:
        originals.keep(SUBMISSION)
        assert originals.submission(arrival) == SUBMISSION
    else:
        with pytest.raises(OriginalAltered):
            originals.keep(SUBMISSION)


@pytest.mark.parametrize("folder", ["bytes", "pending"])
@pytest.mark.parametrize("leads_to", ["nothing", "a copy"])
def test_a_link_is_never_taken_for_kept(
    originals: Originals, folder: str, leads_to: str, tmp_path: Path
) -> None:
    """Where a link stands under the name of what arrives, dangling or leading to the same bytes, nothing is said
    to be on disk."""
    arrival = originals.keep(SUBMISSION)
    (path,) = (originals.folder / "originals" / folder).rglob(f"{arrival.sha256}*")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / ("elsewhere" if leads_to == "a copy" else "missing"))
    with pytest.raises(OriginalAltered):
        originals.keep(SUBMISSION)
    assert path.is_symlink()
    assert not (tmp_path / "missing").exists()


def test_the_same_arrives_at_once(originals: Originals) -> None:
    """Who receives the same at the same time moves its arrival under the other's hands, and that is no error."""

    def receive(settle: Callable[[Arrival], None]) -> None:
        for _ in range(400):
            settle(originals.keep(SUBMISSION))

    settled = (originals.acknowledge, originals.put_back, originals.unpacked, originals.acknowledge)
    with ThreadPoolExecutor(len(settled)) as threads:
        list(threads.map(receive, settled))
    arrival = originals.keep(SUBMISSION)
    originals.acknowledge(arrival)
    assert originals.submission(arrival) == SUBMISSION


def test_a_link_in_place_of_an_acknowledged_arrival_is_none(originals: Originals, tmp_path: Path) -> None:
    """What arrives again is pending again, where a link stands in place of its arrival."""
    arrival = originals.keep(SUBMISSION)
    originals.acknowledge(arrival)
    (path,) = (originals.folder / "originals" / "arrivals").rglob(f"{arrival.sha256}*")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    originals.keep(SUBMISSION)
    assert list(originals.pending()) == [arrival]
    originals.acknowledge(arrival)
    assert not path.is_symlink()


def test_an_altered_arrival_is_told_and_the_others_are_there(originals: Originals) -> None:
    """One arrival that cannot be read does not hide the others, and is not passed over in silence."""
    first = originals.keep(SUBMISSION)
    second = originals.keep(Submission(b"other", "folder", "2.json"))
    (path,) = (originals.folder / "originals" / "pending").glob(f"{first.sha256}-*")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"1.json", b"3.json"))
    found = []
    with pytest.raises(OriginalAltered, match="not as they were written"):
        found.extend(originals.pending())
    assert found in ([], [second])
    seen = originals.pending()
    assert next(seen) == second


def test_files_of_every_delivery_of_the_same_bytes_are_found(originals: Originals) -> None:
    """Whatever name the same bytes came under, all their files are with them, none twice, and two of one name
    under two names; files of other bytes are not."""
    originals.keep(Submission(b"bytes", "folder", "b.json", (MEDIA_B, Media("film.mp4", b"film"))))
    own = (Media("photo.png", b"a"), Media("same.png", b"a"))
    originals.acknowledge(originals.keep(Submission(b"bytes", "folder", "a.json", own)))
    originals.keep(Submission(b"bytes", "folder", "c.json", (Media("copy.png", b"a"),)))
    originals.keep(Submission(b"other", "folder", "b.json", (Media("other.png", b"other"),)))
    sha256 = Submission(b"bytes", "folder", "a.json").sha256
    found = originals.find(sha256, "folder", "a.json")
    assert (found.name, [each.content for each in found.media]) == ("a.json", [b"a", b"a", b"b", b"film"])
    first, same, second, film = (each.name for each in found.media)
    assert (first, same, film) == ("photo.png", "same.png", "film.mp4")
    assert second == f"{MEDIA_B.sha256[:8]}-photo.png"


def test_a_torn_write_leaves_nothing_under_a_name(originals: Originals) -> None:
    """What a crash leaves half-written stands under another name, and is not taken for an original."""
    arrival = originals.keep(SUBMISSION)
    (originals.folder / "originals" / "pending" / ".0123.part").write_bytes(b'{"sha')
    assert list(originals.pending()) == [arrival]


def test_many_keep_the_same_at_once(originals: Originals) -> None:
    """Threads that keep and settle the same arrival do not get in each other's way."""
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def keep() -> None:
        start.wait()
        try:
            for _ in range(5):
                originals.acknowledge(originals.keep(SUBMISSION))
        except BaseException as error:  # noqa: BLE001 - to be looked at by the test
            errors.append(error)

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert originals.find(SUBMISSION.sha256, "folder", "1.json") == SUBMISSION


def test_pictures_are_kept_with_their_report(originals: Originals) -> None:
    """A picture of a page is kept under its report, the latest of a name stays, and no name leaves the folder."""
    said = originals.keep_picture("CR-1", "review.png", b"first")
    assert originals.keep_picture("CR-1", "review.png", b"second") == said == "pictures/CR-1/review.png"
    assert originals.picture("CR-1", "review.png").read_bytes() == b"second"
    for reference, name in (("..", "x.png"), ("CR-1", "../x.png"), ("CR-1", ""), ("a/b", "x.png")):
        with pytest.raises(ValueError, match="letters"):
            originals.picture(reference, name)


def test_a_digest_is_a_digest(originals: Originals) -> None:
    """Nothing but 64 hexadecimal digits finds a file."""
    with pytest.raises(ValueError, match="hexadecimal"):
        originals.read("../../etc/passwd")


def test_nothing_is_erased_while_something_is_kept(originals: Originals) -> None:
    """An arrival that relies on a file that is here already keeps it, though the file's first report is erased."""
    first = originals.keep(SUBMISSION)

    def erase() -> None:
        with originals.erasing({SUBMISSION.sha256}, "CR-1") as remove:
            remove()

    erasing = threading.Thread(target=erase)
    with originals._locked(fcntl.LOCK_SH):  # as whoever keeps a submission has it
        erasing.start()
        erasing.join(0.5)
        assert erasing.is_alive()
        other = originals.keep(Submission(b"{}", "folder", "2.json", (MEDIA_B, MEDIA[0])))
    erasing.join()
    assert originals.submission(other).media == (MEDIA_B, MEDIA[0])
    with pytest.raises(OriginalAltered):
        originals.submission(first)
    assert list(originals.pending()) == [other]


MESSAGE = Media("report.eml", b"Subject: a report")
FROM_A_MESSAGE = Submission(
    b'{"a": 2}', "mailbox", "2.json", MEDIA, (Media("report.pdf", b"%PDF-"),), (MESSAGE,)
)


def test_copies_and_the_message_come_back(originals: Originals) -> None:
    """A submission from a message comes back with the copies of the report, and with the message."""
    arrival = originals.keep(FROM_A_MESSAGE)
    assert originals.submission(arrival) == FROM_A_MESSAGE
    assert originals.find(FROM_A_MESSAGE.sha256, "mailbox", "2.json") == FROM_A_MESSAGE
    assert list(originals.pending()) == [arrival]


def test_an_arrival_of_an_earlier_version_is_known(originals: Originals) -> None:
    """What a version without copies and messages wrote about an arrival is what this one writes."""
    arrival = originals.keep(SUBMISSION)
    (written,) = (originals.folder / "originals" / "pending").iterdir()
    assert set(json.loads(written.read_bytes())) == {"sha256", "source", "name", "media"}
    assert list(originals.pending()) == [arrival]


def test_a_message_is_no_arrival_once_it_is_unpacked(originals: Originals) -> None:
    """What is in the message names it; the message itself is not received at the next start again."""
    message = originals.keep(Submission(MESSAGE.content, "mailbox", MESSAGE.name))
    inner = originals.keep(FROM_A_MESSAGE)
    assert set(originals.pending()) == {message, inner}
    originals.unpacked(message)
    originals.unpacked(message)
    assert list(originals.pending()) == [inner]
    assert originals.submission(inner).messages == (MESSAGE,)


def test_a_message_is_erased_with_the_last_report_in_it(originals: Originals) -> None:
    """A message that two reports came in is still there when one of them is erased, and not after the other."""
    other = replace(FROM_A_MESSAGE, content=b"{}", media=(), copies=())
    originals.keep(FROM_A_MESSAGE)
    originals.keep(other)
    with originals.erasing({FROM_A_MESSAGE.sha256}, "CR-1") as remove:
        remove()
    assert originals.kept(MESSAGE.sha256) == MESSAGE.content
    assert originals.kept(FROM_A_MESSAGE.copies[0].sha256) is None
    with originals.erasing({other.sha256}, "CR-2") as remove:
        remove()
    assert originals.kept(MESSAGE.sha256) is None
