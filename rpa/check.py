"""Prove every definition: each expression resolves against its schema, each control exists in the profile, each
code list is total, each answer has an end. `rpa check` prints what this finds; nothing starts on a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from jmespath.visitor import TreeInterpreter

from rpa.errors import DefinitionError, Fault
from rpa.forms import Form, leaves
from rpa.forms.codes import CodeList
from rpa.forms.schema import Question, unescape
from rpa.mapping import LoadedMapping, Rows, Source, compiled, flatten, load_mapping
from rpa.places import toml_line
from rpa.targets.check import KeyPath, profile_faults
from rpa.targets.profile import CHOICES, Control, Kind, Profile, Screen, load_profile

Found = tuple[KeyPath, str, str]
"""Key path in the mapping, what is wrong, and the remedy."""


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
        yield ("form",), f"there is no form {loaded.mapping.form!r}", "Name a folder under forms/"
        return
    for version in loaded.mapping.versions:
        if version not in form.versions:
            yield ("versions",), f"the form has no version {version}", "Name versions that form.toml lists"
            return
        yield from _against(_Sheet(loaded, leaves(form, version), form.versions[version].lists, profile))


@dataclass(frozen=True)
class _Sheet:
    """A mapping beside the questions of one version of its form."""

    loaded: LoadedMapping
    questions: Sequence[Question]
    lists: Mapping[str, CodeList]
    profile: Profile

    @property
    def by_pointer(self) -> dict[str, Question]:
        return {question.pointer: question for question in self.questions}


def _against(sheet: _Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    bare = skeleton(sheet.questions)
    for name, expression in mapping.named.items():
        if name in bare:
            yield ("named", name), "the form itself has a part of that name", "Choose another name"
        if not flatten(compiled(expression).search(bare)):
            yield ("named", name), "no question of the form is there", "Mend the expression"
    report = mapping.with_names(bare)
    for name, screen_mapping in mapping.screen.items():
        screen = sheet.profile.by_name.get(name)
        if screen is None:
            yield ("screen", name), "the profile has no such screen", "Name a screen of screens.toml"
            continue
        for control, source in screen_mapping.controls.items():
            yield from _source(sheet, ("screen", name, control), source, screen.controls.get(control), report)
        for number, rows in enumerate(screen_mapping.rows):
            yield from _rows(sheet, ("screen", name, "rows", number), rows, screen, report)
    yield from _required(sheet)
    yield from _narrative(sheet)
    yield from _left_out(sheet)


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


def _rows(sheet: _Sheet, place: KeyPath, rows: Rows, screen: Screen, report: Any) -> Iterator[Found]:
    grid = screen.grids.get(rows.grid)
    if grid is None:
        yield (*place, "grid"), f"the screen has no grid {rows.grid!r}", "Name a grid of screens.toml"
        return
    found = compiled(rows.each).search(report)
    items = [item for item in found if item] if isinstance(found, list) else [found] if found else []
    if not items:
        yield (*place, "each"), "no question of the form is there", "Mend the expression"
    for item in items:
        yield from _condition(sheet, (*place, "when"), rows.when, item)
    for column, source in rows.columns.items():
        faults = [
            list(_source(sheet, (*place, "columns", column), source, grid.columns.get(column), item))
            for item in items
        ]
        if faults and all(faults):
            yield from faults[0]
    for column, control in grid.columns.items():
        if control.required and column not in rows.columns:
            yield place, f"the target requires {column!r}", "Map it, or give it a value"


def _source(
    sheet: _Sheet, place: KeyPath, source: Source, control: Control | None, data: Any
) -> Iterator[Found]:
    if control is None:
        yield place, "the screen has no such control", "Name a control of screens.toml"
        return
    yield from _condition(sheet, place, source.when, data)
    given = [source.from_, source.value, source.fact, source.parts, source.ticks]
    if sum(each is not None for each in given) != 1:
        yield (
            place,
            "needs exactly one of from, value, fact, parts and ticks",
            "Say where the value comes from",
        )
    elif source.value is not None:
        yield from _offered(sheet, place, control, [str(source.value)])
    elif source.parts is not None:
        yield from _parts(sheet, place, source, control, data)
    elif source.ticks is not None:
        yield from _ticks(sheet, place, source, control, data)
    elif source.from_ is not None:
        yield from _answers(sheet, place, source, control, data)


def _condition(sheet: _Sheet, place: KeyPath, when: str | None, data: Any) -> Iterator[Found]:
    if when is None:
        return
    expression = compiled(sheet.loaded.mapping.conditions.get(when, when)).parsed
    for path in _paths(expression):
        if TreeInterpreter().visit(path, data) is None:
            named = f"the condition {when!r}" if when in sheet.loaded.mapping.conditions else "the condition"
            yield place, f"{named} asks for a question that is not there", "Mend the expression"
            return


def _paths(node: Any) -> Iterator[Any]:
    """The parts of an expression that name a place in the data, each whole."""
    if node["type"] in {"field", "subexpression", "index_expression"}:
        yield node
    elif node["type"] in {"projection", "filter_projection", "value_projection", "flatten"}:
        yield from _paths(node["children"][0])
    else:
        for child in node["children"]:
            if isinstance(child, dict):
                yield from _paths(child)


def _asked(sheet: _Sheet, expression: str, data: Any) -> list[Question]:
    """The questions an expression may choose from; of alternatives (`[a, b][] | [0]`), all."""
    parsed = compiled(expression).parsed
    if parsed["type"] == "pipe" and parsed["children"][1]["type"] == "index_expression":
        parsed = parsed["children"][0]
    return [sheet.by_pointer[pointer] for pointer in flatten(TreeInterpreter().visit(parsed, data))]


def _answers(sheet: _Sheet, place: KeyPath, source: Source, control: Control, data: Any) -> Iterator[Found]:
    questions = _asked(sheet, source.from_ or "", data)
    if not questions:
        yield place, "no question of the form is there", "Mend the expression"
    if source.codes is not None:
        yield from _codes(sheet, place, source, control, questions)
        return
    for question in questions:
        yield from _suits(sheet, place, source, control, question)


def _suits(
    sheet: _Sheet, place: KeyPath, source: Source, control: Control, question: Question
) -> Iterator[Found]:
    if control.kind is Kind.CHECKBOX and question.type != "boolean":
        yield place, f"{question.pointer} is not a yes or no", "A checkbox takes a boolean answer"
    if control.kind in (Kind.DATE, Kind.TIME) and source.as_ != control.kind.value:
        yield place, f"a {control.kind} control needs as = {control.kind.value!r}", "Add it"
    if source.as_ in ("date", "time") and question.format not in {source.as_, "date-time"}:
        yield place, f"{question.pointer} is not a {source.as_}", "Map a question of that format"
    if control.kind in CHOICES and sheet.profile.options(control) is not None and source.as_ == "text":
        options = sheet.lists[question.list].options.values() if question.list else ()
        texts = ["Yes", "No"] if question.type == "boolean" else list(options)
        if not texts:
            yield (
                place,
                f"{question.pointer} is free text and the control takes options",
                "Map a question with a list",
            )
        yield from _offered(sheet, place, control, texts)


def _offered(sheet: _Sheet, place: KeyPath, control: Control, texts: Sequence[str]) -> Iterator[Found]:
    offered = sheet.profile.options(control)
    lacking = [text for text in texts if offered is not None and text not in offered]
    if lacking:
        yield (
            place,
            f"the target offers no option {', '.join(map(repr, lacking[:5]))}",
            "Add it to a code list, or to the profile's options",
        )


def _codes(
    sheet: _Sheet, place: KeyPath, source: Source, control: Control, questions: Sequence[Question]
) -> Iterator[Found]:
    table = sheet.loaded.table(source)
    if table is None:
        return
    wanted: dict[str, str] = {}
    for question in questions:
        if question.list is None:
            yield place, f"{question.pointer} has no code list", "Remove codes, or map a question with a list"
        else:
            wanted |= sheet.lists[question.list].options
    lacking = [code for code in wanted if code not in table.option and code not in table.abstain]
    if lacking and not table.own_text:
        yield (
            place,
            f"the code list has no entry for {', '.join(lacking[:5])}",
            "Add each under [option] or [abstain]",
        )
    surplus = [code for code in (*table.option, *table.abstain) if code not in wanted]
    if surplus and isinstance(source.codes, str) and questions:
        yield (
            place,
            f"the code list knows {surplus[0]}, which the form does not",
            "Remove or mend the identifier",
        )
    own = [wanted[code] for code in lacking if table.own_text]
    yield from _offered(sheet, place, control, [*table.option.values(), *own])


def _parts(sheet: _Sheet, place: KeyPath, source: Source, control: Control, data: Any) -> Iterator[Found]:
    wanted = {*control.match, *control.search.values()}
    for part in wanted - set(source.parts or {}):
        yield place, f"the look-up needs the part {part!r}", "Map it under parts"
    for name, part_source in (source.parts or {}).items():
        if part_source.from_ is None or not _asked(sheet, part_source.from_, data):
            yield (*place, "parts", name), "no question of the form is there", "Mend the expression"


def _ticks(sheet: _Sheet, place: KeyPath, source: Source, control: Control, data: Any) -> Iterator[Found]:
    if control.kind is not Kind.CHECKBOXES:
        yield place, "ticks are for checkboxes", "Set the control's kind, or map with from"
    yield from _offered(sheet, place, control, list(source.ticks or {}))
    for option, expression in (source.ticks or {}).items():
        questions = _asked(sheet, expression, data)
        if not questions or any(question.type != "boolean" for question in questions):
            yield (
                (*place, "ticks", option),
                "no yes-or-no question of the form is there",
                "Mend the expression",
            )


def _required(sheet: _Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    for screen in sheet.profile.screens:
        mapped = mapping.screen[screen.name].controls if screen.name in mapping.screen else {}
        for name, control in screen.controls.items():
            if control.required and name not in mapped:
                yield ("screen", screen.name), f"the target requires {name!r}", "Map it, or give it a value"


def _narrative(sheet: _Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    screen = sheet.profile.by_name.get(mapping.narrative.screen)
    controls = screen.controls if screen else {}
    if screen and mapping.narrative.grid:
        grid = screen.grids.get(mapping.narrative.grid)
        controls = grid.columns if grid else {}
    for name in (mapping.narrative.control, *mapping.narrative.fixed):
        if name not in controls:
            yield (
                ("narrative",),
                f"the profile has no control {name!r} there",
                "Name screen, grid and control",
            )
    for name, value in mapping.narrative.fixed.items():
        if name in controls:
            yield from _offered(sheet, ("narrative", "with"), controls[name], [value])
    wanted = mapping.attachments
    if wanted is None:
        return
    place = sheet.profile.by_name.get(wanted.screen)
    columns = place.grids[wanted.grid].columns if place and wanted.grid in place.grids else {}
    if wanted.file not in columns or columns[wanted.file].kind is not Kind.FILE:
        yield (
            ("attachments",),
            f"the profile has no file control {wanted.file!r} there",
            "Name screen, grid and file",
        )


def _left_out(sheet: _Sheet) -> Iterator[Found]:
    mapping = sheet.loaded.mapping
    globs = [(("left_out", glob), glob) for glob in mapping.left_out]
    globs += [
        (("attachments", "answers"), glob)
        for glob in (mapping.attachments.answers if mapping.attachments else ())
    ]
    for place, glob in globs:
        if not any(fnmatchcase(question.pointer, glob) for question in sheet.questions):
            yield place, f"no question of the form matches {glob!r}", "Mend or remove it"
    for glob, reason in mapping.left_out.items():
        if not reason.strip():
            yield ("left_out", glob), "no reason is given", "Say why the answer is left out"
