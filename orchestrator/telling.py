"""What a report looks like to a program (JSON) and to a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestrator.states import State
from orchestrator.store import Delivery, Stored
from rpa.plan import Disposed, Held, Plan, Value, held_from_json, plan_from_json
from rpa.report import Answer

COLOURS: Mapping[State, str] = {
    State.REVIEW: "green",
    State.DECIDED: "green",
    State.ATTENTION: "red",
    State.HELD: "yellow",
    State.UNCERTAIN: "magenta",
}


def as_json(stored: Stored) -> dict[str, Any]:
    """A report for a program; the names are relied on (see docs/command-line.md). Counts, never answers."""
    counts = stored.dispositions or {}
    held, record = stored.keyed or [], stored.record or []
    mismatches = stored.mismatches or []
    return {
        "reference": stored.reference,
        "submission_id": stored.submission_id,
        "form": stored.form,
        "form_version": stored.form_version,
        "state": str(stored.state),
        "reason": str(stored.reason),
        "message": stored.message,
        "target": stored.target,
        "target_reference": stored.target_reference,
        "submitted_at": stored.submitted_at and stored.submitted_at.isoformat(),
        "received_at": stored.received_at.isoformat(),
        "due_at": stored.due_at.isoformat(),
        "attempts": stored.attempts,
        "answers": stored.answer_count,
        "dispositions": {str(kind): counts.get(str(kind), 0) for kind in Disposed},
        "keyed": len(held),
        "verified": len(record) - len(mismatches),
        "mismatches": len(mismatches),
        "problems": len(stored.problems),
        "seconds": stored.seconds,
    }


def make_console() -> Console:
    """Standard output: a terminal as wide as it is, a file wide enough for our tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def reports_table(reports: Iterable[Mapping[str, Any]]) -> Table:
    """A line a report."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Reference", "Form", "State", "Reason", "Target reference"):
        table.add_column(name, no_wrap=True)
    for name in ("Answers", "Keyed", "Verified", "Differ", "Seconds"):
        table.add_column(name, justify="right")
    for each in reports:
        seconds = "" if each["seconds"] is None else f"{each['seconds']:.1f}"
        table.add_row(
            each["reference"],
            each["form"] or "-",
            state_text(State(each["state"])),
            each["reason"],
            each["target_reference"] or "-",
            *(str(each[name]) for name in ("answers", "keyed", "verified", "mismatches")),
            seconds,
        )
    return table


def state_text(state: State) -> Text:
    """A state in its colour."""
    return Text(str(state), style=COLOURS.get(state, ""))


def print_report(console: Console, stored: Stored, deliveries: Sequence[Delivery]) -> None:
    """One report whole: what the public wrote, what was keyed, what the target holds, answer by answer."""
    console.print(_head(stored, deliveries))
    for problem in stored.problems:
        console.print(Text(f"  ! {problem.question or problem.pointer}: {problem.message}", style="red"))
    console.print(_answers(stored))
    if stored.notes:
        console.print(Text(f"{len(stored.notes)} changes made in normalising:", style="bold"))
        for note in stored.notes:
            console.print(Text(f"  {note.pointer} ({note.rule}): {note.before} -> {note.after}", style="dim"))


def _head(stored: Stored, deliveries: Sequence[Delivery]) -> RenderableType:
    facts = Table.grid(padding=(0, 2))
    lines = {
        "Form": f"{stored.form_title or 'unknown'} (version {stored.form_version or '-'})",
        "State": f"{stored.state} ({stored.reason}){': ' + stored.message if stored.message else ''}",
        "Target": f"{stored.target or '-'}  {stored.target_reference or ''}",
        "Submission": f"{stored.submission_id or '-'}, sha256 {stored.sha256[:16]}…",
        "Submitted": f"{stored.submitted_at or '-'}",
        "Due": f"{stored.due_at}, attempts {stored.attempts}",
        "Delivered": ", ".join(
            f"{each.source} {each.received_at:%Y-%m-%d %H:%M:%S}{'' if each.same_bytes else ' (other bytes)'}"
            for each in deliveries
        ),
        "Pictures": ", ".join(f"{name}: {path}" for name, path in (stored.pictures or {}).items()) or "-",
    }
    for name, value in lines.items():
        facts.add_row(Text(name, style="bold"), Text(value))
    return Group(Text(stored.reference, style="bold underline"), facts, Text())


def _answers(stored: Stored) -> Table:
    table = Table(header_style="bold", expand=True, show_lines=False)
    table.add_column("The public was asked", ratio=3)
    table.add_column("and wrote", ratio=4)
    table.add_column("It went to", ratio=3)
    table.add_column("Keyed", ratio=4)
    table.add_column("The record holds", ratio=4)
    table.add_column("", width=2)
    plan = plan_from_json(stored.plan) if stored.plan else None
    section: tuple[str, ...] = ()
    for answer, rows in _joined(stored, plan):
        if answer.section != section:
            section = answer.section
            table.add_row(Text(" > ".join(section), style="bold"))
        for number, row in enumerate(rows):
            asked = (answer.question, answer.text) if number == 0 else ("", "")
            table.add_row(*map(Text, asked), *row)
    return table


def _joined(stored: Stored, plan: Plan | None) -> Iterator[tuple[Answer, list[tuple[RenderableType, ...]]]]:
    """Each answer with a row for every place it went to."""
    if plan is None:
        for answer in stored.answers:
            yield answer, [("-", "", "", "")]
        return
    record = {str(each.place): each for each in held_from_json(stored.record or [])}
    went: dict[str, list[tuple[RenderableType, ...]]] = {}
    for place, entry in plan.placed():
        for pointer in entry.pointers:
            went.setdefault(pointer, []).append(_row(str(place), entry.value, record.get(str(place))))
    ends = {each.pointer: each for each in plan.dispositions}
    for answer in stored.answers:
        end = ends.get(answer.pointer)
        rows = went.get(answer.pointer)
        if rows is None and end is not None:
            told = end.reason if end.kind is Disposed.LEFT_OUT else ", ".join(end.where)
            kind = str(end.kind).replace("_", " ")
            rows = [(Text(f"{kind}: {told}", style="dim"), "", "", "")]
        yield answer, rows or [("-", "", "", "")]


def _row(place: str, value: Value, read: Held | None) -> tuple[RenderableType, ...]:
    keyed = Text(_as_text(value))
    if read is None:
        return Text(place), keyed, Text("not read", style="dim"), ""
    if read.expected == read.found:
        return Text(place), keyed, Text(_as_text(read.found)), Text("✓", style="green")
    return Text(place), keyed, Text(_as_text(read.found), style="red"), Text("✗", style="bold red")


def _as_text(value: Value | None) -> str:
    """A value as one line for a person."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(value.values())
    return "; ".join(value) if isinstance(value, tuple) else value
