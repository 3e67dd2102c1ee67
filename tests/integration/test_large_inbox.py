"""A watched folder with thousands of files: what a round costs does not grow with each of them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.intake import watched_folder
from orchestrator.intake.watched_folder import Inbox
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from tests.integration.store_world import World
from tests.least_report import LEAST
from tests.worlds import all_forms

MANY = 20_000
_OPEN: list[Counter[str]] = []
"""Where the listings of folders are counted now, by folder."""


def _count(name: str, arguments: tuple[object, ...]) -> None:
    if _OPEN and name in ("os.scandir", "os.listdir"):
        _OPEN[-1][str(arguments[0])] += 1


sys.addaudithook(_count)  # it stays as long as the process; without a list in `_OPEN` it does nothing


@contextmanager
def listings() -> Iterator[Counter[str]]:
    """How often each folder is listed while a block lasts."""
    _OPEN.append(Counter())
    yield _OPEN[-1]
    _OPEN.pop()


class Place:
    """A store, its originals and an inbox in one folder."""

    def __init__(self, folder: Path) -> None:
        self.world, self.originals = World(folder), Originals(folder / "data")
        self.folder, self.reader = folder / "inbox", Reader(all_forms())
        self.folder.mkdir()
        self.inbox = Inbox(self.folder, round_seconds=0)

    def round(self) -> int:
        """How many reports a round receives."""
        return len(self.inbox.receive(self.reader, self.world.store, self.originals))

    def put(self, number: int, *media: str) -> None:
        """A report, and before it its media."""
        for name in media:
            (self.folder / f"{number:06}").mkdir(exist_ok=True)
            (self.folder / f"{number:06}" / name).write_text(name, encoding="utf-8")
        content = {**LEAST, "submissionId": f"00000000-0000-4000-8000-{number:012}"}
        (self.folder / f"{number:06}.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Everything that receives, in an empty folder."""
    place = Place(tmp_path)
    yield place
    place.world.engine.dispose()


def test_a_round_lists_a_large_folder_once(place: Place) -> None:
    """However many files wait, a round lists the folder once, and looks closely at a limited number of them."""
    for number in range(MANY):
        (place.folder / f"{number:06}.json").touch()
    with listings() as listed:
        assert place.round() == 0
    assert listed == {str(place.folder): 1}
    assert place.inbox.waiting == MANY
    assert len(place.inbox._waiting) == 2 * watched_folder._LOOKED_AT  # what stays in memory
    with listings() as listed:
        assert place.round() == 16
    assert listed[str(place.folder)] == 1
    assert place.inbox.waiting == MANY - 16


def test_removing_many_with_media_lists_their_folder_once_more(place: Place) -> None:
    """Whether another file has the same media is not looked up for each of many by listing them all."""
    for number in range(40):
        place.put(number, "photo.txt")
    place.inbox = Inbox(place.folder)
    place.round()
    with listings() as listed:
        assert place.round() == 40
    anywhere = Counter(path for path in listed if not path.startswith(str(place.folder)))
    by_descriptor = sum(count for path, count in listed.items() if path in anywhere)
    assert listed[str(place.folder)] == 1
    assert (
        by_descriptor <= 2 * 40 + 1
    )  # of each media folder to read it and to see that it is empty; of all once
    assert list(place.folder.iterdir()) == []


def test_media_that_somebody_shares_later_stay(place: Place) -> None:
    """Media stay with a second file that has them and came after the folder was listed."""
    place.inbox = Inbox(place.folder)
    place.put(1, "photo.txt")
    place.put(2, "photo.txt")
    place.round()
    assert place.round() == 2
    place.put(3, "photo.txt")
    place.round()
    second = place.folder / "000003.txt"
    second.write_text("the same in another form", encoding="utf-8")
    assert place.round() == 1
    assert (place.folder / "000003" / "photo.txt").exists()
    assert place.round() == 1
    assert list(place.folder.iterdir()) == []
