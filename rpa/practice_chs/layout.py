"""Layout variants: the standard screens changed as real systems change under a robot."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from .screens import Control, Grid, Option, Screen, Section, every_screen

RELABELLED = {
    ("Person reporting", "Surname"): "Family name",
    ("Person reporting", "Occupation"): "Job",
    ("Incident", "Method"): "How it was done",
}
REWORDED_GENDERS = {
    "Male": "Man",
    "Female": "Woman",
    "Non-binary": "Non-binary person",
    "Transgender man": "Trans man",
    "Transgender woman": "Trans woman",
    "Other": "Another gender",
    "Prefer not to say": "Declined to say",
    "Not known": "Gender not known",
}
DROPPED_OPTIONS = {"Place type": "Shed"}
MISSING = {"Occupation", "Fuel"}
LEFT_OUT = {"Location", "Suspects", "Property", "Vehicles", "Witnesses", "Attachments"}


class Variant(StrEnum):
    """The layouts that `POST /practice/layout` can ask for."""

    STANDARD = "standard"
    RELABELLED = "relabelled"
    REORDERED = "reordered"
    NEW_OPTIONS = "new-options"
    MISSING_CONTROL = "missing-control"
    SHORT = "short"


def _with_controls(screen: Screen, change: Callable[[Control], Control | None]) -> Screen:
    def changed(controls: tuple[Control, ...]) -> tuple[Control, ...]:
        return tuple(new for control in controls if (new := change(control)) is not None)

    return replace(
        screen,
        sections=tuple(replace(section, controls=changed(section.controls)) for section in screen.sections),
        grids=tuple(replace(grid, columns=changed(grid.columns)) for grid in screen.grids),
    )


def _relabel(screen: Screen) -> Screen:
    def change(control: Control) -> Control:
        label = RELABELLED.get((screen.title, control.key), control.label)
        return control if label == control.label else replace(control, label=label, key=label)

    return _with_controls(screen, change)


def _reword(option: Option) -> Option:
    return Option(option.code, REWORDED_GENDERS[option.text])


def _change_options(screen: Screen) -> Screen:
    def change(control: Control) -> Control:
        if control.list_name == "genders":
            return replace(control, options=tuple(_reword(option) for option in control.options))
        dropped = DROPPED_OPTIONS.get(control.label)
        return replace(control, options=tuple(o for o in control.options if o.text != dropped))

    return _with_controls(screen, change)


def _remove(screen: Screen) -> Screen:
    return _with_controls(screen, lambda control: None if control.label in MISSING else control)


def _reorder(screen: Screen) -> Screen:
    # Seeded by the screen's name, so that every run and every process shows the same new order.
    order = random.Random(screen.slug)  # noqa: S311  an order of fields, not a secret

    def shuffled_section(section: Section) -> Section:
        return replace(section, controls=tuple(order.sample(section.controls, len(section.controls))))

    def shuffled_grid(grid: Grid) -> Grid:
        return replace(grid, columns=tuple(order.sample(grid.columns, len(grid.columns))))

    return replace(
        screen,
        sections=tuple(shuffled_section(s) for s in order.sample(screen.sections, len(screen.sections))),
        grids=tuple(shuffled_grid(grid) for grid in screen.grids),
    )


CHANGES: dict[Variant, Callable[[Screen], Screen | None]] = {
    Variant.STANDARD: lambda screen: screen,
    Variant.RELABELLED: _relabel,
    Variant.REORDERED: _reorder,
    Variant.NEW_OPTIONS: _change_options,
    Variant.MISSING_CONTROL: _remove,
    Variant.SHORT: lambda screen: None if screen.title in LEFT_OUT else screen,
}


def laid_out(variant: Variant, only: str | None = None) -> tuple[Screen, ...]:
    """Every screen in a variant; `only` names the one screen (by title) that changes, else all do."""
    change = CHANGES[variant]
    screens = (change(screen) if only in (None, screen.title) else screen for screen in every_screen())
    return tuple(screen for screen in screens if screen is not None)
