"""Reading a saved record back, and comparing it with what was keyed (P3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, saving_of, stored_of
from orchestrator.jobs.save_journal import picture_name
from orchestrator.states import JobKind
from orchestrator.store import Claim, Columns, Job, Stored
from rpa.plan import (
    Held,
    Plan,
    Recorded,
    held_from_json,
    held_to_json,
    plan_from_json,
    recorded_from_json,
    update_from_json,
)
from rpa.robot import Robot
from rpa.targets.profile import Profile
from rpa.targets.record import chosen_in

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Expected:
    """What a record is to hold. `before`: what it showed before an update; the plan's rows are then those that it
    did not have, and `rows` says how many of each (screen, grid) it had."""

    plan: Plan
    before: Sequence[Recorded] = ()
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)


async def read_back(
    context: WorkerContext, robot: Robot, claim: Claim, reference: str, began: float | None = None
) -> None:
    """Compare the record with what was keyed; a difference goes to the operator by name.

    `began` is when the robot's work on the report did, by `time.monotonic`; now, unless given.
    """
    began = monotonic() if began is None else began
    stored = await stored_of(context, claim)
    if stored.plan is None:
        await context.act(work.unread, claim)
        return
    expected, rows_of = _expected(stored, claim)
    chosen = _chosen(stored, context.definitions.targets[claim.target].profile, rows_of)
    reading, picture = await robot.read(expected.plan, chosen, reference, expected.before)
    read: Columns = {
        "record": held_to_json(tuple(_whole(stored, expected, reading.held))),
        "mismatches": held_to_json(tuple(_in_record(expected, reading.mismatches))),
        "pictures": stored.pictures,
        "seconds": round(monotonic() - began, 3),
    }
    if claim.updates:
        read["dispositions"] = plan_from_json(stored.plan).counts
    shown = picture_name(claim, "record"), picture
    await context.act(work.with_picture, context.originals, claim, work.read, shown, **read)
    if reading.mismatches:
        _log.warning("record differs", count=len(reading.mismatches))
    else:
        _log.info("record verified", count=reading.verified)


def _expected(stored: Stored, claim: Claim) -> tuple[_Expected, Job | None]:
    """What the record is to hold, and the job that keyed the rows in that plan."""
    job = saving_of(stored, claim)
    if claim.updates and job.before is not None:
        return _of_update(job), job
    keyed = (each for each in reversed(stored.jobs) if each.kind is JobKind.KEY and each.keyed)
    return _Expected(plan_from_json(stored.plan)), next(keyed, None)


def _of_update(job: Job) -> _Expected:
    """The whole record with an update. Of its rows only the new ones: the others are to be as they were before."""
    whole, _ = update_from_json(job.after)
    new = {page.screen: page.rows for page in plan_from_json(job.plan).pages}
    pages = tuple(replace(page, rows=new.get(page.screen, {})) for page in whole.pages)
    rows = {
        (page.screen, grid): len(all_rows) - len(new.get(page.screen, {}).get(grid, ()))
        for page in whole.pages
        for grid, all_rows in page.rows.items()
    }
    return _Expected(replace(whole, pages=pages), recorded_from_json(job.before), rows)


def _chosen(stored: Stored, profile: Profile, rows_of: Job | None) -> dict[str, str]:
    """What look-ups showed as chosen when they were keyed, the last of each; of those in rows only those that the
    job `rows_of` keyed, whose rows are the plan's."""
    chosen: dict[str, str] = {}
    for job in stored.jobs:
        held = (each for each in held_from_json(job.keyed or []) if job is rows_of or not each.place.grid)
        chosen |= chosen_in(held, profile)
    return chosen


def _whole(stored: Stored, expected: _Expected, held: Sequence[Held]) -> Iterator[Held]:
    """What was read, and the rows that were read earlier and are as they were."""
    for each in held_from_json(stored.record or []):
        if each.place.row < expected.rows.get((each.place.screen, each.place.grid), -1):
            yield each
    yield from _in_record(expected, held)


def _in_record(expected: _Expected, held: Sequence[Held]) -> Iterator[Held]:
    """The same, with each row by its number in the record."""
    for each in held:
        before = expected.rows.get((each.place.screen, each.place.grid), 0)
        yield replace(each, place=replace(each.place, row=each.place.row + before)) if before else each
