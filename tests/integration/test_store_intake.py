"""Taking in, with real forms, a real store and a real folder: nothing lost, whatever stops, whenever (P1)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.intake.recovery import recover
from orchestrator.intake.watched_folder import Inbox
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.settings import definitions_dir
from orchestrator.states import Reason, State
from orchestrator.store import NotMoved
from rpa.documents.files import FileLimits, read_file
from rpa.forms import Form
from rpa.forms.loading import load_forms
from rpa.report import Submission
from tests.acts import read_again, receive_as_channel
from tests.integration.store_world import World

SAMPLES = definitions_dir("forms") / "ocr" / "samples"
BICYCLE = SAMPLES / "01-bicycle-theft.json"
LIMITS = FileLimits(file_megabytes=1, media_megabytes=1)


@pytest.fixture(scope="module")
def forms() -> Mapping[str, Form]:
    """The forms as they ship."""
    return load_forms(definitions_dir("forms"))


@dataclass
class Place:
    """A store, its originals and an inbox."""

    world: World
    originals: Originals
    folder: Path
    inbox: Inbox


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Everything that receives, in an empty folder."""
    world = World(tmp_path)
    yield Place(world, Originals(tmp_path), tmp_path / "inbox", Inbox(tmp_path / "inbox", LIMITS))
    world.engine.dispose()


def rounds(place: Place, forms: Mapping[str, Form], number: int = 2) -> list[str]:
    """The references that so many rounds of the inbox receive."""
    taken = []
    for _ in range(number):
        taken += [
            receipt.reference
            for receipt in place.inbox.receive(Reader(forms), place.world.store, place.originals)
        ]
    return taken


def put(place: Place, name: str, content: bytes) -> Path:
    """A file in the inbox."""
    place.folder.mkdir(exist_ok=True)
    path = place.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_sample_is_taken_in(place: Place, forms: Mapping[str, Form]) -> None:
    """A real report is on disk, understood, in the store and ready, and its arrival is settled."""
    receipt = receive_as_channel(read_file(BICYCLE), forms, place.world.store, place.originals)
    assert (receipt.new, receipt.state) == (True, State.READY)
    stored = place.world.store.report(receipt.reference)
    assert stored is not None
    assert stored.answers
    found = place.originals.find(stored.sha256, stored.source, stored.source_name)
    assert found == read_file(BICYCLE)
    assert list(place.originals.pending()) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'{"a": ', b"[" * 100_000, b"{}", b"null"])
def test_anything_is_taken_in(place: Place, forms: Mapping[str, Form], content: bytes) -> None:
    """Bytes that are no report become one that a person looks at; they are not refused and not lost."""
    receipt = receive_as_channel(
        Submission(content, "folder", "x"), forms, place.world.store, place.originals
    )
    assert receipt.state in (State.ATTENTION, State.HELD)
    assert place.originals.find(Submission(content, "", "").sha256, "folder", "x").content == content


def test_a_fault_of_ours_loses_nothing(place: Place) -> None:
    """Definitions broken beyond reading make a report for a person, and what comes behind it goes on."""
    broken: Mapping[str, Form] = {"ocr": None}  # type: ignore[dict-item]
    receipt = receive_as_channel(read_file(BICYCLE), broken, place.world.store, place.originals)
    assert (receipt.state, receipt.reason) == (State.ATTENTION, Reason.UNREADABLE)


def test_a_crash_between_the_steps_loses_nothing(place: Place, forms: Mapping[str, Form]) -> None:
    """What was on disk when everything stopped is received at the next start, once."""
    kept_only = read_file(BICYCLE)
    place.originals.keep(kept_only)
    not_settled = Submission(b"{}", "folder", "x")
    arrival = place.originals.keep(not_settled)
    receive_as_channel(not_settled, forms, place.world.store, place.originals)
    place.originals.folder.joinpath("originals/pending").mkdir(exist_ok=True)
    settled = next((place.originals.folder / "originals/arrivals").rglob(f"{arrival.sha256}-*"))
    settled.rename(place.originals.folder / "originals/pending" / settled.name)

    receipts = recover(Reader(forms), place.world.store, place.originals)
    assert [(receipt.new, receipt.state) for receipt in receipts] == [(True, State.READY)]
    assert list(place.originals.pending()) == []
    assert recover(Reader(forms), place.world.store, place.originals) == []
    assert sum(place.world.store.counts().values()) == 2


def test_a_held_report_is_read_again(place: Place, forms: Mapping[str, Form]) -> None:
    """Once the definitions know its form, a held report is read again from its original bytes."""
    receipt = receive_as_channel(read_file(BICYCLE), {}, place.world.store, place.originals)
    assert receipt.state is not State.READY
    again = read_again(receipt.reference, forms, place.world.store, place.originals, "admin1")
    assert (again.reference, again.state) == (receipt.reference, State.READY)
    with pytest.raises(NotMoved):
        read_again(receipt.reference, forms, place.world.store, place.originals, "admin1")


def test_the_inbox_takes_in_what_has_settled(place: Place, forms: Mapping[str, Form]) -> None:
    """A file is left alone while it grows, received once it stands still for a round, and then leaves."""
    half = BICYCLE.read_bytes()[:100]
    path = put(place, "1.json", half)
    assert rounds(place, forms, 1) == []
    assert place.inbox.waiting == 1
    path.write_bytes(BICYCLE.read_bytes())
    assert rounds(place, forms, 1) == []
    (reference,) = rounds(place, forms, 1)
    assert place.world.state(reference)[0] is State.READY
    assert not path.exists()
    assert place.inbox.waiting == 0
    assert rounds(place, forms) == []


def test_the_inbox_leaves_what_is_being_written(place: Place, forms: Mapping[str, Form]) -> None:
    """A file under a temporary name, or hidden, is not looked at however long it stands there."""
    for name in ("1.json.part", "2.tmp", ".3.json"):
        put(place, name, b"{}")
    assert rounds(place, forms, 3) == []
    assert len(list(place.folder.iterdir())) == 3


def test_media_go_with_their_report(place: Place, forms: Mapping[str, Form]) -> None:
    """The files beside a report are kept with it and leave the inbox with it."""
    put(place, "1.json", BICYCLE.read_bytes())
    put(place, "1/photo.jpg", b"photo")
    (reference,) = rounds(place, forms)
    stored = place.world.store.report(reference)
    assert stored is not None
    found = place.originals.find(stored.sha256, stored.source, stored.source_name)
    assert [(media.name, media.content) for media in found.media] == [("photo.jpg", b"photo")]
    assert list(place.folder.iterdir()) == []


def test_what_intake_leaves_out_is_never_deleted(place: Place, forms: Mapping[str, Form]) -> None:
    """A file too large to be received is set aside where people find it, and is not taken for a report."""
    put(place, "1.json", BICYCLE.read_bytes())
    large = put(place, "1/film.mp4", b"")
    os.truncate(large, 1024 * 1024 + 1)
    assert len(rounds(place, forms, 4)) == 1
    (aside,) = place.folder.iterdir()
    assert [path.name for path in aside.rglob("*.mp4")] == ["film.mp4"]


def test_a_file_that_fails_stays_and_the_others_go_on(place: Place, forms: Mapping[str, Form]) -> None:
    """A file that cannot be received stays, and is tried again once it has changed; nobody waits for it."""
    put(place, "1.json", b"{}")
    os.truncate(place.folder / "1.json", 2 * 1024 * 1024)
    put(place, "2.json", BICYCLE.read_bytes())
    assert len(rounds(place, forms)) == 1
    assert (place.inbox.waiting, place.inbox.set_aside) == (0, 1)
    (place.folder / "1.json").write_bytes(b"{}")
    assert len(rounds(place, forms)) == 1
    assert (place.inbox.waiting, place.inbox.set_aside) == (0, 0)


def test_the_same_delivery_by_two_files_is_one_report(place: Place, forms: Mapping[str, Form]) -> None:
    """The same submission under two names, in another key order, is one report with two deliveries (P2)."""
    document = json.loads(BICYCLE.read_bytes())
    put(place, "a.json", BICYCLE.read_bytes())
    put(place, "b.json", json.dumps(dict(reversed(document.items()))).encode())
    first, second = rounds(place, forms)
    assert first == second
    assert len(place.world.store.deliveries(first)) == 2


def test_every_sample_finds_its_state(place: Place, forms: Mapping[str, Form]) -> None:
    """All the samples that ship, dropped into the inbox at once, are received, and none is left behind."""
    shutil.copytree(SAMPLES, place.folder, ignore=shutil.ignore_patterns("*.toml"))
    assert rounds(place, forms)
    assert list(place.folder.iterdir()) == []
    assert place.world.store.counts()[State.READY] >= 10
    assert place.world.store.counts()[State.RECEIVED] == 0
    place.world.assert_trail_holds()


def test_a_new_file_does_not_wait_behind_thousands(place: Place, forms: Mapping[str, Form]) -> None:
    """A round that is out of time has taken the newest file and the oldest, and the next goes on so: neither what
    arrives now nor what has waited longest is kept waiting."""
    inbox = Inbox(place.folder, LIMITS, round_seconds=0, at_once=2)
    content = json.loads(BICYCLE.read_text(encoding="utf-8"))
    for age in range(6):
        one = {**content, "submissionId": f"d5f0c8d2-0000-4000-8000-00000000000{age}"}
        path = put(place, f"{age}.json", json.dumps(one).encode())
        os.utime(path, (1_000_000_000 - age, 1_000_000_000 - age))
    left = []
    for _ in range(6):
        inbox.receive(Reader(forms), place.world.store, place.originals)
        left.append("".join(sorted(path.stem for path in place.folder.glob("*.json"))))
    assert left == ["012345", "1234", "23", "", "", ""]
    assert inbox.waiting == 0


def test_the_most_urgent_of_those_in_hand_is_first(place: Place, forms: Mapping[str, Form]) -> None:
    """Of files that are read together the one that is due first is stored first, whenever it came."""
    content = json.loads(BICYCLE.read_text(encoding="utf-8"))
    for age in range(5):
        one = {
            **content,
            "submissionId": f"d5f0c8d2-0000-4000-8000-00000000000{age}",
            "highHarmFlag": age == 2,
        }
        path = put(place, f"{age}.json", json.dumps(one).encode())
        os.utime(path, (1_000_000_000 - age, 1_000_000_000 - age))
    first, *_ = rounds(place, forms)
    stored = place.world.store.report(first)
    assert stored is not None
    assert stored.source_name == "2.json"
