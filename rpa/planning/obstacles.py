"""What prevents a plan from being keyed: a control without a value, a text or a file without room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from rpa.plan import PagePlan
from rpa.planning.mapping import LoadedMapping
from rpa.planning.narrative import Parts, measure
from rpa.report import Report
from rpa.targets.profile import Profile

Pages = Mapping[str, PagePlan]


def without_value(loaded: LoadedMapping, profile: Profile, pages: Pages) -> Iterator[str]:
    """Required controls that stay empty, and the control for our reference if it does: without it, nobody can find
    the record."""
    ours = loaded.mapping.holding_reference
    for screen in profile.screens:
        given = {entry.control for entry in pages[screen.name].entries}
        for name, control in screen.controls.items():
            if name not in given and (control.required or (screen.name, name) in ours):
                yield f"{screen.name} / {name}"


def without_room(loaded: LoadedMapping, profile: Profile, pages: Pages, parts: Parts) -> Iterator[str]:
    """Room for the narrative. One that is longer than the target takes is for a person to shorten; we never cut
    it."""
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
    """Room for files that cannot be attached and that no answer names: nobody would notice that they are
    missing."""
    wanted = loaded.mapping.attachments
    if wanted is None:
        return
    page = pages[wanted.screen]
    rows = page.rows.get(wanted.grid, ()) if wanted.grid else (page.entries,)
    attached = {entry.value for row in rows for entry in row if entry.control == wanted.file}
    spoken_of = {str(answer.value) for answer in report.answers}
    number = len(media - attached - spoken_of)
    if number:
        files = "file" if number == 1 else "files"
        yield f"room for {number} more {files} in {wanted.screen} / {wanted.grid or wanted.file}"
