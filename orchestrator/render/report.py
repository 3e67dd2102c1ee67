"""One report whole: what the public wrote beside what was keyed and what the target holds, answer by answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestrator.render import messages, revisions, sources, updates
from orchestrator.render.answers import (
    AnswerOutcome,
    ControlOutcome,
    ReportOutcome,
    as_text,
    left_out,
    outcome_of,
    sections,
)
from orchestrator.render.next_steps import next_steps, search_first
from orchestrator.render.tables import state_text
from orchestrator.render.terminal import marked, visible_text
from orchestrator.store import Delivery, Outgoing, Stored
from orchestrator.wording import counted, near
from rpa.forms import CORRECTED
from rpa.plan import Disposed, Disposition
from rpa.report import Problem
from rpa.visible import one_line

WIDEST = 180  # longer lines are hard to read
_MARKS = {True: Text("✓", style="green"), False: Text("✗", style="bold red"), None: Text(" ")}


def details(stored: Stored) -> list[dict[str, Any]]:
    """Each answer of a report for a program: its question and text, its end, and what every control holds."""
    read_from = sources.as_json(stored)
    return [
        _detail(each) | {"read_from": sources.source_of(each.answer.pointer, read_from)}
        for each in outcome_of(stored).answers
    ]


def problems(stored: Stored) -> list[dict[str, str]]:
    """What is wrong with a report, for a program: each problem's kind, place, question and sentence."""
    return [
        {
            "kind": str(each.kind),
            "pointer": each.pointer,
            "question": each.question,
            "message": each.message,
        }
        for each in stored.problems
    ]


def decision(stored: Stored) -> dict[str, str | None]:
    """Why a person decided so, and when the content was erased, for a program."""
    erased = stored.erased_at.isoformat() if stored.erased_at else None
    return {"rationale": stored.rationale, "erased_at": erased}


def _detail(each: AnswerOutcome) -> dict[str, Any]:
    answer, end = each.answer, each.end
    return {
        "pointer": answer.pointer,
        "section": list(answer.section),
        "question": answer.question,
        "answer": answer.text,
        "corrected": each.corrected,
        "to_be_updated": each.to_be_updated,
        "disposition": None if end is None else str(end.kind),
        "where": [] if end is None else list(map(str, end.where)),
        "reason": None if end is None else end.reason or None,
        "controls": [
            {
                "place": str(keyed.place),
                "keyed": as_text(keyed.keyed),
                "record": None if keyed.read is None else as_text(keyed.read.found),
                "same": keyed.same,
            }
            for keyed in each.keyed
        ],
    }


def print_report(
    console: Console,
    stored: Stored,
    deliveries: Sequence[Delivery],
    data_dir: Path = Path(),
    told: Sequence[Outgoing] = (),
) -> None:
    """Print it: the facts, what is wrong, then each answer under its section. Pictures are below `data_dir`.
    `told`: the messages to the person who reported."""
    outcome = outcome_of(stored)
    width = min(console.width, WIDEST)
    pictures = {name: near(data_dir / path) for name, path in (stored.pictures or {}).items()}
    for part in _parts(replace(stored, pictures=pictures), outcome, deliveries, told):
        console.print(part, width=width)


def _parts(
    stored: Stored, outcome: ReportOutcome, deliveries: Sequence[Delivery], told: Sequence[Outgoing]
) -> Iterator[RenderableType]:
    yield _head(stored, deliveries, told)
    yield from _wrong(stored, outcome)
    yield from _next(stored)
    yield _sum(stored)
    if outcome.answers:
        yield _row_of_headings()
    for section, answers in sections(outcome):
        yield _heading(one_line(" > ".join(section)) or "The submission")
        yield _answers(answers)
    if outcome.ours:
        yield _heading("Keyed by the mapping itself")
        yield _ours(outcome.ours)
    if omissions := left_out(outcome):
        yield _heading("Left out of the record")
        for reason, found in omissions.items():
            texts = "; ".join(f"{each.question}: {each.text}" for each in found)
            yield Padding(visible_text(f"{reason} ({len(found)})", style="dim"), (0, 0, 0, 2))
            yield marked("-", texts)
    if stored.revisions:
        yield _heading("Corrected")
        yield from revisions.shown(stored)
    if left := list(updates.still_there(stored)):
        yield _heading("Still on the record, though not in the corrected report")
        yield from left
    yield from _notes(stored)


def _notes(stored: Stored) -> Iterator[RenderableType]:
    """Where each answer was read, and what normalising changed."""
    if read_from := list(sources.shown(stored)):
        yield _heading("Read from the document")
        yield from read_from
    if notes := [note for note in stored.notes if note.rule not in sources.RULES | {CORRECTED}]:
        yield _heading("Changed in normalising")
        for note in notes:
            yield marked("-", f"{note.pointer}  {note.before} → {note.after}  ({note.rule})")


def _head(stored: Stored, deliveries: Sequence[Delivery], told: Sequence[Outgoing]) -> RenderableType:
    facts = Table.grid(padding=(0, 2), expand=True)
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(ratio=1, overflow="fold")
    state = state_text(stored.state) + Text(f" ({stored.reason})")
    lines: dict[str, str | Text] = {
        "Form": f"{stored.form_title or 'unknown'}, version {stored.form_version or '-'}",
        "State": state,
        "Record": " in ".join(filter(None, (stored.target_reference or "none", stored.target))),
        "Robot": _robot(stored),
        "Submission": f"{stored.submission_id or '-'}, bytes {stored.sha256[:16]}…",
        "Submitted": f"{stored.submitted_at:%d %B %Y %H:%M:%S} UTC" if stored.submitted_at else "-",
        "Due": f"{stored.due_at:%d %B %Y %H:%M:%S} UTC, {stored.minutes_to_key} minutes",
        "Delivered": "\n".join(
            f"{number}. {each.received_at:%d %B %Y %H:%M:%S} UTC by {each.source}, bytes {each.sha256[:16]}…"
            f"{'' if each.same_bytes else ', other content or files'}"
            for number, each in enumerate(deliveries, 1)
        ),
        "Pictures": "\n".join(stored.pictures.values()) or "none",
    }
    if text := "\n".join(updates.lines(stored)):
        lines["Update"] = text
    if text := "\n".join(messages.lines(told)):
        lines["Messages"] = text
    if stored.rationale:
        lines["Rationale"] = one_line(stored.rationale)
    if stored.erased_at:
        lines["Erased"] = f"{stored.erased_at:%d %B %Y %H:%M:%S} UTC"
    for name, value in lines.items():
        facts.add_row(name, value)
    return Group(Text(stored.reference, style="bold"), facts)


def _robot(stored: Stored) -> str:
    if stored.robot is None:
        return "none yet"
    took = "" if stored.seconds is None else f", {stored.seconds:.1f} s"
    attempt = f", attempt {stored.attempts}" if stored.attempts else ""
    return f"{stored.robot} as {stored.account}{attempt}{took}"


def _wrong(stored: Stored, outcome: ReportOutcome) -> Iterator[RenderableType]:
    """What a person should see first."""
    if stored.message:
        yield Text()
        yield marked("✗", visible_text(stored.message, style="red"), style="red")
    if stored.problems:
        yield _heading(counted(len(stored.problems), "problem"), style="bold red")
        for problem in stored.problems:
            yield marked(
                "✗", visible_text(f"{_place(problem)}: ", style="bold"), problem.message, style="red"
            )
    if outcome.differences:
        differ = "control of the record differs", "controls of the record differ"
        yield _heading(counted(len(outcome.differences), *differ), style="bold red")
        for each in outcome.differences:
            holds = (
                f"the record shows no “{each.place.control}”"
                if each.found is None
                else f"the record holds “{as_text(each.found)}”"
            )
            difference = f": keyed “{as_text(each.expected)}”, {holds}"
            yield marked("✗", visible_text(str(each.place), style="bold"), difference, style="red")


def problem_line(problem: Problem) -> str:
    """A problem in one line: where, and what."""
    return f"{_place(problem)}: {problem.message}"


def _place(problem: Problem) -> str:
    if not problem.question:
        return problem.pointer or "all of it"
    return f"{problem.question} ({problem.pointer})" if problem.pointer else problem.question


def _next(stored: Stored) -> Iterator[RenderableType]:
    """What whoever reads this can do about it, command by command."""
    if steps := list(next_steps(stored)):
        yield _heading("What you can do")
        if search_first(stored):
            first = f"First search the target for {stored.reference}: its record may be there."
            yield marked("!", Text(first, style="bold"), style="bold red")
        for command, does in steps:
            yield marked("-", Text(command, style="bold"), f"  {does}")


def _sum(stored: Stored) -> RenderableType:
    """What became of the answers, and how many controls of the record were read."""
    counts = stored.dispositions or {}
    words = {
        Disposed.KEYED: "keyed",
        Disposed.NARRATIVE: "in the narrative",
        Disposed.ATTACHED: "attached",
        Disposed.LEFT_OUT: "left out",
    }
    ends = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts.get(kind))
    ends = f": {ends}" if ends else "; their content was erased" if stored.erased_at else ", none keyed yet"
    same = stored.read_count - stored.mismatch_count
    return Group(
        Text(),
        Text(f"{counted(stored.answer_count, 'answer')}{ends}"),
        Text(f"{counted(stored.keyed_count, 'control')} keyed, {stored.read_count} read back")
        + Text(f", {same} ✓", style="green")
        + Text(f", {stored.mismatch_count} ✗", style="bold red" if stored.mismatch_count else "dim"),
    )


def _heading(words: str, style: str = "bold") -> RenderableType:
    return Text(f"\n{words}", style=style)


def _grid() -> Table:
    """The four columns and the mark: the same widths in every section, so that they read as one table."""
    table = Table(
        box=box.SIMPLE, show_header=False, show_edge=False, pad_edge=False, expand=True, padding=(0, 1)
    )
    for ratio in (4, 5, 6, 5):
        table.add_column(ratio=ratio, overflow="fold")
    table.add_column(width=1)
    return table


def _row_of_headings() -> RenderableType:
    table = _grid()
    names = ("Question", "Answer", "Keyed", "Record holds", "")
    table.add_row(*(Text(name, style="bold underline") for name in names))
    return Group(Text(), table)


def _answers(answers: Sequence[AnswerOutcome]) -> Table:
    table = _grid()
    for each in answers:
        asked: tuple[RenderableType, ...] = (_question(each), visible_text(each.answer.text))
        for row in _rows(each):
            table.add_row(*asked, *row)
            asked = ("", "")
    return table


def _question(each: AnswerOutcome) -> Text:
    said = "\nto be updated" if each.to_be_updated else "\ncorrected" if each.corrected else ""
    return Text(one_line(each.answer.question)) + Text(said, style="yellow")


def _rows(each: AnswerOutcome) -> Iterator[tuple[RenderableType, ...]]:
    """A row for each control that an answer was keyed into; else one that says where the answer is, and why."""
    if each.end is None:
        yield "", "", ""
    elif each.end.kind is Disposed.KEYED:
        for keyed in each.keyed:
            value, holds, mark = _keyed(keyed)
            yield value, holds, _MARKS[None] if each.to_be_updated else mark
    else:
        holds = {True: "as keyed", False: "not as keyed", None: "not read"}[each.same]
        yield _elsewhere(each.end), Text(holds, style="dim"), _MARKS[each.same]


def _elsewhere(end: Disposition) -> Text:
    """How an answer is in the record that was not keyed into a control of its own: the reason, and the places."""
    kind = {Disposed.NARRATIVE: "In the narrative", Disposed.ATTACHED: "Attached"}[end.kind]
    places = "".join(f"\n{place}" for place in end.where)
    return visible_text(f"{kind}: {end.reason}" if end.reason else kind) + visible_text(places, style="dim")


def _keyed(keyed: ControlOutcome) -> tuple[RenderableType, ...]:
    value = visible_text(as_text(keyed.keyed)) + visible_text(f"\n{keyed.place}", style="dim")
    if keyed.read is None:
        return value, Text("not read", style="dim"), _MARKS[None]
    return (
        value,
        visible_text(as_text(keyed.read.found), style="" if keyed.same else "red"),
        _MARKS[keyed.same],
    )


def _ours(ours: Sequence[ControlOutcome]) -> Table:
    """Controls that no single answer went into. A text that the record holds unchanged is shown once."""
    table = Table(
        box=box.SIMPLE, show_header=False, show_edge=False, pad_edge=False, expand=True, padding=(0, 1)
    )
    for ratio in (4, 11, 5):
        table.add_column(ratio=ratio, overflow="fold")
    table.add_column(width=1)
    for each in ours:
        found = "not read" if each.read is None else as_text(each.read.found)
        long = each.same and len(found) > 100
        table.add_row(
            visible_text(str(each.place), style="dim"),
            visible_text(as_text(each.keyed)),
            Text("the same text" if long else found, style="dim" if long or each.read is None else ""),
            _MARKS[each.same],
        )
    return table
