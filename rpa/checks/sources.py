"""Validate one source of a mapping: its answers exist, suit their control, and are among its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from jmespath.visitor import TreeInterpreter

from rpa.forms.codes import CodeList
from rpa.forms.schema import Question
from rpa.planning.mapping import LoadedMapping, Source, compiled
from rpa.planning.narrative import measure
from rpa.planning.provenance import pointers_in
from rpa.report import REFERENCE_LENGTH
from rpa.source_lines import KeyPath
from rpa.targets.profile import CHOICES, CLOCKED, Control, Kind, Profile

NO_QUESTION = "the form has no such question"
Found = tuple[KeyPath, str, str]
"""Key path in the mapping, what is wrong, and the remedy."""


@dataclass(frozen=True)
class Sheet:
    """A mapping beside the questions of one version of its form."""

    loaded: LoadedMapping
    questions: Sequence[Question]
    lists: Mapping[str, CodeList]
    profile: Profile
    decides: Sequence[str]  # globs: questions whose options decide what the rest of a report means

    @cached_property
    def by_pointer(self) -> dict[str, Question]:
        """The questions by JSON Pointer."""
        return {question.pointer: question for question in self.questions}


def source_faults(
    sheet: Sheet, place: KeyPath, source: Source, control: Control | None, data: Any
) -> Iterator[Found]:
    """Every fault of the source of one control; `data` is what its expressions are evaluated over."""
    if control is None:
        yield place, "the screen has no such control", "Name a control of screens.toml"
        return
    yield from condition_faults(sheet, place, source.when, data)
    given = [source.from_, source.value, source.fact, source.parts, source.ticks]
    if sum(each is not None for each in given) != 1:
        yield (
            place,
            "needs exactly one of from, value, fact, parts and ticks",
            "Say where the value comes from",
        )
    elif (source.parts is not None) != (control.kind is Kind.LOOK_UP):
        yield place, "a look-up takes parts, and only a look-up does", "Map it with parts, or set its kind"
    elif control.kind is Kind.FILE:
        yield place, "files are attached", "Map it under [attachments]"
    elif source.value is not None:
        yield from fixed_faults(sheet, place, control, source.value)
    elif source.fact == "reference" and control.max is not None and control.max < REFERENCE_LENGTH:
        yield place, f"our reference has {REFERENCE_LENGTH} characters", "Name a control that holds it"
    elif source.parts is not None:
        yield from _parts(sheet, place, source, control, data)
    elif source.ticks is not None:
        yield from _ticks(sheet, place, source, control, data)
    elif source.from_ is not None:
        yield from _answers(sheet, place, source, control, data)


def fixed_faults(sheet: Sheet, place: KeyPath, control: Control, value: str | bool) -> Iterator[Found]:
    """A fixed value that its control cannot hold."""
    if isinstance(value, bool) != (control.kind is Kind.CHECKBOX):
        yield place, "a checkbox must be true or false, and other controls must not", "Correct the value"
    elif isinstance(value, str) and control.max is not None and measure(value) > control.max:
        yield place, f"it takes {control.max} characters", "Give a shorter value"
    else:
        yield from offered_faults(sheet, place, control, [str(value)])


def condition_faults(sheet: Sheet, place: KeyPath, when: str | None, data: Any) -> Iterator[Found]:
    """A condition on a question that no report has."""
    if when is None:
        return
    expression = compiled(sheet.loaded.mapping.conditions.get(when, when)).parsed
    for path in _paths(expression):
        if TreeInterpreter().visit(path, data) is None:
            named = f"the condition {when!r}" if when in sheet.loaded.mapping.conditions else "the condition"
            yield place, f"{named}: {NO_QUESTION}", "Correct the expression"
            return
    yield from _undecided(sheet, place, expression, data)


def _undecided(sheet: Sheet, place: KeyPath, expression: Any, data: Any) -> Iterator[Found]:
    """A condition on options where a report with an unknown option is not held: it could be keyed wrongly."""
    for path in _compared(expression):
        for pointer in pointers_in(TreeInterpreter().visit(path, data)):
            known = any(fnmatchcase(pointer, glob) for glob in sheet.decides)
            if sheet.by_pointer[pointer].list is not None and not known:
                said = f"{pointer} decides here but not in form.toml: an unknown option would be keyed"
                yield place, said, "Name the question under `decides` in form.toml"


def _compared(node: Any) -> Iterator[Any]:
    """The places in the data whose value, and not only whose presence, makes an expression true or false."""
    if node["type"] in {"comparator", "function_expression"}:
        yield from _paths(node)
        return
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _compared(child)


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


def _asked(sheet: Sheet, expression: str, data: Any) -> list[Question]:
    """The questions an expression may choose from; of alternatives (`[a, b][] | [0]`), all."""
    parsed = compiled(expression).parsed
    if parsed["type"] == "pipe" and parsed["children"][1]["type"] == "index_expression":
        parsed = parsed["children"][0]
    return [sheet.by_pointer[pointer] for pointer in pointers_in(TreeInterpreter().visit(parsed, data))]


def _answers(sheet: Sheet, place: KeyPath, source: Source, control: Control, data: Any) -> Iterator[Found]:
    questions = _asked(sheet, source.from_ or "", data)
    if not questions:
        yield place, NO_QUESTION, "Correct the expression"
    if source.codes is not None:
        yield from _codes(sheet, place, source, control, questions)
        return
    for question in questions:
        yield from _suits(sheet, place, source, control, question)


def _suits(
    sheet: Sheet, place: KeyPath, source: Source, control: Control, question: Question
) -> Iterator[Found]:
    if control.kind is Kind.CHECKBOX and question.type != "boolean":
        yield place, f"{question.pointer} is not a yes or no", "A checkbox takes a boolean answer"
    if control.kind in CLOCKED and source.as_ != control.kind.value:
        yield place, f"a {control.kind} control needs as = {control.kind.value!r}", "Add it"
    wanted = {"date", "time"} if source.as_ == "datetime" else {source.as_}
    if source.as_ in ("date", "time", "datetime") and question.format not in {*wanted, "date-time"}:
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
        yield from offered_faults(sheet, place, control, texts)


def offered_faults(sheet: Sheet, place: KeyPath, control: Control, texts: Sequence[str]) -> Iterator[Found]:
    """Texts that the control is to hold and does not offer."""
    offered = sheet.profile.options(control)
    lacking = [text for text in texts if offered is not None and text not in offered]
    if lacking:
        yield (
            place,
            f"the target offers no option {', '.join(map(repr, lacking[:5]))}",
            "Add it to a code list, or to the profile's options",
        )


def _codes(
    sheet: Sheet, place: KeyPath, source: Source, control: Control, questions: Sequence[Question]
) -> Iterator[Found]:
    table = sheet.loaded.table(source)
    if table is None:
        return
    named = f"codes/{source.codes}.toml" if isinstance(source.codes, str) else "the code list"
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
            f"{named} has no entry for {', '.join(lacking[:5])}",
            "Add each under [option] or [abstain]",
        )
    surplus = [code for code in (*table.option, *table.abstain) if code not in wanted]
    if surplus and isinstance(source.codes, str) and questions:
        yield (
            place,
            f"{named} has {surplus[0]}, which is not an option of the question",
            "Remove or correct the identifier",
        )
    own = [wanted[code] for code in lacking if table.own_text]
    yield from offered_faults(sheet, place, control, [*table.option.values(), *own])


def _parts(sheet: Sheet, place: KeyPath, source: Source, control: Control, data: Any) -> Iterator[Found]:
    wanted = {*control.match, *control.search.values()}
    for part in wanted - set(source.parts or {}):
        yield place, f"the look-up needs the part {part!r}", "Map it under parts"
    for name, part_source in (source.parts or {}).items():
        if part_source.from_ is None or not _asked(sheet, part_source.from_, data):
            yield (*place, "parts", name), NO_QUESTION, "Correct the expression"


def _ticks(sheet: Sheet, place: KeyPath, source: Source, control: Control, data: Any) -> Iterator[Found]:
    if control.kind not in (Kind.CHECKBOXES, Kind.SELECT_MANY):
        yield place, "ticks are for checkboxes", "Set the control's kind, or map with from"
    yield from offered_faults(sheet, place, control, list(source.ticks or {}))
    for option, expression in (source.ticks or {}).items():
        questions = _asked(sheet, expression, data)
        if not questions or any(question.type != "boolean" for question in questions):
            yield (
                (*place, "ticks", option),
                "the form has no such yes-or-no question",
                "Correct the expression",
            )
