"""What must hold before save may be pressed, so that `submitting` is written only for a page that is ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rpa.browser.seen import Confirmed, Found, Region
from rpa.browser.tab import Tab
from rpa.errors import PageReplaced, ReportError, TargetChanged
from rpa.plan import Entry, Held, PagePlan
from rpa.targets.aims import held as held_by
from rpa.targets.desk import Desk
from rpa.targets.profile import Kind, Profile, Screen


async def ready_to_save(tab: Tab, profile: Profile, page: PagePlan, held: Iterable[Held]) -> Confirmed:
    """What the page that save is pressed on holds of the plan, all of it looked at once more in one document.

    1. Every planned control holds its value, inline rows included; tables of rows have theirs.
    2. The button that saves can be pressed, and the browser's own validation holds nothing against it.

    Raises `TargetChanged` for a control or button that is not so, `ReportError` for what validation refuses, and
    `PageReplaced` when the page went meanwhile.
    """
    scope, screen = Region(profile.journey.scope), profile.by_name[page.screen]
    tables = [
        (region, await tab.table(region))
        for region in (Region(scope.css, grid=name) for name, rows in page.rows.items() if rows)
    ]
    await tab.survey(scope)
    document = tab.surveyed
    controls: list[Found] = []
    look_ups = {name for name, control in screen.controls.items() if control.kind is Kind.LOOK_UP}
    chosen = {
        each.place.control: str(each.found)
        for each in held
        if each.place.screen == page.screen and each.place.control in look_ups
    }
    for desk, entries in _desks(tab, profile, screen, page):
        controls += await _holding(desk, entries, chosen if not desk.grid else {})
        if tab.surveyed != document:
            raise PageReplaced(f"{page.screen}: the page was replaced before save")
    press = await tab.pressable(scope, profile.journey.save)
    if press.number != 1:
        raise TargetChanged(
            page.screen, "", f"{press.number} buttons {profile.journey.save!r} can be pressed"
        )
    if press.invalid:
        raise ReportError(f"{page.screen}: the page would not send this: {'; '.join(press.invalid)}")
    return Confirmed(document, tuple(controls), tuple(tables))


def _desks(
    tab: Tab, profile: Profile, screen: Screen, page: PagePlan
) -> Iterator[tuple[Desk, Sequence[Entry]]]:
    """The screen itself, and each row that is filled in where it stands."""
    scope = profile.journey.scope
    if page.entries:
        yield Desk(tab, Region(scope), screen.name, screen.controls, {}), page.entries
    for name, rows in page.rows.items():
        grid = screen.grids[name]
        for number, row in enumerate(rows if grid.row == "inline" else ()):
            yield (
                Desk(tab, Region(scope, grid=name, row=number), screen.name, grid.columns, {}, name, number),
                row,
            )


async def _holding(desk: Desk, entries: Sequence[Entry], chosen: Mapping[str, str]) -> list[Found]:
    """The controls of these entries, each of which holds its value."""
    found, missing = desk.matched(entries, await desk.survey())
    for change in missing.values():
        raise change
    for entry in entries:
        each = await held_by(desk, entry, found[entry.control], chosen)
        if each.found != each.expected:
            raise desk.changed(entry.control, "does not hold its value any more when save is due")
    return [each for controls in found.values() for each in controls]
