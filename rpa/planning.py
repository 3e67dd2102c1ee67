"""A mapping applied to one report: decide every value, and account for every answer (P4), before a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Any

from rpa.mapping import FormMapping, LoadedMapping, Rows, Source, compiled, flatten, shadow
from rpa.narrative import Parts, compose, measure
from rpa.plan import Disposed, Disposition, Entry, PagePlan, Plan, Value
from rpa.report import Answer, Report
from rpa.targets.profile import CHOICES, MANY, Control, Grid, Kind, Profile, Screen

NO_CONTROL = "the target has no control for it"
NOT_CERTAIN = "its control was not certain on the page"
Unavailable = Set[tuple[str, str]]
"""(screen, control) pairs that a robot could not be certain of; a grid's column is `Grid / Column`."""


class _NotKeyedError(Exception):
    """Why a value is not keyed: a sentence for the disposition."""


@dataclass
class _Ledger:
    """What has become of each answer so far."""

    keyed: dict[str, list[str]] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Work:
    """One report being planned."""

    report: Report
    loaded: LoadedMapping
    profile: Profile
    media: Set[str]
    unavailable: Unavailable
    answers: Mapping[str, Answer]
    ledger: _Ledger


def plan(
    report: Report,
    loaded: LoadedMapping,
    profile: Profile,
    target: str,
    *,
    media: Set[str] = frozenset(),
    unavailable: Unavailable = frozenset(),
) -> Plan:
    """The plan for `report`. `media`: names of the files that came with it."""
    answers = {answer.pointer: answer for answer in report.answers}
    work = _Work(report, loaded, profile, media, unavailable, answers, _Ledger())
    data = loaded.mapping.with_names(report.data)
    ghost = loaded.mapping.with_names(shadow(report.data))
    pages = {screen.name: _page(work, screen, data, ghost) for screen in profile.screens}
    _attach(work, pages)
    parts = _narrate(work, pages)
    return Plan(
        reference=report.reference,
        form=report.form or "",
        target=target,
        pages=tuple(page for page in pages.values()),
        dispositions=tuple(_dispositions(work, parts)),
        missing=tuple(_missing(profile, pages)),
    )


def _page(work: _Work, screen: Screen, data: Any, ghost: Any) -> PagePlan:
    mapped = work.loaded.mapping.screen.get(screen.name)
    if mapped is None:
        return PagePlan(screen.name)
    entries = [
        entry
        for name, source in mapped.controls.items()
        if (entry := _entry(work, (screen.name, name), source, screen.controls[name], data, ghost))
    ]
    rows: dict[str, tuple[tuple[Entry, ...], ...]] = {}
    for group in mapped.rows:
        done = rows.get(group.grid, ())
        rows[group.grid] = done + tuple(_rows(work, screen, group, len(done), data, ghost))
    return PagePlan(screen.name, tuple(entries), rows)


def _rows(
    work: _Work, screen: Screen, group: Rows, done: int, data: Any, ghost: Any
) -> Iterator[tuple[Entry, ...]]:
    """The rows of one group; an item that makes no row leaves its answers to the narrative."""
    grid = screen.grids[group.grid]
    for item, twin in zip(_items(group.each, data), _items(group.each, ghost), strict=True):
        reason = ""
        if not work.loaded.mapping.holds(group.when, item):
            reason = group.otherwise
        elif grid.max_rows is not None and done >= grid.max_rows:
            reason = f"{group.grid} takes {grid.max_rows} rows"
        row = () if reason else _row(work, screen, group, grid, item, twin)
        if row:
            done += 1
            yield row
        elif reason:
            for pointer in flatten(twin):
                work.ledger.reasons.setdefault(pointer, reason)


def _items(expression: str, data: Any) -> list[Any]:
    found = compiled(expression).search(data)
    return [item for item in found if item] if isinstance(found, list) else [found] if found else []


def _row(work: _Work, screen: Screen, group: Rows, grid: Grid, item: Any, twin: Any) -> tuple[Entry, ...]:
    before = {pointer: list(places) for pointer, places in work.ledger.keyed.items()}
    entries = tuple(
        entry
        for name, source in group.columns.items()
        if (
            entry := _entry(
                work, (screen.name, f"{group.grid} / {name}"), source, grid.columns[name], item, twin, name
            )
        )
    )
    lacking = [
        name
        for name, control in grid.columns.items()
        if control.required and name not in {entry.control for entry in entries}
    ]
    if not lacking and any(entry.pointers for entry in entries):
        return entries
    work.ledger.keyed.clear()
    work.ledger.keyed.update(before)
    for pointer in flatten(twin) if lacking else ():
        work.ledger.reasons.setdefault(pointer, f"{group.grid} needs {lacking[0]}")
    return ()


def _entry(
    work: _Work,
    place: tuple[str, str],
    source: Source,
    control: Control,
    data: Any,
    ghost: Any,
    name: str | None = None,
) -> Entry | None:
    """The entry for one control, or None; the ledger learns which answers it keys, or why it does not."""
    if not work.loaded.mapping.holds(source.when, data):
        return None
    pointers = tuple(p for p in _pointers(source, ghost) if not _left_out(work.loaded.mapping, p))
    try:
        value = _value(work, place, source, control, pointers, ghost)
    except _NotKeyedError as why:
        for pointer in () if source.parts else pointers:
            work.ledger.reasons.setdefault(pointer, str(why))
        return None
    if value is None:
        return None
    if source.parts is not None:  # a look-up uses answers; only a control that holds one accounts for it
        return Entry(name or place[1], value)
    for pointer in pointers:
        work.ledger.keyed.setdefault(pointer, []).append(" / ".join(place))
    return Entry(name or place[1], value, pointers)


def _pointers(source: Source, ghost: Any) -> list[str]:
    if source.ticks is not None:
        return [
            pointer for each in source.ticks.values() for pointer in flatten(compiled(each).search(ghost))
        ]
    if source.parts is not None:
        return [pointer for part in source.parts.values() for pointer in _pointers(part, ghost)]
    return flatten(compiled(source.from_).search(ghost)) if source.from_ else []


def _value(
    work: _Work, place: tuple[str, str], source: Source, control: Control, pointers: Sequence[str], ghost: Any
) -> Value | None:
    if place in work.unavailable:
        raise _NotKeyedError(NOT_CERTAIN)
    if source.value is not None:
        return source.value
    if source.fact is not None:
        return work.report.reference if source.fact == "reference" else work.report.form_title
    if source.parts is not None:
        return _parts(work, source, ghost)
    if source.ticks is not None:
        ticked = tuple(
            option
            for option, each in source.ticks.items()
            if any(work.answers[pointer].value is True for pointer in flatten(compiled(each).search(ghost)))
        )
        return ticked or None
    if not pointers:
        return None
    return _fit(work.profile, control, _read(work, source, control, pointers))


def _parts(work: _Work, source: Source, ghost: Any) -> dict[str, str]:
    """A look-up's parts; one that the report does not answer is left away, and the look-up abstains."""
    found: dict[str, str] = {}
    for name, part in (source.parts or {}).items():
        pointers = _pointers(part, ghost)
        if pointers:
            found[name] = str(_read(work, part, Control(kind=Kind.TEXT), pointers))
    return found


def _read(work: _Work, source: Source, control: Control, pointers: Sequence[str]) -> Value:
    """What the answers say, in the target's words."""
    answers = [work.answers[pointer] for pointer in pointers]
    if control.kind is Kind.CHECKBOX:
        if len(answers) == 1 and isinstance(answers[0].value, bool):
            return answers[0].value
        raise _NotKeyedError("not a yes or no")
    texts = [_text(work, source, answer) for answer in answers]
    if control.kind in MANY:
        return tuple(dict.fromkeys(texts))
    separator = "\n" if source.as_ == "questions" else source.join
    return separator.join(texts)


def _text(work: _Work, source: Source, answer: Answer) -> str:
    table = work.loaded.table(source)
    if table is not None:
        code = str(answer.value)
        if code in table.abstain:
            raise _NotKeyedError(table.abstain[code])
        if code not in table.option and not table.own_text:
            raise _NotKeyedError("the code list has no option for it")
        return table.option.get(code, answer.text)
    if source.as_ == "questions":
        return f"{answer.question}: {answer.text}"
    if source.as_ == "text":
        return answer.text
    return _clock(work, source.as_, answer)


def _clock(work: _Work, wanted: str, answer: Answer) -> str:
    """The ISO date or HH:MM of a date, time or instant, by the clock on the target's wall."""
    text = str(answer.value)
    try:
        if wanted == "time" and "T" not in text:
            return datetime.strptime(text[:5], "%H:%M").replace(tzinfo=UTC).strftime("%H:%M")
        if "T" not in text:
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise _NotKeyedError(f"not a {wanted}") from error
    local = instant.astimezone(work.profile.zone) if instant.tzinfo else instant
    return local.date().isoformat() if wanted == "date" else local.strftime("%H:%M")


def _fit(profile: Profile, control: Control, value: Value) -> Value:
    """`value` if the control can hold it whole."""
    if isinstance(value, str):
        if control.kind is Kind.TEXT and "\n" in value:
            raise _NotKeyedError("its control takes one line")
        if control.max is not None and measure(value) > control.max:
            raise _NotKeyedError(f"its control takes {control.max} characters")
    offered = profile.options(control) if control.kind in CHOICES else None
    if offered is not None:
        chosen = value if isinstance(value, tuple) else (value,)
        if any(each not in offered for each in chosen):
            raise _NotKeyedError("the target offers no such option")
    return value


def _attach(work: _Work, pages: dict[str, PagePlan]) -> None:
    """Plan a row for every answer that names a file we have."""
    wanted = work.loaded.mapping.attachments
    if wanted is None:
        return
    named: dict[str, list[Answer]] = {}
    for answer in work.report.answers:
        if any(fnmatchcase(answer.pointer, each) for each in wanted.answers):
            if str(answer.value) in work.media:
                named.setdefault(str(answer.value), []).append(answer)
            else:
                work.ledger.reasons[answer.pointer] = "the file it names did not arrive"
    rows = []
    for name, answers in named.items():
        pointers = tuple(answer.pointer for answer in answers)
        described = (Entry(wanted.describe, answers[0].question),) if wanted.describe else ()
        rows.append((Entry(wanted.file, name, pointers), *described))
        for pointer in pointers:
            work.ledger.attached[pointer] = [f"{wanted.screen} / {wanted.grid}"]
    if rows:
        _add_rows(pages, wanted.screen, wanted.grid, rows)


def _add_rows(pages: dict[str, PagePlan], screen: str, grid: str, rows: Sequence[tuple[Entry, ...]]) -> None:
    page = pages[screen]
    more = {**page.rows, grid: page.rows.get(grid, ()) + tuple(rows)}
    pages[screen] = PagePlan(screen, page.entries, more)


def _narrate(work: _Work, pages: dict[str, PagePlan]) -> Parts:
    """Carry the rest in the narrative and plan the rows (or the control) that hold it."""
    rule = work.loaded.mapping.narrative
    rest = [answer for answer in work.report.answers if _kind(work, answer) is Disposed.NARRATIVE]
    screen = work.profile.by_name[rule.screen]
    grid = screen.grids[rule.grid] if rule.grid else None
    control = grid.columns[rule.control] if grid else screen.controls[rule.control]
    title = rule.title.format(reference=work.report.reference, form=work.report.form_title)
    parts = compose(title, rest, control.max or 1_000_000)
    fixed = tuple(Entry(name, value) for name, value in rule.fixed.items())
    if rule.grid:
        rows = [(*fixed, Entry(rule.control, text)) for text in parts.texts]
        _add_rows(pages, rule.screen, rule.grid, rows)
    elif parts.texts:
        page = pages[rule.screen]
        entry = Entry(rule.control, "\n".join(parts.texts))
        pages[rule.screen] = PagePlan(page.screen, (*page.entries, entry), page.rows)
    return parts


def _kind(work: _Work, answer: Answer) -> Disposed:
    if answer.pointer in work.ledger.keyed:
        return Disposed.KEYED
    if answer.pointer in work.ledger.attached:
        return Disposed.ATTACHED
    return Disposed.LEFT_OUT if _left_out(work.loaded.mapping, answer.pointer) else Disposed.NARRATIVE


def _left_out(mapping: FormMapping, pointer: str) -> str:
    return next((why for glob, why in mapping.left_out.items() if fnmatchcase(pointer, glob)), "")


def _dispositions(work: _Work, parts: Parts) -> Iterator[Disposition]:
    rule = work.loaded.mapping.narrative
    for answer in work.report.answers:
        kind, pointer = _kind(work, answer), answer.pointer
        why = work.ledger.reasons.get(
            pointer, NO_CONTROL if answer.known else "the form does not know it yet"
        )
        where: Sequence[str]
        match kind:
            case Disposed.KEYED:
                where, why = work.ledger.keyed[pointer], ""
            case Disposed.ATTACHED:
                where, why = work.ledger.attached[pointer], ""
            case Disposed.LEFT_OUT:
                where, why = (), _left_out(work.loaded.mapping, answer.pointer)
            case Disposed.NARRATIVE:
                where = [f"{rule.screen} / part {number}" for number in parts.carried[pointer]]
        yield Disposition(pointer, answer.question, kind, tuple(where), why)


def _missing(profile: Profile, pages: Mapping[str, PagePlan]) -> Iterator[str]:
    """Required controls that stay empty."""
    for screen in profile.screens:
        given = {entry.control for entry in pages[screen.name].entries}
        for name, control in screen.controls.items():
            if control.required and name not in given:
                yield f"{screen.name} / {name}"
