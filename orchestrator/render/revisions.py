"""What people corrected in a report: who, when, why, and which answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType

from orchestrator.render.terminal import marked, visible_text
from orchestrator.store import ChangedAnswer, Revision, Stored


def as_json(stored: Stored) -> list[dict[str, Any]]:
    """The revisions of a report for a program. A change to null removed the answer."""
    return [
        {
            "number": each.number,
            "actor": each.actor,
            "at": each.at.isoformat(),
            "because": each.because,
            "changes": [
                {"pointer": one.change.pointer, "question": one.question, "value": one.change.value}
                for one in each.changes
            ],
        }
        for each in stored.revisions
    ]


def shown(stored: Stored) -> Iterator[RenderableType]:
    """The same for a person: a line each, and one for each answer that it changed."""
    for each in stored.revisions:
        who = f"Revision {each.number}, {each.at:%d %B %Y %H:%M:%S} UTC by {each.actor}"
        yield marked("•", f"{who}: {each.because}" if each.because else who)
        for change in each.changes:
            yield marked("-", visible_text(_change(change), style="dim"))


def _change(revised: ChangedAnswer) -> str:
    pointer, value = revised.change.pointer, revised.change.value
    place = f"{revised.question} ({pointer})" if revised.question else pointer
    if value is None:
        return f"{place}: removed"
    return f"{place}: {'; '.join(value) if isinstance(value, list) else value}"


def is_corrected(revisions: tuple[Revision, ...], pointer: str) -> bool:
    """Whether a person set this answer, or one option of it."""
    changed = (one.change for each in revisions for one in each.changes)
    return any(f"{pointer}/".startswith(f"{each.pointer}/") and each.value is not None for each in changed)
