"""What stands in the way of keying a plan: a control without a value, a text or a file without room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from rpa.plan import PagePlan
from rpa.planning.mapping import LoadedMapping
from rpa.planning.narrative import Parts, measure
from rpa.report import Report
from rpa.targets.profile import Profile

Pages = Mapping[str, PagePlan]


def without_value(loaded: LoadedMapping, profile: Profile, pages: Pages) -> Iterator[str]:
    """Required controls that stay empty, and the one for our reference: without it nobody finds the record."""
    ours = loaded.mapping.holding_reference
    for screen in profile.screens:
        given = {entry.control for entry in pages[screen.name].entries}
        for name, control in screen.controls.items():
            if name not in given and (control.required or (screen.name, name) in ours):
                yield f"{screen.name} / {name}"


def without_room(loaded: LoadedMapping, profile: Profile, pages: Pages, parts: Parts) -> Iterator[str]:
    """A narrative that is more than the target takes is a person's to shorten, never ours to cut."""
    rule = loaded.mapping.narrative
    if rule.grid is None:
        if len(parts.texts) > 1:
            limit = profile.by_name[rule.screen].controls[rule.control].max or 0
            yield (
                f"room for the narrative, which has {sum(map(measure, parts.texts)):,} characters:"
                f" {rule.screen} / {rule.control} takes {limit:,}; use a grid"
            )
        return
    most = profile.by_name[rule.screen].grids[rule.grid].max_rows
    rows = len(pages[rule.screen].rows.get(rule.grid, ()))
    if most is not None and rows > most:
        yield f"room for {rows} rows in {rule.screen} / {rule.grid}, which takes {most}"


def files_left_behind(report: Report, loaded: LoadedMapping, pages: Pages, media: Set[str]) -> Iterator[str]:
    """A file that cannot be attached and that no answer speaks of: nobody would miss it."""
    wanted = loaded.mapping.attachments
    if wanted is None:
        return
    page = pages[wanted.screen]
    rows = page.rows.get(wanted.grid, ()) if wanted.grid else (page.entries,)
    attached = {entry.value for row in rows for entry in row if entry.control == wanted.file}
    spoken_of = {str(answer.value) for answer in report.answers}
    number = len(media - attached - spoken_of)
    if number:
        yield f"room for {number} more files in {wanted.screen} / {wanted.grid or wanted.file}"
