"""One bad thing in the inbox, among the originals or in a file of ours never stops the rest (P1)."""

from __future__ import annotations

import os
import resource
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orchestrator.intake.recovery import read_corrected, recover
from orchestrator.intake.watched_folder import Inbox
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import State
from rpa.documents.files import FileLimits, read_file
from rpa.documents.plain_files import NotReceived
from rpa.forms import Form
from rpa.report import Submission
from tests.acts import receive_as_channel
from tests.integration.store_world import World
from tests.worlds import SAMPLES, all_forms

BICYCLE = (SAMPLES / "01-bicycle-theft.json").read_bytes()
BURGLARY = (SAMPLES / "02-burglary.json").read_bytes()
NOBODY = 65534
LIMITS = FileLimits(folder_levels=3)
FILE_BYTES = LIMITS.file_megabytes * 1024 * 1024


class Place:
    """A store, its originals and an inbox in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder)
        self.originals = Originals(folder / "data")
        self.inbox = Inbox(folder / "inbox", LIMITS)
        self.forms: Mapping[str, Form] = all_forms()

    def put(self, name: str, content: bytes = BICYCLE) -> Path:
        """A file in the inbox."""
        path = self.folder / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def rounds(self, number: int = 2) -> list[str]:
        """The references that so many rounds of the inbox receive."""
        store = self.world.store
        return [
            receipt.reference
            for _ in range(number)
            for receipt in self.inbox.receive(Reader(self.forms), store, self.originals)
        ]

    def here(self) -> set[str]:
        """What lies in the inbox, by path below it."""
        inbox = self.folder / "inbox"
        return {str(path.relative_to(inbox)) for path in inbox.rglob("*")}


@pytest.fixture
def place() -> Iterator[Place]:
    """Everything that receives, in a folder that an unprivileged user may enter too."""
    with tempfile.TemporaryDirectory(prefix="rpa-bad-thing-") as folder:
        Path(folder).chmod(0o755)
        place = Place(Path(folder))
        yield place
        place.world.engine.dispose()


@contextmanager
def as_nobody(*owned: Path) -> Iterator[None]:
    """Root may read everything: as root, the block runs without its rights, as the owner of these paths."""
    if os.geteuid() != 0:
        yield
        return
    for path in owned:
        for each in (path, *path.rglob("*")):
            os.chown(each, NOBODY, -1, follow_symlinks=False)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# ---- links, and what is no file


def test_a_link_to_a_folder_is_not_followed(place: Place) -> None:
    """A link to the keys receives nothing behind it and removes nothing; what lies beside it is received."""
    keys = place.folder / "keys"
    keys.mkdir()
    (keys / "digest.key").write_bytes(b"k" * 32)
    place.put("a.json")
    (place.folder / "inbox" / "keys").symlink_to("../keys")
    assert len(place.rounds(4)) == 1
    assert (keys / "digest.key").read_bytes() == b"k" * 32
    assert place.here() == {"keys"}
    assert (place.inbox.waiting, place.inbox.set_aside) == (0, 1)


def test_a_link_to_a_file_is_not_followed(place: Place) -> None:
    """A link to a file is neither received nor removed, and what it leads to stays."""
    secret = place.folder / "signing.key"
    secret.write_bytes(BURGLARY)
    place.put("sub/a.json")
    (place.folder / "inbox" / "sub" / "b.json").symlink_to(secret)
    assert len(place.rounds(4)) == 1
    assert secret.read_bytes() == BURGLARY
    assert place.here() == {"sub", "sub/b.json"}


def test_a_link_in_the_place_of_media_is_not_followed(place: Place) -> None:
    """A report whose media folder is a link is received without what lies behind it, which stays."""
    elsewhere = place.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "digest.key").write_bytes(b"k" * 32)
    place.put("a.json")
    (place.folder / "inbox" / "a").symlink_to(elsewhere)
    (reference,) = place.rounds(4)
    stored = place.world.store.report(reference)
    assert stored is not None
    assert place.originals.find(stored.sha256, stored.source, stored.source_name).media == ()
    assert (elsewhere / "digest.key").exists()
    assert place.here() == {"a"}


def test_a_link_among_media_is_left_out_with_a_note(place: Place) -> None:
    """A link among the files of a report is not read; a note stands in its place, and the link is moved aside."""
    secret = place.folder / "digest.key"
    secret.write_bytes(b"k" * 32)
    place.put("a.json")
    place.put("a/photo.png", b"photo")
    (place.folder / "inbox" / "a" / "x.key").symlink_to(secret)
    (reference,) = place.rounds(4)
    stored = place.world.store.report(reference)
    assert stored is not None
    photo, note = place.originals.find(stored.sha256, stored.source, stored.source_name).media
    assert (photo.content, b"links are not followed" in note.content) == (b"photo", True)
    assert secret.exists()


def test_a_folder_that_turns_into_a_link_is_not_entered(place: Place) -> None:
    """A link put in the place of a sub-folder between look and open is met at the open, and refused."""
    keys = place.folder / "keys"
    keys.mkdir()
    (keys / "a.json").write_bytes(BURGLARY)
    inbox = place.folder / "inbox"
    inbox.mkdir()
    (inbox / "sub").symlink_to(keys)
    with pytest.raises(NotADirectoryError):
        read_file(inbox / "sub" / "a.json", root=inbox)


def test_what_is_no_file_stops_nothing(place: Place) -> None:
    """A pipe, a socket and a folder far too deep are told once and passed over; opening a pipe does not wait."""
    place.put("b.json")
    inbox = place.folder / "inbox"
    os.mkfifo(inbox / "a.json")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(inbox / "c.json"))
    place.put("/".join(["d"] * (LIMITS.folder_levels + 2)) + "/e.json", BURGLARY)
    with capture_logs() as logs:
        assert len(place.rounds(5)) == 1
    listening.close()
    assert place.inbox.set_aside == 3
    assert sum("cannot be received" in one["event"] for one in logs) == 3
    with pytest.raises(NotReceived, match="not a regular file"):
        read_file(inbox / "a.json")


# ---- rights, disks and the database


@pytest.mark.parametrize("closed", ["sub", "a"], ids=["a sub-folder", "a media folder"])
def test_a_folder_that_cannot_be_read_waits_alone(place: Place, closed: str) -> None:
    """What cannot be read stays and is told once; the rest is received, and it too once it can be read."""
    place.put("a.json")
    place.put("a/photo.png", b"photo")
    place.put("sub/c.json", (SAMPLES / "07-phone-snatch.json").read_bytes())
    place.put("z.json", BURGLARY)
    shut = place.folder / "inbox" / closed
    with as_nobody(place.folder):
        shut.chmod(0)
        with capture_logs() as logs:
            assert len(place.rounds(5)) == 2
        assert (place.inbox.waiting, place.inbox.set_aside) == (0, 1)
        assert sum("cannot be received" in one["event"] for one in logs) == 1
        shut.chmod(0o700)
        assert len(place.rounds(3)) == 1
    assert place.inbox.set_aside == 0
    for report in place.world.store.reports():
        place.originals.find(report.sha256, report.source, report.source_name)


@pytest.mark.parametrize("closed", ["sub", "a"], ids=["a sub-folder", "a media folder"])
def test_a_folder_that_may_be_listed_but_not_entered_waits_alone(place: Place, closed: str) -> None:
    """A folder of which only the names can be read keeps what lies in it, or is its report, waiting alone."""
    place.put("a.json")
    place.put("a/photo.png", b"photo")
    place.put("sub/c.json", (SAMPLES / "07-phone-snatch.json").read_bytes())
    place.put("sub/shut/d.json", BURGLARY)
    place.put("z.json", BURGLARY)
    shut = place.folder / "inbox" / closed
    with as_nobody(place.folder):
        (place.folder / "inbox" / "sub" / "shut").chmod(0)
        shut.chmod(0o400)
        with capture_logs() as logs:
            assert len(place.rounds(5)) == 2
        assert (place.inbox.waiting, place.inbox.set_aside) == (0, 2)
        assert sum("cannot be received" in one["event"] for one in logs) == 2
        shut.chmod(0o700)
        assert len(place.rounds(3)) == 1
        assert place.inbox.set_aside == 1
        (place.folder / "inbox" / "sub" / "shut").chmod(0o700)


def test_a_file_whose_original_was_altered_waits_alone(place: Place) -> None:
    """A file whose bytes were kept before, and are not the same any more, stays; the next one is received."""
    kept = place.originals.keep(Submission(BICYCLE, "folder", "a.json"))
    path = place.folder / "data" / "originals" / "bytes" / kept.sha256[:2] / kept.sha256
    path.chmod(0o600)
    path.write_bytes(b"altered")
    place.put("a.json")
    place.put("b.json", BURGLARY)
    assert len(place.rounds(4)) == 1
    assert place.here() == {"a.json"}
    assert (place.inbox.waiting, place.inbox.set_aside) == (0, 1)


def test_two_files_of_one_name_are_both_kept(place: Place) -> None:
    """Two reports of one name in two folders are two reports, whose files do not mix; leftovers are both kept."""
    for sub, content in (("x", BICYCLE), ("y", BURGLARY)):
        place.put(f"{sub}/1.json", content)
        place.put(f"{sub}/1/photo.png", sub.encode())
    second, first = place.rounds(3)  # the newest is received first
    for reference, photo in ((first, b"x"), (second, b"y")):
        stored = place.world.store.report(reference)
        assert stored is not None
        (media,) = place.originals.find(stored.sha256, stored.source, stored.source_name).media
        assert media.content == photo
    for _ in range(2):
        place.put("x/1.json", BICYCLE)
        place.put("x/1/inner/film.mp4", b"film")
        assert len(place.rounds(3)) == 1
        assert place.inbox.set_aside == 0
    assert not (place.folder / "inbox" / "x" / "1").exists()
    assert len(list((place.folder / "inbox").rglob("film.mp4"))) == 2


@pytest.mark.parametrize(
    "names", [["9.eml", "9.json"], ["9.json", "9.txt"]], ids=["the report is last", "the report is first"]
)
def test_a_folder_is_taken_with_every_file_of_its_stem(place: Place, names: list[str]) -> None:
    """Two files of one stem, as a mail drop leaves them: the files beside are with both, and go with the last."""
    for name in names:
        place.put(name, BICYCLE if name.endswith(".json") else b"a mail that somebody left")
    place.put("9/photo.jpg", b"evidence")
    references = place.rounds(3)
    assert len(references) == 2
    for reference in references:
        stored = place.world.store.report(reference)
        assert stored is not None
        (media,) = place.originals.find(stored.sha256, stored.source, stored.source_name).media
        assert (media.name, media.content) == ("photo.jpg", b"evidence")
    assert place.here() == set()


@pytest.mark.parametrize("left", ["9.txt", "9.json.part"], ids=["set aside", "still being written"])
def test_a_folder_stays_while_a_file_of_its_stem_does(place: Place, left: str) -> None:
    """What waits for somebody, or has not come whole yet, keeps the files that belong to it."""
    place.put("9.eml", BICYCLE)
    place.put("9/photo.jpg", b"evidence")
    with place.put(left, b"").open("wb") as file:
        file.truncate(FILE_BYTES + 1)
    assert len(place.rounds(4)) == 1
    assert place.here() == {left, "9", "9/photo.jpg"}


def test_a_file_that_memory_does_not_hold_waits_alone(place: Place) -> None:
    """A file for which there is no memory is told and set aside; the one behind it is received."""
    with place.put("a.json").open("wb") as file:
        file.truncate(FILE_BYTES)
    place.put("b.json", BURGLARY)
    with capture_logs() as logs, room_for(FILE_BYTES // 2):
        assert len(place.rounds(4)) == 1
    assert place.here() == {"a.json"}
    assert (place.inbox.waiting, place.inbox.set_aside) == (0, 1)
    assert sum("cannot be received" in one["event"] for one in logs) == 1


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """So many bytes more than now, and this process gets no memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))


# ---- at the start


def altered(place: Place, content: bytes, name: str) -> None:
    """Keep a submission, then alter its bytes on disk."""
    arrival = place.originals.keep(Submission(content, "folder", name))
    path = place.folder / "data" / "originals" / "bytes" / arrival.sha256[:2] / arrival.sha256
    path.chmod(0o600)
    path.write_bytes(b"altered")


def test_an_altered_original_does_not_stop_recovery(place: Place) -> None:
    """Of what a crash left, all is received but what was altered, which stays in pending and is told."""
    for number in range(6):
        content = BICYCLE.replace(b"45f5c4f3", b"45f5c4f%d" % number)
        if number % 2:
            altered(place, content, f"{number}.json")
        else:
            place.originals.keep(Submission(content, "folder", f"{number}.json"))
    with capture_logs() as logs:
        assert len(recover(Reader(place.forms), place.world.store, place.originals)) == 3
    assert sum("cannot be recovered" in one["event"] for one in logs) == 3
    assert len(list(place.originals.pending())) == 3


def test_an_altered_original_does_not_stop_reading_again(place: Place) -> None:
    """Of the held reports all are read again but the one whose original was altered, or cannot be read at all."""
    for number in range(4):
        content = BICYCLE.replace(b"45f5c4f3", b"45f5c4f%d" % number)
        receive_as_channel(Submission(content, "folder", "x"), {}, place.world.store, place.originals)
    bytes_ = sorted((place.folder / "data" / "originals" / "bytes").glob("*/*"))
    bytes_[0].chmod(0o600)
    bytes_[0].write_bytes(b"altered")
    bytes_[1].unlink()
    bytes_[1].mkdir()  # reading it is an error of the system's, not of ours
    assert len(read_corrected(Reader(place.forms), place.world.store, place.originals)) == 2
    assert place.world.store.counts()[State.READY] == 2
