"""Habits of pages that a test queues as faults: what a page's own script does while it is being keyed."""

from __future__ import annotations

from collections.abc import Mapping

from .faults import FaultName, Faults
from .forms import Filled
from .rules import Value, offered
from .screens import Control, Screen
from .site import Site

ANY = "*"


def page_habits(faults: Faults, account: str, screen: Screen) -> dict[str, str]:
    """What `habits.js` does on this page: the name of a habit -> the select that triggers it, or when.

    A postback is counted when the page comes back, the other habits when the page is shown.
    """
    habits: dict[str, str] = {}
    if postback := faults.pending(FaultName.POSTBACK_SELECT, account, screen):
        habits["postback"] = _name(postback.control_on(screen))
    if redraw := faults.fire(FaultName.REDRAW_SELECT, account, screen):
        habits["redraw"] = _name(redraw.control_on(screen))
        habits["redraw-after"] = str(round(redraw.seconds * 1000))
    if faults.fire(FaultName.ASKS_BEFORE_LEAVING, account, screen):
        habits["asks"] = "yes"
    if faults.fire(FaultName.HANG, account, screen, "script"):
        habits["loops"] = "yes"
    return habits


def _name(control: Control | None) -> str:
    return control.name if control else ANY


def posted_back(faults: Faults, account: str, screen: Screen, filled: Filled, chosen: str) -> Filled:
    """What the screen holds after the select named `chosen` posted it back: all of it, or that choice only."""
    fault = faults.fire(FaultName.POSTBACK_SELECT, account, screen)
    if fault is None or fault.variant == "kept":
        return filled
    return Filled({name: value for name, value in filled.values.items() if name == chosen})


def review_differently(site: Site, account: str, values: dict[str, Value]) -> None:
    """Change the values that queued faults name, as a system does that cuts or recodes what was keyed."""
    for screen in site.screens:
        fault = site.faults.pending(FaultName.REVIEW_DIFFERS, account, screen)
        control = fault.control_on(screen) if fault else None
        if control and isinstance(value := values.get(control.name), str) and value:
            site.faults.fire(FaultName.REVIEW_DIFFERS, account, screen)
            values[control.name] = _another(control, value, values)


def _another(control: Control, value: str, values: Mapping[str, Value]) -> str:
    """Another option where there are options, else the text without its last character."""
    others = [option.text for option in offered(control, values) if option.text != value]
    return others[0] if others else value[:-1]
