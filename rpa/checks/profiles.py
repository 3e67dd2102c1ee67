"""Validate a profile before anything uses it: every fault with its file, line, place and remedy."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rpa.errors import Fault
from rpa.placeholders import brace_faults
from rpa.source_lines import KeyPath, spoken, toml_line
from rpa.targets.profile import CHOICES, CLOCKED, Control, Grid, Kind, Profile, Screen, Step, Update

_LOOK_UP_NEEDS = ("open", "dialog", "search", "press", "none", "match", "choose", "otherwise")


def profile_faults(path: Path, profile: Profile) -> Iterator[Fault]:
    """Every fault of a profile that has the right shape."""
    text = path.read_text(encoding="utf-8")
    document = tomllib.loads(text)
    for place, message, remedy in _all(profile):
        named = " / ".join(spoken(document, place))
        yield Fault(str(path), toml_line(text, place), named, message, remedy)


def _all(profile: Profile) -> Iterator[tuple[KeyPath, str, str]]:
    screens = list(_placed(profile))
    yield from _screens(screens)
    if len(profile.screens) > 1 and profile.journey.next is None:
        yield ("journey",), "several screens and no `next`", "Name the button that leads from one to the next"
    if profile.update is not None:
        yield from _update(profile, profile.update)
    for there, screen in screens:
        for name, control in screen.controls.items():
            place: KeyPath = (*there, "controls", name)
            yield from _control(place, control, profile)
            yield from _order(place, screen, name)
        for name, grid in screen.grids.items():
            yield from _grid((*there, "grids", name), grid, profile)
    for part, facts in FACTS.items():
        described = getattr(profile, part)
        for number, step in enumerate(described.steps if described else ()):
            yield from _step((part, "steps", number), step, facts)
    for place, text, known in _texts(profile):
        yield from brace_faults(place, text, known)


def _placed(profile: Profile) -> Iterator[tuple[KeyPath, Screen]]:
    """Every screen with where it stands, those that only an update has among them."""
    for number, screen in enumerate(profile.screens):
        yield ("screen", number), screen
    for number, screen in enumerate(profile.update.own if profile.update else ()):
        yield ("update", "screen", number), screen


def _update(profile: Profile, update: Update) -> Iterator[tuple[KeyPath, str, str]]:
    """The screens that an update goes through are there, each once, and its own are among them."""
    place: KeyPath = ("update", "screens")
    if not update.screens:
        yield place, "the update lists no screens", "Name the screens that it goes through, in order"
    if len(update.screens) > 1 and not (update.next or profile.journey.next or len(profile.screens) > 1):
        yield place, "several screens and no `next`", "Name the button that leads from one to the next"
    for name, times in Counter(update.screens).items():
        if name not in profile.by_name:
            yield place, f"there is no screen {name!r}", "Name one of [[screen]] or [[update.screen]]"
        elif times > 1:
            yield place, f"the screen {name!r} is listed {times} times", "Name it once"
    for number, screen in enumerate(update.own):
        if screen.name not in update.screens:
            said = f"the update does not visit {screen.name!r}"
            yield ("update", "screen", number, "name"), said, "Name it under screens, or remove it"


def remarks(path: Path, profile: Profile) -> Iterator[str]:
    """What the author of a profile should know, though it is not a fault: where its pattern is read from, what the
    target's next release may break, and what is never read back."""
    text = path.read_text(encoding="utf-8")
    for there, screen in _placed(profile):
        for name, control in screen.controls.items():
            place = f"{path}:{toml_line(text, (*there, 'controls', name))}: {screen.name} / {name}"
            if control.css is not None:
                yield f"{place}: is named by a selector, a last resort that the target's next release may break"
            if not control.read_back:
                yield f"{place}: is not read back, so what was saved is not verified"
    line = toml_line(text, ("journey", "reference"))
    scope = f"everything in {profile.journey.scope!r}"
    saved, find = profile.journey.saved.css, profile.find
    found = f"column {find.reference_column!r} of {find.row!r}" if find.reference_column else repr(find.row)
    first = repr(saved) if saved else scope
    said = f"the pattern is read from {first} after save, and from {found} after a search"
    yield f"{path}:{line}: journey / reference: {said}"


FACTS: Mapping[str, frozenset[str]] = {
    "session": frozenset({"account", "password"}),
    "journey": frozenset(),
    "find": frozenset({"source_reference"}),
    "record": frozenset({"reference", "source_reference"}),
    "update": frozenset({"reference", "source_reference"}),
}
"""The facts that the steps of each part may use."""


def _step(place: KeyPath, step: Step, facts: frozenset[str]) -> Iterator[tuple[KeyPath, str, str]]:
    if (step.fill is None) != (step.value is None):
        yield place, "`fill` and `with` belong together", "Give both or neither"
    elif step.value is not None and step.value not in facts:
        known_here = ", ".join(sorted(facts)) or "nothing: remove the step"
        yield place, f"{step.value!r} is not known here", f"Known here: {known_here}"
    known = facts - {"password"}  # it is typed into a control, and is in no address
    texts = [step.go, step.press, *(step.wait.model_dump().values() if step.wait else ())]
    for text in texts:
        yield from brace_faults(place, text, known)


def _texts(profile: Profile) -> Iterator[tuple[KeyPath, str | None, frozenset[str]]]:
    """Every other text that may name facts, with the facts that are known there."""
    none: frozenset[str] = frozenset()
    session, journey, find = profile.session, profile.journey, profile.find
    conditions = {("session", "done"): session.done, ("session", "ended"): session.ended}
    conditions |= {
        ("journey", "saved"): journey.saved,
        ("find", "found"): find.found,
        ("find", "none"): find.none,
    }
    if profile.update is not None:
        conditions["update", "saved"] = profile.update.saved
    for place, condition in conditions.items():
        for text in condition.model_dump().values():
            yield place, text, none
    yield ("record", "heading"), profile.record.heading, FACTS["record"]
    for there, screen in _placed(profile):
        yield (*there, "heading" if screen.heading else "name"), screen.condition.heading, none


def _screens(screens: Sequence[tuple[KeyPath, Screen]]) -> Iterator[tuple[KeyPath, str, str]]:
    if not any(place[0] == "screen" for place, _ in screens):
        yield ("screen",), "there is no screen", "Describe at least one under [[screen]]"
    for name, times in Counter(screen.name for _, screen in screens).items():
        if times > 1:
            last = next(place for place, screen in reversed(screens) if screen.name == name)
            yield (*last, "name"), f"{times} screens are called {name!r}", "Give each its own name"


def _control(place: KeyPath, control: Control, profile: Profile) -> Iterator[tuple[KeyPath, str, str]]:
    if control.kind is Kind.LOOK_UP:
        for key in _LOOK_UP_NEEDS:
            if not getattr(control, key):
                yield place, f"a look-up needs `{key}`", "See look-ups in docs/writing-a-target.md"
    if control.boxes is not None and control.kind not in CLOCKED:
        yield place, "`boxes` are for days and times", "Set kind to date, time or datetime, or remove boxes"
    for pattern in (
        control.format,
        control.shown,
        *(control.boxes or {}).values(),
        *control.formats.values(),
    ):
        if pattern is not None and not _tells(pattern):
            yield (
                place,
                f"{pattern!r} has no part of a date or time",
                "Use a strftime format such as %d/%m/%Y",
            )
    if control.max is not None and control.max < 1:
        yield place, "the longest text must be at least 1 character", "Give the limit in characters"
    yield from _options(place, control, profile)


def _options(place: KeyPath, control: Control, profile: Profile) -> Iterator[tuple[KeyPath, str, str]]:
    if control.options is None:
        return
    if control.kind not in CHOICES:
        yield place, f"a {control.kind} has no options", "Remove options, or set the kind"
    if isinstance(control.options, str) and control.options not in profile.lists:
        yield place, f"there is no list {control.options!r}", f"Add lists/{control.options}.txt"
        return
    twice = [option for option, times in Counter(profile.options(control)).items() if times > 1]
    if twice:
        yield place, f"option {twice[0]!r} is listed twice", "Remove one"


def _tells(pattern: str) -> bool:
    """Whether a strftime format tells one day or time from another."""
    one, other = datetime(2001, 2, 3, 4, 5, tzinfo=UTC), datetime(1999, 11, 22, 16, 37, tzinfo=UTC)
    return one.strftime(pattern) != other.strftime(pattern)


def _order(place: KeyPath, screen: Screen, name: str) -> Iterator[tuple[KeyPath, str, str]]:
    seen = [name]
    while (after := screen.controls[seen[-1]].after) is not None:
        if after not in screen.controls:
            yield (
                place,
                f"`after` names {after!r}, which is not on the screen",
                "Name a control of this screen",
            )
            return
        if after in seen:
            yield place, f"`after` is circular, through {after!r}", "Key one of them first"
            return
        seen.append(after)


def _grid(place: KeyPath, grid: Grid, profile: Profile) -> Iterator[tuple[KeyPath, str, str]]:
    needs = {"inline": ("add",), "dialog": ("add", "dialog", "keep"), "page": ("keep",)}[grid.row]
    for key in needs:
        if getattr(grid, key) is None:
            yield place, f"a grid with rows filled in {grid.row} needs `{key}`", "Name the button or dialog"
    for name, control in grid.columns.items():
        yield from _control((*place, "columns", name), control, profile)
