"""Updating a saved record: what the revised report has and the record has not is keyed into it, and read back."""

from __future__ import annotations

from time import monotonic
from typing import Any

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, stored_of
from orchestrator.jobs.look_up import is_settled
from orchestrator.jobs.planning import planner
from orchestrator.jobs.read_back import read_back
from orchestrator.jobs.save_journal import StoredSaveJournal
from orchestrator.store import Claim, Columns
from rpa.errors import ReportError
from rpa.plan import Place, Plan, Unavailable, plan_from_json, update_to_json
from rpa.planning import UpdatePlan, rows_there, update_of
from rpa.robot import FilledRecord, Robot

_log = structlog.get_logger(__name__)


async def update(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Bring a record up to its report's last revision.

    1. One that may have been saved by an earlier press is looked up first (P2).
    2. What differs from the plan that the record was last brought to; nothing: nothing is opened.
    3. A restored database may not know of an update that was saved: a row that is to be added, and is in the
       record already, goes to a person.
    4. Keyed, confirmed and saved as a new record is; a record that holds it all already is not saved.
    5. Read back, whole.
    """
    began = monotonic()
    if claim.pressed_at is not None and await is_settled(context, robot, claim):  # 1
        return
    stored = await stored_of(context, claim)
    if stored.plan is None:
        raise ReportError("what was keyed into its record is not known")
    recorded, profile = plan_from_json(stored.plan), context.definitions.targets[claim.target].profile
    revised, files = await planner(context, claim, stored)
    made: list[UpdatePlan] = []  # the last is the one that is keyed

    def changes(unavailable: Unavailable) -> Plan:
        made.append(update_of(revised(unavailable), recorded, profile))
        return made[-1].changes

    def after() -> Any:
        return update_to_json(made[-1].whole, made[-1].remains)

    def evidence(_: FilledRecord) -> Columns:
        return {"after": after(), "revision": stored.revision}

    first = changes(frozenset())  # 2
    if not first.size and not first.missing:
        await context.act(work.nothing_to_update, claim, after(), stored.revision)
        _log.info("nothing to update")
        return
    reference = claim.target_reference or ""
    if claim.find_first and (row := await _row_there(context, robot, claim, first)) is not None:  # 3
        why = f"The record shows a row of {row.screen} / {row.grid} already that it was to be given."
        await context.act(work.update_in_doubt, claim, why)
        return
    keyed = await robot.update(changes, StoredSaveJournal(context, claim, evidence), files, reference)  # 4
    if keyed is None:
        held: Columns = {"after": after(), "revision": stored.revision}
        await context.act(work.in_target, claim, reference, None, held)
    done = "the record shows the changes already" if keyed is None else "updated"
    _log.info(done, target_reference=reference)
    await read_back(context, robot, claim, reference, began)  # 5


async def _row_there(context: WorkerContext, robot: Robot, claim: Claim, changes: Plan) -> Place | None:
    """The first row that an update would add, and that its record shows already."""
    if not any(page.rows for page in changes.pages):
        return None
    recorded = await robot.read_whole(claim.reference, claim.target_reference or "")
    profile = context.definitions.targets[claim.target].profile
    return next(rows_there(changes, recorded, profile), None)
