"""The updates of a saved record: how far each has come, and what the record holds that the report does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType

from orchestrator.render.answers import as_text
from orchestrator.render.terminal import marked, visible_text
from orchestrator.states import JobKind, JobState
from orchestrator.store import Job, Stored
from rpa.plan import Held, update_from_json

WORDS: Mapping[JobState, str] = {
    JobState.WAITING: "waits for a robot",
    JobState.RUNNING: "a robot is keying it",
    JobState.SAVING: "a robot is saving it",
    JobState.UNCERTAIN: "it is not known whether it was saved; a robot looks",
    JobState.DONE: "done",
    JobState.ENDED: "ended; the report says why",
}


def as_json(stored: Stored) -> list[dict[str, Any]]:
    """The updates of a report's record for a program, in order. `revision` is null until it is planned."""
    return [
        {
            "state": str(job.state),
            "revision": job.revision or None,
            "attempts": job.attempts,
            "keyed": len(job.keyed or ()),
            "remains": [{"place": str(each.place), "record": as_text(each.found)} for each in _remains(job)],
        }
        for job in _updates(stored)
    ]


def lines(stored: Stored) -> Iterator[str]:
    """The same for a person, a line each."""
    for job in _updates(stored):
        of = f"to revision {job.revision}" if job.revision else "to the last revision"
        tries = f", attempt {job.attempts}" if job.attempts > 1 else ""
        yield f"{of}: {WORDS[job.state]}{tries}"


def still_there(stored: Stored) -> Iterator[RenderableType]:
    """What the record goes on holding although the corrected report does not, by the last update that was made."""
    done = [job for job in _updates(stored) if job.state is JobState.DONE]
    for each in _remains(done[-1]) if done else ():
        yield marked("-", visible_text(str(each.place), style="bold"), f": {as_text(each.found)}")


def _updates(stored: Stored) -> Iterator[Job]:
    return (job for job in stored.jobs if job.kind is JobKind.UPDATE)


def _remains(job: Job) -> tuple[Held, ...]:
    return update_from_json(job.after)[1] if job.after else ()
