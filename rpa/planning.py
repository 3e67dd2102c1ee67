"""A mapping applied to one report: decide every value, and account for every answer (P4), before a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from rpa.mapping import Attachments, FormMapping, LoadedMapping, Rows, Source, compiled, flatten, shadow
from rpa.narrative import Parts, compose, measure
from rpa.plan import Disposed, Disposition, Entry, PagePlan, Plan, Value
from rpa.report import Answer, Report
from rpa.targets.profile import Control, Grid, Kind, Profile, Screen
from rpa.wording import NotKeyed, worded

NO_CONTROL = "the target has no control for it"
NOT_CERTAIN = "its control was not certain on the page"
Unavailable = Set[tuple[str, str]]
"""(screen, control) pairs that a robot could not be certain of; a grid's column is `Grid / Column`."""


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
        missing=(*_missing(work, pages), *_no_room(work, pages, parts)),
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
    except NotKeyed as why:
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
        raise NotKeyed(NOT_CERTAIN)
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
    return _worded(work, source, control, pointers)


def _parts(work: _Work, source: Source, ghost: Any) -> dict[str, str]:
    """A look-up's parts; one that the report does not answer is left away, and the look-up abstains."""
    found: dict[str, str] = {}
    for name, part in (source.parts or {}).items():
        pointers = _pointers(part, ghost)
        if pointers:
            found[name] = str(_worded(work, part, Control(kind=Kind.TEXT), pointers))
    return found


def _worded(work: _Work, source: Source, control: Control, pointers: Sequence[str]) -> Value:
    answers = [work.answers[pointer] for pointer in pointers]
    return worded(work.loaded, work.profile, source, control, answers)


def _attach(work: _Work, pages: dict[str, PagePlan]) -> None:
    """Plan a row for every file that came, as far as the target takes them; answers that name one are attached
    with it, and a file that no answer names is not left behind."""
    wanted = work.loaded.mapping.attachments
    if wanted is None:
        return
    most = work.profile.by_name[wanted.screen].grids[wanted.grid].max_rows
    certain = (wanted.screen, f"{wanted.grid} / {wanted.file}") not in work.unavailable
    named: dict[str, list[Answer]] = {}
    for answer in work.report.answers:
        if any(fnmatchcase(answer.pointer, each) for each in wanted.answers):
            named.setdefault(str(answer.value), []).append(answer)
    files = [*(name for name in named if name in work.media), *sorted(work.media - named.keys())]
    taken = files[:most] if certain else []
    for name, answers in named.items():
        for answer in answers:
            if name in taken:
                work.ledger.attached[answer.pointer] = [f"{wanted.screen} / {wanted.grid}"]
            elif name not in work.media:
                work.ledger.reasons[answer.pointer] = "the file it names did not arrive"
            else:
                work.ledger.reasons[answer.pointer] = (
                    f"{wanted.grid} takes {most} rows" if certain else NOT_CERTAIN
                )
    if taken:
        rows = [_file(work, wanted, name, named.get(name, [])) for name in taken]
        _add_rows(pages, wanted.screen, wanted.grid, rows)


def _file(work: _Work, wanted: Attachments, name: str, answers: Sequence[Answer]) -> tuple[Entry, ...]:
    """The row of one file, described by what the public wrote about it, else by how it came."""
    file = Entry(wanted.file, name, tuple(answer.pointer for answer in answers))
    place = (wanted.screen, f"{wanted.grid} / {wanted.describe}")
    if wanted.describe is None or place in work.unavailable:
        return (file,)
    control = work.profile.by_name[wanted.screen].grids[wanted.grid].columns[wanted.describe]
    beside = (f"{answer.pointer.rpartition('/')[0]}/{wanted.described_by}" for answer in answers)
    for pointer in beside:
        said = work.answers.get(pointer)
        if said is not None and "\n" not in said.text and measure(said.text) <= (control.max or 100):
            work.ledger.keyed.setdefault(pointer, []).append(" / ".join(place))
            return file, Entry(wanted.describe, said.text, (pointer,))
    return file, Entry(wanted.describe, "Came with the online report")


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


def _missing(work: _Work, pages: Mapping[str, PagePlan]) -> Iterator[str]:
    """Required controls that stay empty, and the one for our reference: without it nobody finds the record."""
    ours = work.loaded.mapping.holding_reference
    for screen in work.profile.screens:
        given = {entry.control for entry in pages[screen.name].entries}
        for name, control in screen.controls.items():
            if name not in given and (control.required or (screen.name, name) in ours):
                yield f"{screen.name} / {name}"


def _no_room(work: _Work, pages: Mapping[str, PagePlan], parts: Parts) -> Iterator[str]:
    """A narrative with more than the target takes, and a file that nobody would miss: a person's, never cut."""
    yield from _left_behind(work, pages)
    rule = work.loaded.mapping.narrative
    if rule.grid is None:
        if len(parts.texts) > 1:
            yield f"room for the whole narrative in {rule.screen} / {rule.control}"
        return
    most = work.profile.by_name[rule.screen].grids[rule.grid].max_rows
    rows = len(pages[rule.screen].rows.get(rule.grid, ()))
    if most is not None and rows > most:
        yield f"room for {rows} rows in {rule.screen} / {rule.grid}"


def _left_behind(work: _Work, pages: Mapping[str, PagePlan]) -> Iterator[str]:
    wanted = work.loaded.mapping.attachments
    if wanted is None:
        return
    rows = pages[wanted.screen].rows.get(wanted.grid, ())
    attached = {entry.value for row in rows for entry in row if entry.control == wanted.file}
    spoken_of = {str(answer.value) for answer in work.report.answers}
    number = len(work.media - attached - spoken_of)
    if number:
        yield f"room for {number} more files in {wanted.screen} / {wanted.grid}"
