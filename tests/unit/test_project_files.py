"""What a maintained project has beside its code is there and true: the newcomer's table, templates, metadata."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TASKS = {
    "a channel",
    "a page",
    "an error",
    "a control kind",
    "a form",
    "a setting",
    "a report state",
    "a metric",
    "a message to the public",
    "a command",
}
NOT_BUILT = re.compile(r"\*not built yet: [^*]*\*")
PATH = re.compile(r"`([\w./-]+/[\w./-]*)`")


def newcomers_table() -> dict[str, str]:
    """Each task of the table in CONTRIBUTING.md, with the rest of its row."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("\n| to add |")[1].split("\n\n")[0]
    rows = (line.strip("| ").split(" | ", 1) for line in section.splitlines()[2:])
    return dict(rows)


def test_a_newcomer_finds_the_files_for_each_task() -> None:
    """The table has the ten tasks; each names files that exist, or says that its room is not built yet."""
    table = newcomers_table()
    assert set(table) == TASKS
    for task, row in table.items():
        paths = PATH.findall(row)
        assert bool(paths) != bool(NOT_BUILT.search(row)), task
        assert [path for path in paths if not (ROOT / path).exists()] == []


def test_a_room_that_is_built_has_its_row() -> None:
    """A row says "not built yet" only as long as the room is not there."""
    rows = [row for row in newcomers_table().values() if NOT_BUILT.search(row)]
    named = [name for row in rows for name in re.findall(r"\borchestrator/(?:web|notify)/", row)]
    assert [name for name in named if (ROOT / name).exists()] == []
