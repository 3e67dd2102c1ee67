"""Regular files, read without ever following a link below a given folder.

A person who may write into a watched folder could put a link there, or replace a folder by a link between our
check and our opening it. So each folder on the way down is opened relative to the one above, and we check what was
opened, not what was there before.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rpa.errors import ReportError

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: opening a pipe does not wait
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC

A_LINK = "it is a link, and links are not followed"
NO_FILE = "it is not a regular file"


class NotReceived(ReportError):  # noqa: N818 - names what did not happen
    """A file that cannot be received as a submission at present. The message says why, and names no file."""


@contextmanager
def folder_below(root: Path, *names: str) -> Iterator[int]:
    """A descriptor of the folder `root/names...`. Only `root` itself may be a link or be reached through one.

    Raises FileNotFoundError, NotADirectoryError for a link or a file instead of a folder, or another OSError.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names:
            below = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def folder_in(folder: int, name: str) -> Iterator[int]:
    """A descriptor of one folder in another. Raises as `folder_below` does."""
    descriptor = os.open(name, _FOLDER, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_plain(folder: int, name: str, most: int) -> bytes:
    """The bytes of the regular file `name` in a folder, at most `most` of them.

    Raises `NotReceived` for anything else of that name, or for more bytes, and OSError if it cannot be read.
    """
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotReceived(A_LINK) from None
        if error.errno == errno.ENXIO:  # a socket, or a device that does not exist
            raise NotReceived(NO_FILE) from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            raise NotReceived(NO_FILE)
        # Memory is reserved for all that is asked for. So ask for its size, and one byte more, as it may grow.
        content = file.read(opened.st_size + 1) if opened.st_size <= most else b""
    if max(opened.st_size, len(content)) > most:
        raise NotReceived(f"it is larger than {most // 1024 // 1024} MB")
    return content
