"""A mapping applied to one report: decide every value, and account for every answer (P4), before a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from rpa.plan import Disposed, Disposition, Entry, PagePlan, Plan, Unavailable, Value
from rpa.planning.mapping import (
    Attachments,
    FormMapping,
    LoadedMapping,
    Rows,
    Source,
    flatten,
    items,
    pointers_of,
    search,
    shadow,
)
from rpa.planning.narrative import Parts, compose, measure, to_be_checked
from rpa.planning.obstacles import files_left_behind, without_room, without_value
from rpa.planning.wording import NotKeyed, worded
from rpa.report import Answer, Report
from rpa.targets.profile import MANY, Control, Grid, Kind, Profile, Screen

NO_CONTROL = "the target has no control for it"
NOT_CERTAIN = "its control was not certain on the page"
NOT_AS_ASKED = "it is not as its question asks for it"


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
    ledger = _Ledger(reasons=dict.fromkeys(report.unfit, NOT_AS_ASKED))
    work = _Work(report, loaded, profile, media, unavailable, answers, ledger)
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
        missing=(
            *without_value(loaded, profile, pages),
            *files_left_behind(report, loaded, pages, media),
            *without_room(loaded, profile, pages, parts),
        ),
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
    for item, twin in items(group.each, data, ghost):
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
    pointers = tuple(p for p in pointers_of(source, ghost) if not _left_out(work.loaded.mapping, p))
    if control.kind in MANY:  # what is as asked is keyed, the rest is told
        pointers = tuple(pointer for pointer in pointers if pointer not in work.report.unfit)
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


def _value(
    work: _Work, place: tuple[str, str], source: Source, control: Control, pointers: Sequence[str], ghost: Any
) -> Value | None:
    if place in work.unavailable:
        raise NotKeyed(NOT_CERTAIN)
    if source.value is not None:
        return _with_facts(work.report, source.value)
    if source.fact is not None:
        return work.report.reference if source.fact == "reference" else work.report.form_title
    if source.parts is not None:
        return _parts(work, source, ghost)
    if source.ticks is not None:
        ticked = tuple(
            option
            for option, each in source.ticks.items()
            if any(work.answers[pointer].value is True for pointer in flatten(search(each, ghost)))
        )
        return ticked or None
    if not pointers:
        return None
    return _worded(work, source, control, pointers)


def _with_facts(report: Report, value: str | bool) -> str | bool:
    """A fixed value, in which our reference and the form's title (`FACTS`) may be named in braces."""
    if isinstance(value, bool):
        return value
    return value.format(reference=report.reference, form=report.form_title)


def _parts(work: _Work, source: Source, ghost: Any) -> dict[str, str]:
    """A look-up's parts; one that the report does not answer is left away, and the look-up abstains."""
    found: dict[str, str] = {}
    for name, part in (source.parts or {}).items():
        pointers = pointers_of(part, ghost)
        if pointers and not work.report.unfit.intersection(pointers):
            found[name] = str(_worded(work, part, Control(kind=Kind.TEXT), pointers))
    return found


def _worded(work: _Work, source: Source, control: Control, pointers: Sequence[str]) -> Value:
    if source.as_ != "questions" and work.report.unfit.intersection(pointers):
        raise NotKeyed(NOT_AS_ASKED)
    answers = [work.answers[pointer] for pointer in pointers]
    return worded(work.loaded, work.profile, source, control, answers)


def _attach(work: _Work, pages: dict[str, PagePlan]) -> None:
    """Plan a row for every file that came, as far as the target takes them; answers that name one are attached
    with it, and a file that no answer names is not left behind."""
    wanted = work.loaded.mapping.attachments
    if wanted is None:
        return
    screen = work.profile.by_name[wanted.screen]
    most = screen.grids[wanted.grid].max_rows if wanted.grid else 1
    certain = (wanted.screen, _in_grid(wanted, wanted.file)) not in work.unavailable
    named: dict[str, list[Answer]] = {}
    for answer in work.report.answers:
        if any(fnmatchcase(answer.pointer, each) for each in wanted.answers):
            named.setdefault(str(answer.value), []).append(answer)
    files = [*(name for name in named if name in work.media), *sorted(work.media - named.keys())]
    taken = files[:most] if certain else []
    for name, answers in named.items():
        for answer in answers:
            if name in taken:
                work.ledger.attached[answer.pointer] = [f"{wanted.screen} / {wanted.grid or wanted.file}"]
            elif name not in work.media:
                work.ledger.reasons[answer.pointer] = "the file it names did not arrive"
            else:
                work.ledger.reasons[answer.pointer] = (
                    f"{wanted.grid or wanted.file} takes {most}" if certain else NOT_CERTAIN
                )
    rows = [_file(work, wanted, name, named.get(name, [])) for name in taken]
    if rows and wanted.grid:
        _add_rows(pages, wanted.screen, wanted.grid, rows)
    elif rows:
        page = pages[wanted.screen]
        pages[wanted.screen] = PagePlan(page.screen, (*page.entries, *rows[0]), page.rows)


def _in_grid(wanted: Attachments, control: str | None) -> str:
    return f"{wanted.grid} / {control}" if wanted.grid else str(control)


def _file(work: _Work, wanted: Attachments, name: str, answers: Sequence[Answer]) -> tuple[Entry, ...]:
    """The row of one file, described by what the public wrote about it, else by how it came."""
    file = Entry(wanted.file, name, tuple(answer.pointer for answer in answers))
    place = (wanted.screen, _in_grid(wanted, wanted.describe))
    if wanted.describe is None or place in work.unavailable:
        return (file,)
    screen = work.profile.by_name[wanted.screen]
    controls = screen.grids[wanted.grid].columns if wanted.grid else screen.controls
    control = controls[wanted.describe]
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
    rest += to_be_checked(work.report.problems)
    screen = work.profile.by_name[rule.screen]
    grid = screen.grids[rule.grid] if rule.grid else None
    control = grid.columns[rule.control] if grid else screen.controls[rule.control]
    title = rule.title.format(reference=work.report.reference, form=work.report.form_title)
    parts = compose(title, rest, control.max or 1_000_000)
    fixed = tuple(Entry(name, _with_facts(work.report, value)) for name, value in rule.fixed.items())
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
