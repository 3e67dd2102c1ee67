"""Lists of reports on terminals that are narrow."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from orchestrator.demo.run import COLUMNS
from orchestrator.render.tables import LIST_COLUMNS, print_reports
from orchestrator.render.terminal import Terminal

REPORT = dict.fromkeys(LIST_COLUMNS.values(), 1234) | {
    "reference": "CR-T675PLR5U27N",
    "form": "ocr",
    "state": "submitting",
    "reason": "reference-seen",
    "target_reference": "CHS-2026-0000001",
    "seconds": 12.3,
}


def drawn(width: int, columns: Mapping[str, str] = LIST_COLUMNS) -> str:
    """The list of one report at that width."""
    text = io.StringIO()
    print_reports(Terminal(file=text, width=width), [REPORT], columns)
    return text.getvalue()


@pytest.mark.parametrize("columns", [LIST_COLUMNS, COLUMNS], ids=["reports", "demo"])
@pytest.mark.parametrize("width", range(27, 180, 11))
def test_nothing_is_cut(width: int, columns: Mapping[str, str]) -> None:
    """At any width the reference and the state are whole, and so is every other column that is shown."""
    headings, row, *last = drawn(width, columns).splitlines()
    shown = [each for each in columns if each in headings]
    assert row.split() == [str(REPORT[columns[each]]) for each in shown]
    assert {"Reference", "State"} <= set(shown)
    said = " ".join(" ".join(last).split())
    assert [each for each in columns if each not in shown and each not in said] == []
    assert bool(said) == (len(shown) < len(columns))


def test_the_counts_go_first() -> None:
    """At 80 columns a list says of each report where it is and why, and how to see what there is no room for."""
    headings, _, *last = drawn(80).splitlines()
    assert headings.split("  ")[0] == "Reference"
    assert [each for each in ("Form", "State", "Reason", "Target reference") if each not in headings] == []
    assert "Keyed" not in headings
    assert " ".join(last).startswith("No room here for: ")
    assert "rpa reports --json" in " ".join(last)
