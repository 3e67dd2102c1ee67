"""Submissions from the file system: a file each, with its media in the folder of the same stem beside it."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from pathlib import Path

from rpa.report import Media, Submission

MOST_FILE_BYTES = 100 * 1024 * 1024
MOST_MEDIA = 50
MOST_MEDIA_BYTES = 20 * 1024 * 1024

LEFT_OUT = ".not-taken-in.txt"  # after the name of a file that was not: its place is taken by a note

_BEING_WRITTEN = (".part", ".tmp")


def find(paths: Iterable[Path]) -> Iterator[Path]:
    """Every submission in the files and folders given, each once, in the order of their names.

    A file given by name is always one. In a folder every visible file is, of whatever kind, but those still being
    written (`.part`, `.tmp`); folders in it are looked into, unless they are the media of the file beside them.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _within(path) if path.is_dir() else [path]:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _within(folder: Path) -> Iterator[Path]:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    stems = {entry.stem for entry in entries if entry.is_file() and entry.suffix}
    for entry in entries:
        if entry.is_dir():
            yield from () if entry.name in stems else _within(entry)
        elif entry.is_file() and entry.suffix.lower() not in _BEING_WRITTEN:
            yield entry


def read_file(path: Path, *, source: str = "folder") -> Submission:
    """The submission in a file. Raises `OSError` when it cannot be read, or is over 100 MB: it stays where it is.

    Of the media at most 50 files of at most 20 MB are taken, in the order of their names; a note in the place of
    any other says so to whoever opens it.
    """
    if path.stat().st_size > MOST_FILE_BYTES:
        raise OSError(errno.EFBIG, "too large to be a submission", path.name)
    return Submission(path.read_bytes(), source, path.name, tuple(_media(path.with_suffix(""))))


def _media(folder: Path) -> Iterator[Media]:
    if not folder.is_dir():
        return
    files = sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))
    for number, file in enumerate(files, 1):
        if number > MOST_MEDIA:
            yield _left_out(file, f"a report takes at most {MOST_MEDIA} files")
        elif file.stat().st_size > MOST_MEDIA_BYTES:
            yield _left_out(file, f"it is larger than {MOST_MEDIA_BYTES // 1024 // 1024} MB")
        else:
            yield Media(file.name, file.read_bytes())


def _left_out(file: Path, reason: str) -> Media:
    said = f"The file {file.name} was not taken in: {reason}. Ask whoever delivered the report for it.\n"
    return Media(f"{file.name}{LEFT_OUT}", said.encode())
