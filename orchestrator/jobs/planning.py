"""A stored report planned with the definitions and the files of its worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import cache

from orchestrator.jobs.context import WorkerContext
from orchestrator.store import Claim, Stored
from rpa.documents.attachable import attachable
from rpa.plan import Plan, Unavailable
from rpa.planning import plan

PlanWithout = Callable[[Unavailable], Plan]


async def planner(
    context: WorkerContext, claim: Claim, stored: Stored
) -> tuple[PlanWithout, Mapping[str, bytes]]:
    """What plans the report without the controls that are not certain, and the files that came with it, by name.

    The first plan is made here, in a thread: a long report takes seconds, and other robots go on meanwhile.

    Raises `OriginalAltered`, and `DefinitionError` when there is no mapping into the target.
    """
    submission = await asyncio.to_thread(
        context.originals.find, stored.sha256, stored.source, stored.source_name
    )
    files = attachable(submission.media)
    report = stored.understood()
    target = context.definitions.targets[claim.target]
    loaded = context.definitions.mapping(claim.target, claim.form)
    known = context.known.around(claim.target, context.clock())

    def planned(unavailable: Unavailable) -> Plan:
        return plan(report, loaded, target.profile, claim.target, media=files.keys(), unavailable=unavailable)

    @cache
    def plan_without(unavailable: Unavailable) -> Plan:
        """Around the changes that this worker has met lately, too, unless the target does not do without."""
        around = planned(unavailable | known)
        return planned(unavailable) if known and around.missing else around

    await asyncio.to_thread(plan_without, frozenset())
    return plan_without, files
