"""What reports look like in a list: to a program (JSON) and to a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

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
FILE_COLUMNS = 160  # how wide our tables may be where no terminal says so


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
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=FILE_COLUMNS)


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
