"""A saved record that is to be updated: what it shows before, and whether an update took effect.

The look-up of an update is reading the record. As with a search there are three results: the record holds the
update, it is as it was before, and no clear result.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from rpa.browser.names import folded
from rpa.browser.tab import Tab
from rpa.errors import TargetError
from rpa.plan import PagePlan, Place, Plan, Recorded
from rpa.targets.finding import CannotTell, InTarget, NotInTarget, SearchResult, references, rested
from rpa.targets.form_region import SETTLING_SECONDS
from rpa.targets.profile import Kind, Profile, UpdateJourney
from rpa.targets.record import compare, differences, open_saved, shown_by
from rpa.targets.record_page import RecordPage, control_at
from rpa.targets.steps import condition


async def read_before(tab: Tab, profile: Profile, source_reference: str, reference: str) -> RecordPage:
    """What a record shows before it is updated. Raises `TargetError` when its page shows no values."""
    page, _ = await _at_rest(tab, profile, source_reference, reference)
    if not page.values:
        raise TargetError("the record's page shows no values")
    return page


def left_to_key(page: RecordPage, plan: Plan) -> Plan:
    """What an update is to key, without the controls whose value the record shows already: those are done.

    Rows are always to be keyed, as are controls that the record does not show, or that are looked up: what a
    dialog will offer for it is not known yet. So is what comes after a control that is keyed, which may empty it.
    """
    shown = {each.place for each in compare(page, plan, {}) if each.found == each.expected}
    return replace(plan, pages=tuple(_left_of(page.profile, each, shown) for each in plan.pages))


def _left_of(profile: Profile, page: PagePlan, shown: Set[Place]) -> PagePlan:
    screen, planned = profile.by_name[page.screen], {entry.control for entry in page.entries}
    places = (Place(page.screen, name) for name in planned)
    done = {
        place.control
        for place in places
        if place in shown and control_at(profile, place).kind is not Kind.LOOK_UP
    }
    return page.without({name for name in done if (planned - done).isdisjoint(screen.before(name))})


async def see_record(tab: Tab, profile: Profile, reference: str) -> None:
    """See that the page that is open for change is the record of this reference, and of no other (P3).

    Raises `TargetError` when it is not, or does not show it where the profile says.
    """
    where = profile.journey.reference_in if isinstance(profile.journey, UpdateJourney) else "body"
    doing = f"waiting for the record's reference in {where!r}"
    texts = await tab.wait_for_new_texts(where, (), SETTLING_SECONDS, doing)
    found = references(profile, texts)
    if found != (reference,):
        shown = "another record" if len(found) == 1 else f"{len(found)} references in {where!r}"
        raise TargetError(f"the page that was opened for change shows {shown}")


async def find_update(
    tab: Tab,
    profile: Profile,
    plan: Plan,
    chosen: Mapping[str, str],
    reference: str,
    before: Sequence[Recorded],
) -> SearchResult:
    """Read twice, at rest, whether a record holds an update. `chosen`: what look-ups showed as chosen when it was
    keyed; `before`: what the record showed before. Raises `TargetError` when the target does not respond."""
    first, second = [await _result(tab, profile, plan, chosen, reference, before) for _ in range(2)]
    return first if first == second else CannotTell("the record goes on changing")


async def _result(
    tab: Tab,
    profile: Profile,
    plan: Plan,
    chosen: Mapping[str, str],
    reference: str,
    before: Sequence[Recorded],
) -> SearchResult:
    """What the record shows: all that was planned, where some of it was not there before, or all as it was. What
    is both, or neither, is no clear result, and nor is a record without the update while its page waits."""
    page, whole = await _at_rest(tab, profile, plan.reference, reference)
    if not page.values:
        return CannotTell("the record's page shows no values")
    unplanned = replace(plan, pages=())
    every, other = await to_thread(
        lambda: (
            tuple(differences(page, plan, chosen, before)),
            tuple(differences(page, unplanned, {}, before)),
        )
    )
    planned = {place for place, _ in plan.placed()}
    grids = {folded(place.grid) for place in planned} - {""}
    shown = [each for each in every if each.place in planned]
    right = [each for each in shown if each.found == each.expected]
    changed = [each.place for each in other]
    if shown == right and any(place in planned or folded(place.grid) in grids for place in changed):
        return InTarget((reference,))
    if shown != right and not changed and whole:
        return NotInTarget()
    state = "has changed otherwise" if changed else "is as it was before"
    why = state if whole else "still waits for the target"
    return CannotTell(f"the record shows {len(right)} of {len(shown)} values of the update, and {why}")


async def _at_rest(
    tab: Tab, profile: Profile, source_reference: str, reference: str
) -> tuple[RecordPage, bool]:
    """What the record shows once its page is at rest, and whether that waits for no more responses."""
    async with tab.requests.followed():
        heading = await open_saved(tab, profile, source_reference, reference)
        there = {"there": condition(heading=heading)}
        await rested(tab, profile, there, "the record")
        whole = not tab.requests.waiting
        if not whole and (whole := await tab.requests.answered()):
            await rested(tab, profile, there, "the record")
        return await shown_by(tab, profile), whole
