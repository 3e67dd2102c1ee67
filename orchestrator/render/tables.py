"""What reports look like in a list: to a program (JSON) and to a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestrator.render.terminal import Terminal, visible_text
from orchestrator.states import State
from orchestrator.store import Summary
from rpa.plan import Disposed

COLOURS: Mapping[State, str] = {
    State.REVIEW: "green",
    State.DECIDED: "green",
    State.ATTENTION: "red",
    State.HELD: "yellow",
    State.UNCERTAIN: "magenta",
}
LIST_COLUMNS = {
    "Reference": "reference",
    "Form": "form",
    "State": "state",
    "Reason": "reason",
    "Target reference": "target_reference",
    "Problems": "problems",
    "Answers": "answers",
    "Keyed": "keyed",
    "Verified": "verified",
    "Differ": "mismatches",
    "Seconds": "seconds",
}
_NUMBERS = ("seconds", "answers", "keyed", "verified", "mismatches", "problems")
_LEFT_OUT = (*_NUMBERS, "form", "target_reference", "reason")  # in this order, where there is no room
_GAP = 2
FILE_COLUMNS = 160  # the width of tables where there is no terminal


def as_json(summary: Summary) -> dict[str, Any]:
    """A report for a program; the names are relied on (see docs/command-line.md). Counts, never answers."""
    counts = summary.dispositions or {}
    return {
        "reference": summary.reference,
        "submission_id": summary.submission_id,
        "form": summary.form,
        "form_version": summary.form_version,
        "state": str(summary.state),
        "reason": str(summary.reason),
        "message": summary.message,
        "target": summary.target,
        "target_reference": summary.target_reference,
        "submitted_at": summary.submitted_at and summary.submitted_at.isoformat(),
        "received_at": summary.received_at.isoformat(),
        "due_at": summary.due_at.isoformat(),
        "attempts": summary.attempts,
        "revision": summary.revision,
        "answers": summary.answer_count,
        "dispositions": {str(kind): counts.get(str(kind), 0) for kind in Disposed},
        "keyed": summary.keyed_count,
        "verified": max(summary.read_count - summary.mismatch_count, 0),
        "mismatches": summary.mismatch_count,
        "problems": summary.problem_count,
        "seconds": summary.seconds,
    }


def make_console() -> Console:
    """Standard output: a terminal as wide as it is, a file wide enough for our tables."""
    console = Terminal()
    return console if console.is_terminal else Terminal(width=FILE_COLUMNS)


def print_reports(
    console: Console, reports: Iterable[Mapping[str, Any]], columns: Mapping[str, str] = LIST_COLUMNS
) -> None:
    """Print one line for each report, as `as_json` has it: as many columns as there is room for, none of them
    cut, and at the end which are left out. `columns`: heading -> name."""
    rows = [{name: _cell(name, each[name]) for name in columns.values()} for each in reports]
    widths = {
        name: max(map(cell_len, (heading, *(row[name].plain for row in rows))))
        for heading, name in columns.items()
    }
    for name in _LEFT_OUT:
        if sum(widths.values()) + _GAP * (len(widths) - 1) > console.width:
            widths.pop(name, 0)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, name in columns.items():
        if name in widths:
            table.add_column(heading, overflow="fold", justify="right" if name in _NUMBERS else "left")
    for row in rows:
        table.add_row(*(row[name] for name in widths))
    console.print(table)
    if without := ", ".join(heading for heading, name in columns.items() if name not in widths):
        console.print(
            f"No room here for: {without}. Widen the terminal, or use `rpa reports --json`.", style="dim"
        )


def _cell(name: str, value: object) -> Text:
    if name == "state":
        return state_text(State(str(value)))
    if isinstance(value, float):
        return Text(f"{value:.1f}")
    return visible_text("-" if value is None else str(value))


def state_text(state: State) -> Text:
    """A state in its colour."""
    return Text(str(state), style=COLOURS.get(state, ""))
