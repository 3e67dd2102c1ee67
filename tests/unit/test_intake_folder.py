"""Submissions from files and folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rpa.documents.files import (
    NOTE_ENDING,
    FileLimits,
    find,
    read_file,
)
from rpa.documents.plain_files import NotReceived

MEGABYTE = 1024 * 1024
LIMITS = FileLimits(file_megabytes=1, media_files=3, media_megabytes=1, total_megabytes=2, folder_levels=2)


def put(folder: Path, *names: str) -> None:
    """Files of these names, with their own name as content."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")


def test_a_folder_gives_its_visible_files_in_order(tmp_path: Path) -> None:
    """Files of other types are found too (they become unreadable reports), but none that is still being
    written."""
    put(tmp_path, "b.json", "a.json", ".hidden", "c.json.part", "d.tmp", "e.PART", "f.pdf", "g")
    assert [path.name for path in find([tmp_path])] == ["a.json", "b.json", "f.pdf", "g"]


def test_media_are_no_submissions(tmp_path: Path) -> None:
    """The folder with the file's name, without its ending, belongs to the file beside it. Other folders are
    searched."""
    put(tmp_path, "a.json", "a/photo.png", "a/notes.json", "more/b.json", ".git/c.json")
    assert [path.name for path in find([tmp_path])] == ["a.json", "b.json"]


def test_a_file_still_being_written_has_its_media_already(tmp_path: Path) -> None:
    """Media come first: they are not taken for submissions while their file still has its temporary name."""
    put(tmp_path, "a.json.part", "a/photo.png", "b.tmp", "b/photo.png")
    assert list(find([tmp_path])) == []


def test_files_given_by_name_come_once(tmp_path: Path) -> None:
    """However often and in whatever way a file is named, it is one submission."""
    put(tmp_path, "a.json", "b.part")
    given = [tmp_path / "b.part", tmp_path / "a.json", tmp_path, tmp_path / "." / "a.json"]
    assert [path.name for path in find(given)] == ["b.part", "a.json"]


def test_a_submission_is_its_bytes_and_its_media(tmp_path: Path) -> None:
    """The bytes are unchanged, and media are found by name, without hidden files."""
    put(tmp_path, "a.json", "a/2.txt", "a/1.png", "a/.DS_Store", "a/inner/3.txt")
    submission = read_file(tmp_path / "a.json")
    assert (submission.content, submission.source, submission.name) == (b"a.json", "folder", "a.json")
    assert [(media.name, media.content) for media in submission.media] == [
        ("1.png", b"a/1.png"),
        ("2.txt", b"a/2.txt"),
    ]


def test_a_submission_without_media(tmp_path: Path) -> None:
    """No folder, no media; a name without an ending has none either."""
    put(tmp_path, "a.json", "b")
    assert read_file(tmp_path / "a.json").media == ()
    assert read_file(tmp_path / "b").media == ()


def test_media_over_the_limits_leave_a_note(tmp_path: Path) -> None:
    """A file that is too large, or one too many, is not received. A note in its place says so."""
    put(tmp_path, "a.json", *(f"a/{number:03}.txt" for number in range(4)))
    with (tmp_path / "a" / "000.txt").open("wb") as file:
        file.truncate(MEGABYTE + 1)
    media = read_file(tmp_path / "a.json", limits=LIMITS).media
    assert len(media) == 4
    assert [one.name for one in media if one.name.endswith(NOTE_ENDING)] == [
        f"000.txt{NOTE_ENDING}",
        f"003.txt{NOTE_ENDING}",
    ]
    assert b"larger than 1 MB" in media[0].content
    assert b"at most 3 files" in media[3].content


def test_media_over_the_limit_together_leave_a_note(tmp_path: Path) -> None:
    """Of files that are too large together, only those that fit are received, so that no report uses up the
    memory."""
    put(tmp_path, "a.json", "a/99.txt")
    for number in range(3):
        with (tmp_path / "a" / f"{number:02}.mp4").open("wb") as file:
            file.truncate(MEGABYTE - (100 if number == 0 else 0))
    media = read_file(tmp_path / "a.json", limits=replace(LIMITS, media_files=4)).media
    *_, note, last = media
    assert sum(len(one.content) for one in media) < 2 * MEGABYTE + 1000
    assert (note.name, last.content) == (f"02.mp4{NOTE_ENDING}", b"a/99.txt")
    assert b"2 MB" in note.content
    assert b"Ask the sender of the report for it" in note.content


def test_a_file_too_large_to_be_a_submission_stays_where_it_is(tmp_path: Path) -> None:
    """It is refused as a whole and not cut."""
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(MEGABYTE + 1)
    with pytest.raises(NotReceived, match="larger than 1 MB"):
        read_file(tmp_path / "a.json", limits=LIMITS)


def test_expectations_are_no_report(tmp_path: Path) -> None:
    """`expected.toml` says what must come of the samples beside it, and is skipped in a folder."""
    for name in ("1.json", "expected.toml"):
        (tmp_path / name).write_text("{}")
    assert [path.name for path in find([tmp_path])] == ["1.json"]
