"""Submissions from the file system: one file each, with its media in the folder of the same name, without the
ending, beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from rpa.documents.plain_files import A_LINK, NO_FILE, NotTakenIn, folder_below, folder_in, read_plain
from rpa.report import Media, Submission

LEFT_OUT = ".not-taken-in.txt"  # ends the name of the note that takes the place of a file not received

_BEING_WRITTEN = (".part", ".tmp")
_NO_REPORTS = ("expected.toml",)  # the expected results of the samples beside it

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much is read of one submission. The media count together too, as all of them are in memory at once.
    `folder_levels`: how deep below a folder a submission may lie."""

    file_megabytes: int = 100
    media_files: int = 50
    media_megabytes: int = 20
    total_megabytes: int = 200
    folder_levels: int = 20


_LIMITS = FileLimits()

Told = Callable[[Path, Exception], None]
"""Called for everything that is skipped, with the reason."""


def find(paths: Iterable[Path], tell: Told | None = None, limits: FileLimits = _LIMITS) -> Iterator[Path]:
    """Every submission in the given files and folders, each once, in the order of their names.

    A file given by name is always a submission. In a folder, every visible regular file is one, whatever its type,
    except files still being written (`.part`, `.tmp`) and `expected.toml`. Folders in it are searched, unless they
    are the media of the file beside them. Links are not followed. They are skipped, as is anything else that is
    neither a file nor a readable folder, and `tell` is called.
    """
    seen: set[Path] = set()
    told = tell or (lambda *_: None)
    for path in paths:
        for file in _within(path, told, limits.folder_levels) if path.is_dir() else [path]:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _within(folder: Path, tell: Told, most: int, depth: int = 0) -> Iterator[Path]:
    try:
        with os.scandir(folder) as listed:
            entries = sorted(
                (one for one in listed if not one.name.startswith(".")), key=lambda one: one.name
            )
        files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]  # may read the disk
    except OSError as error:
        tell(folder, error)
        return
    theirs = media_folders(entry.name for entry in files)
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in theirs and depth < most:
                yield from _within(path, tell, most, depth + 1)
            elif entry.name not in theirs:
                tell(path, NotTakenIn(f"it lies more than {most} folders deep"))
        elif not entry.is_file(follow_symlinks=False):
            tell(path, NotTakenIn(A_LINK if entry.is_symlink() else NO_FILE))
        elif path.suffix.lower() not in _BEING_WRITTEN and path.name not in _NO_REPORTS:
            yield path


def media_folders(names: Iterable[str]) -> set[str]:
    """The names of the media folders of files with these names: the name without its ending. For a file still
    being written, also the folder of its final name: media come first."""
    found: set[str] = set()
    for path in map(PurePath, names):
        if path.suffix:
            found.add(path.stem)
        if path.suffix.lower() in _BEING_WRITTEN:
            found |= media_folders([path.stem])
    return found


def read_file(
    path: Path, *, source: str = "folder", root: Path | None = None, limits: FileLimits = _LIMITS
) -> Submission:
    """The submission in a file. Below `root` (the file's folder unless given) no link is followed.

    Raises `NotTakenIn` if it is a link, not a regular file or too large, and `OSError` if it or its media cannot
    be read: it stays where it is. Media files are read within the limits, in the order of their names. A note
    takes the place of any other file and says so to the person who opens it.
    """
    *above, name = path.relative_to(root or path.parent).parts
    with folder_below(root or path.parent, *above) as folder:
        content = read_plain(folder, name, limits.file_megabytes * _MEGABYTE)
        return Submission(content, source, name, tuple(_media(folder, path, limits)))


def _media(folder: int, path: Path, limits: FileLimits) -> Iterator[Media]:
    if not path.suffix:
        return
    try:
        with folder_in(folder, path.stem) as beside:
            yield from _files(beside, limits)
    except (FileNotFoundError, NotADirectoryError):
        return


def _files(folder: int, limits: FileLimits) -> Iterator[Media]:
    with os.scandir(folder) as listed:
        entries = [
            one for one in listed if not (one.name.startswith(".") or one.is_dir(follow_symlinks=False))
        ]
        room = limits.total_megabytes * _MEGABYTE
        for number, entry in enumerate(sorted(entries, key=lambda one: one.name), 1):
            if number > limits.media_files:
                yield _left_out(entry.name, f"a report takes at most {limits.media_files} files")
                continue
            try:
                media = Media(entry.name, _read_media(folder, entry.name, room, limits))
            except NotTakenIn as why:
                yield _left_out(entry.name, str(why))
                continue
            room -= len(media.content)
            yield media


def _read_media(folder: int, name: str, room: int, limits: FileLimits) -> bytes:
    content = read_plain(folder, name, limits.media_megabytes * _MEGABYTE)
    if len(content) > room:
        raise NotTakenIn(f"a report takes at most {limits.total_megabytes} MB of files")
    return content


def _left_out(name: str, reason: str) -> Media:
    said = f"The file {name} was not received: {reason}. Ask the sender of the report for it.\n"
    return Media(f"{name}{LEFT_OUT}", said.encode(errors="backslashreplace"))
