"""Validate every definition: each expression resolves against its schema, each control exists in the profile, each
code list is complete, each answer has a disposition. `rpa check` prints the faults; nothing starts while there is
one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rpa.checks.profiles import profile_faults
from rpa.checks.profiles import remarks as profile_remarks
from rpa.checks.sources import (
    NO_QUESTION,
    Found,
    Sheet,
    condition_faults,
    fixed_faults,
    source_faults,
)
from rpa.errors import DefinitionError, Fault
from rpa.forms import Form, leaves
from rpa.forms.schema import Question, unescape
from rpa.planning.mapping import (
    Attachments,
    LoadedMapping,
    Narrative,
    Rows,
    compiled,
    load_mapping,
)
from rpa.planning.narrative import LEAST_ROOM
from rpa.planning.provenance import pointers_in
from rpa.source_lines import KeyPath, toml_line
from rpa.targets.profile import Control, Grid, Kind, Profile, Screen, load_profile


def check(forms: Mapping[str, Form], mappings: Path) -> list[Fault]:
    """Every fault of every target under `mappings`, against `forms`."""
    faults: list[Fault] = []
    for folder in sorted(path.parent for path in mappings.glob("*/screens.toml")):
        try:
            profile = load_profile(folder)
        except DefinitionError as error:
            faults += error.faults
            continue
        faults += profile_faults(folder / "screens.toml", profile)
        for path in sorted(folder.glob("*.toml")):
            if path.name != "screens.toml":
                faults += mapping_faults(path, forms, profile)
    return faults


def remarks(mappings: Path) -> Iterator[str]:
    """What is worth knowing about every target whose profile can be read, though it is not a fault."""
    for path in sorted(mappings.glob("*/screens.toml")):
        with suppress(DefinitionError):
            yield from profile_remarks(path, load_profile(path.parent))


def mapping_faults(path: Path, forms: Mapping[str, Form], profile: Profile) -> list[Fault]:
    """Every fault of one mapping."""
    try:
        loaded = load_mapping(path.parent, path.stem)
    except DefinitionError as error:
        return list(error.faults)
    text = path.read_text(encoding="utf-8")
    return [
        Fault(str(path), toml_line(text, place), " / ".join(map(str, place)), message, remedy)
        for place, message, remedy in _mapping(loaded, forms, profile)
    ]


def _mapping(loaded: LoadedMapping, forms: Mapping[str, Form], profile: Profile) -> Iterator[Found]:
    form = forms.get(loaded.mapping.form)
    if form is None:
        yield (
            ("form",),
            f"there is no form {loaded.mapping.form!r}",
            "Correct the name, or remove this mapping",
        )
        return
    unknown = [version for version in loaded.mapping.versions if version not in form.versions]
    if unknown:
        yield ("versions",), f"the form has no version {unknown[0]}", "Name versions that form.toml lists"
        return
    found = [
        list(
            _against(
                Sheet(loaded, leaves(form, version), form.versions[version].lists, profile, form.decides)
            )
        )
        for version in loaded.mapping.versions
    ]
    # A question may be new in one version and removed from another: it has to be in one of them.
    for fault in dict.fromkeys(fault for each in found for fault in each):
        if NO_QUESTION not in fault[1] or all(fault in each for each in found):
            yield fault


def _against(sheet: Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    bare = skeleton(sheet.questions)
    for name, expression in mapping.named.items():
        if name in bare:
            yield ("named", name), "the form itself has a part of that name", "Choose another name"
        elif not pointers_in(compiled(expression).search(bare)):
            yield ("named", name), NO_QUESTION, "Correct the expression"
    report = mapping.with_names(bare) | bare
    for name, screen_mapping in mapping.screen.items():
        screen = sheet.profile.by_name.get(name)
        if screen is None:
            yield ("screen", name), "the profile has no such screen", "Name a screen of screens.toml"
            continue
        for label, source in screen_mapping.controls.items():
            place: KeyPath = ("screen", name, label)
            yield from source_faults(sheet, place, source, screen.controls.get(label), report)
        for number, rows in enumerate(screen_mapping.rows):
            yield from _rows(sheet, ("screen", name, "rows", number), rows, screen, report)
    yield from _reference(sheet)
    yield from _required(sheet)
    yield from _narrative(sheet, mapping.narrative)
    if mapping.attachments is not None:
        yield from _attachments(sheet, mapping.attachments)
    yield from _left_out(sheet)


def _reference(sheet: Sheet) -> Iterator[Found]:
    """Every record must hold our reference, whatever the report says. Otherwise nobody could find it again."""
    holding = sheet.loaded.mapping.holding_reference
    if not holding:
        said = "no control holds our reference, so nobody could find a record again"
        yield ("screen",), said, 'Give one { fact = "reference" }'
    for screen, control in sorted(holding):
        if sheet.loaded.mapping.screen[screen].controls[control].when is not None:
            place = ("screen", screen, control)
            yield (
                place,
                "our reference is keyed only under a condition",
                "Remove `when`: every record must have it",
            )


def skeleton(questions: Sequence[Question]) -> dict[str, Any]:
    """A report with one answer to every question, each its own pointer."""
    document: dict[str, Any] = {}
    for question in questions:
        _plant(document, [unescape(part) for part in question.pointer.split("/")[1:]], question.pointer)
    return document


def _plant(here: Any, parts: Sequence[str], leaf: str) -> None:
    step: Any = 0 if parts[0] == "*" else parts[0]
    if len(parts) == 1:
        below: Any = leaf
    else:
        below = [] if parts[1] == "*" else {}
    if isinstance(here, list):
        if not here:
            here.append(below)
        step = 0
    else:
        here.setdefault(step, below)
    if len(parts) > 1:
        _plant(here[step], parts[1:], leaf)


def _rows(sheet: Sheet, place: KeyPath, rows: Rows, screen: Screen, report: Any) -> Iterator[Found]:
    grid = screen.grids.get(rows.grid)
    if grid is None:
        yield (*place, "grid"), f"the screen has no grid {rows.grid!r}", "Name a grid of screens.toml"
        return
    found = compiled(rows.each).search(report)
    items = [item for item in found if item] if isinstance(found, list) else [found] if found else []
    if not items:
        yield (*place, "each"), NO_QUESTION, "Correct the expression"
    for item in items:
        yield from condition_faults(sheet, (*place, "when"), rows.when, item)
    for column, source in rows.columns.items():
        faults = [
            list(source_faults(sheet, (*place, "columns", column), source, grid.columns.get(column), item))
            for item in items
        ]
        if faults and all(faults):
            yield from faults[0]
    yield from _row_needs(place, grid, rows.columns)


def _row_needs(place: KeyPath, grid: Grid, given: Iterable[str]) -> Iterator[Found]:
    for column, control in grid.columns.items():
        if control.required and column not in given:
            yield place, f"the target requires {column!r}", "Map it, or give it a value"


def _required(sheet: Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    for screen in sheet.profile.screens:
        mapped = set(mapping.screen[screen.name].controls) if screen.name in mapping.screen else set()
        if mapping.narrative.screen == screen.name and mapping.narrative.grid is None:
            mapped.add(mapping.narrative.control)
        for name, control in screen.controls.items():
            if control.required and name not in mapped:
                yield ("screen", screen.name), f"the target requires {name!r}", "Map it, or give it a value"


def _narrative(sheet: Sheet, rule: Narrative) -> Iterator[Found]:
    controls = _desk(sheet, rule.screen, rule.grid)
    if controls is None:
        key = "grid" if rule.screen in sheet.profile.by_name else "screen"
        yield ("narrative", key), f"the profile has no {key} {getattr(rule, key)!r} there", "Name one"
        return
    control = controls.get(rule.control)
    place: KeyPath = ("narrative", "control")
    if control is None:
        yield place, f"there is no control {rule.control!r} there", "Name a control of screens.toml"
    elif control.kind not in (Kind.LINES, Kind.RICH_TEXT):
        yield place, f"a {control.kind} takes no text of several lines", "Name one of kind lines or rich_text"
    elif control.max is not None and control.max < LEAST_ROOM:
        yield place, f"it takes {control.max} characters, and a part needs {LEAST_ROOM}", "Name a larger one"
    for name, value in rule.fixed.items():
        if name not in controls:
            yield ("narrative", "with"), f"there is no control {name!r} there", "Name a control of the grid"
        else:
            yield from fixed_faults(sheet, ("narrative", "with"), controls[name], value)
    if rule.grid and control is not None:
        grid = sheet.profile.by_name[rule.screen].grids[rule.grid]
        yield from _row_needs(("narrative", "with"), grid, {rule.control, *rule.fixed})


def _attachments(sheet: Sheet, rule: Attachments) -> Iterator[Found]:
    columns = _desk(sheet, rule.screen, rule.grid)
    if columns is None:
        key = "grid" if rule.screen in sheet.profile.by_name else "screen"
        yield ("attachments", key), f"the profile has no {key} {getattr(rule, key)!r} there", "Name one"
        return
    if rule.file not in columns or columns[rule.file].kind is not Kind.FILE:
        yield (
            ("attachments", "file"),
            f"there is no file control {rule.file!r} there",
            "Name one of kind file",
        )
    if rule.describe is not None and rule.describe not in columns:
        yield ("attachments", "describe"), f"there is no control {rule.describe!r} there", "Name or remove it"
    beside = f"/{rule.described_by}"
    if rule.described_by and not any(question.pointer.endswith(beside) for question in sheet.questions):
        yield ("attachments", "described_by"), NO_QUESTION, "Name the key of a question of the form"


def _desk(sheet: Sheet, screen: str, grid: str | None) -> Mapping[str, Control] | None:
    """The controls of a screen, or of one of its grids; None if there is no such screen or grid."""
    found = sheet.profile.by_name.get(screen)
    if found is None:
        return None
    if grid is None:
        return found.controls
    return found.grids[grid].columns if grid in found.grids else None


def _left_out(sheet: Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    globs = [(("left_out", glob), glob) for glob in mapping.left_out]
    globs += [
        (("attachments", "answers"), glob)
        for glob in (mapping.attachments.answers if mapping.attachments else ())
    ]
    for place, glob in globs:
        if not any(fnmatchcase(question.pointer, glob) for question in sheet.questions):
            yield place, f"no question of the form matches {glob!r}", "Correct or remove it"
    for glob, reason in mapping.left_out.items():
        if not reason.strip():
            yield ("left_out", glob), "no reason is given", "Say why the answer is left out"
