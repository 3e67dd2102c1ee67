"""What of a report's files is attached to its record: a note takes the place of a file whose kind is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rpa.documents.refused import refused
from rpa.report import Media

NOTE_ENDING = ".not-attached.txt"  # ends the name of the note that takes the place of a file


def attachable(files: Iterable[Media]) -> Mapping[str, bytes]:
    """The files to attach, by name. What is refused is kept with the report, and whoever opens the note in its
    place is told why it is not in the record."""
    return dict(_attachable(files))


def note_name(name: str) -> str:
    """The name of the note that takes the place of a file."""
    return f"{name}{NOTE_ENDING}"


def _attachable(files: Iterable[Media]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        reason = refused(file.content, file.name)
        if reason is None:
            yield file.name, file.content
        else:
            said = (
                f"The file {file.name} came with this report and is kept with it, but not here: {reason}.\n"
            )
            yield note_name(file.name), said.encode(errors="backslashreplace")
