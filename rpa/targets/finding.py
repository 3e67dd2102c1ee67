"""Is a report in the target? Read a search row by row, and claim no more than it shows.

There are three results: found, with the references of the records that have ours; not there, as the target itself
says; and no clear result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rpa.browser.tab import Tab
from rpa.browser.values import Rest, Row
from rpa.targets.profile import Find, PageCondition, Profile, whole
from rpa.targets.steps import arrive, as_condition, perform


@dataclass(frozen=True, slots=True)
class InTarget:
    """The target holds what was looked for: the references of the records that do, in order."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotInTarget:
    """The target does not hold what was looked for: it says that there is no such record, and shows none, or the
    record is as it was before an update."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """What the target shows is no clear result; `why` names rows and columns, never their content."""

    why: str


SearchResult = InTarget | NotInTarget | CannotTell


AT_REST = Rest(500, 3000)
"""When the results are complete; a page that goes on changing is read even so."""


async def find(tab: Tab, profile: Profile, source_reference: str, rest: Rest = AT_REST) -> SearchResult:
    """Search the target for our source reference, and read the results twice once the page is at rest: a list may
    be filled after it first appears. Raises `TargetError` when the target does not respond."""
    async with tab.requests.followed():
        await perform(tab, profile, profile.find.steps, {"source_reference": source_reference}, "search")
        first, second = [await _shown(tab, profile, source_reference, rest) for _ in range(2)]
    return first if first == second else CannotTell("the search results go on changing")


async def _shown(tab: Tab, profile: Profile, source_reference: str, rest: Rest) -> SearchResult:
    """What the results show.

    1. Wait for one of the pages that the profile knows, until it is at rest: it may be another page by then.
    2. One record's own page, opened by the search itself.
    3. The text for "nothing found", without any row, on a page that waits for no more responses: many pages show
       it until their rows arrive.
    4. Otherwise every row must have our reference, and one of the target's.
    """
    wanted = profile.find
    conditions = {"record": wanted.record, "more": wanted.more, "none": wanted.none, "found": wanted.found}
    known = {name: as_condition(condition) for name, condition in conditions.items() if condition is not None}
    seen = await rested(tab, profile, known, "the search results", rest)  # 1
    if seen == "none" and tab.requests.waiting:
        if not await tab.requests.answered():
            return CannotTell(
                "the search says that there is nothing, while its page still waits for the target"
            )
        seen = await rested(tab, profile, known, "the search results", rest)
    if seen == "record" and wanted.record is not None:
        return await _record(tab, profile, wanted.record, source_reference)  # 2
    if seen == "more":
        return CannotTell("the search does not show all its results")
    rows = await tab.rows(wanted.row)
    if seen == "none":
        return (
            CannotTell("the search says that there is nothing, and shows a row") if rows else NotInTarget()
        )  # 3
    if await tab.current_condition({"none": as_condition(wanted.none)}):
        return CannotTell("the search shows results, and says that there are none")
    return _lacking_column(wanted, rows) or _result_of(profile, rows, source_reference)  # 4


async def rested(
    tab: Tab,
    profile: Profile,
    known: Mapping[str, Mapping[str, str | None]],
    where: str,
    rest: Rest = AT_REST,
) -> str:
    """The name of the page that is shown once it is at rest: not always the first."""
    await arrive(tab, profile, known, where)
    await tab.wait_for_rest(rest, f"waiting for {where}")
    return await arrive(tab, profile, known, where)


async def _record(
    tab: Tab, profile: Profile, condition: PageCondition, source_reference: str
) -> SearchResult:
    """What the page of one record shows: both references must be on it."""
    if not any(contains(text, source_reference) for text in await tab.texts(profile.record.scope)):
        return CannotTell("the search opened a record that does not show our reference")
    found = references(profile, await tab.texts(condition.css or "h1, h2, h3"))
    if len(found) != 1:
        return CannotTell(f"the search opened a record that shows {len(found)} references of its own")
    return InTarget(found)


def _lacking_column(find: Find, rows: Sequence[Row]) -> CannotTell | None:
    """A column that the profile names and no row has. Those that there are stay unnamed: their headings are the
    page's own words, as many and as long as it likes (P8)."""
    for key, column in (("column", find.column), ("reference_column", find.reference_column)):
        if column is not None and rows and not any(column in row.cells for row in rows):
            return CannotTell(f"the results have no column {column!r} (see [find] {key})")
    return None


def _result_of(profile: Profile, rows: Sequence[Row], source_reference: str) -> SearchResult:
    found: list[str] = []
    for number, row in enumerate(rows, 1):
        if not contains(_ours(row, profile.find), source_reference):
            return CannotTell(f"row {number} of the search results does not show our reference")
        own = _own(row, profile, source_reference)
        if len(own) != 1:
            return CannotTell(f"row {number} of the search results shows {len(own)} references of its own")
        found += own
    if not found:
        return CannotTell("the search shows results, and no row can be read")
    return InTarget(tuple(dict.fromkeys(found)))


def _ours(row: Row, find: Find) -> str:
    """The text that must contain our reference: of one column, or of the whole row."""
    return row.text if find.column is None else row.cells.get(find.column, "")


def _own(row: Row, profile: Profile, source_reference: str) -> tuple[str, ...]:
    """The target's own references in a row: in the named column, else whole cells and links, else in its text."""
    if profile.find.reference_column is not None:
        return references(profile, [row.cells.get(profile.find.reference_column, "")])
    alone = [text for text in row.parts if re.fullmatch(profile.journey.reference, text)]
    found = tuple(dict.fromkeys(alone)) or references(profile, [row.text])
    return tuple(each for each in found if each != source_reference)


def contains(text: str, reference: str) -> bool:
    """Whether `text` contains `reference` as a whole: joined with other text, but not part of another
    reference."""
    return re.search(whole(re.escape(reference)), text) is not None


def references(profile: Profile, texts: Iterable[str]) -> tuple[str, ...]:
    """Every distinct record reference that one of `texts` contains as a whole, in order."""
    pattern = re.compile(whole(profile.journey.reference))
    return tuple(dict.fromkeys(match[0] for text in texts for match in pattern.finditer(text)))
