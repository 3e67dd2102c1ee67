"""Numbers, times and paths as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun: `1 control`, `2 controls`; `several` where that is not `one` with an s."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def when(moment: datetime) -> str:
    """A moment in UTC to the minute, with its day where that is not today."""
    return (
        f"{moment:%H:%M} UTC" if moment.date() == datetime.now(UTC).date() else f"{moment:%Y-%m-%d %H:%M} UTC"
    )


def near(path: Path) -> str:
    """A path relative to the current folder, where it is below it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
