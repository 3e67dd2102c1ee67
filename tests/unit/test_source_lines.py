"""Finding the line of a place in a definition file."""

from __future__ import annotations

import pytest

from rpa.source_lines import json_line, spoken, toml_line

TOML = '''title = "Crime"   # a comment

[screen."Person reporting"]
"Surname" = "personReporting.surname"
"Date of birth" = { from = "personReporting.dateOfBirth", as = "date" }
versions = [
  1,
  2,
]
after = """
[not.a.table]
"""
last.deep = 1
[[screen.Property.rows]]
each = "stolenItem"
[[screen.Property.rows]]
each = "damagedProperty"
[screen.Property.rows.sub]
"a.b" = 'x = [y'
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("screen",), 3),
        (("screen", "Person reporting"), 3),
        (("screen", "Person reporting", "Surname"), 4),
        (("screen", "Person reporting", "Date of birth", "as"), 5),
        (("screen", "Person reporting", "versions", 1), 6),
        (("screen", "Person reporting", "after"), 10),
        (("screen", "Person reporting", "last", "deep"), 13),
        (("screen", "Property", "rows", 0, "each"), 15),
        (("screen", "Property", "rows", 1, "each"), 17),
        (("screen", "Property", "rows", 1, "sub", "a.b"), 19),
        (("screen", "Person reporting", "nowhere"), 3),
        (("nowhere",), 1),
        ((), 1),
    ],
)
def test_toml_line(path: tuple[str | int, ...], line: int) -> None:
    """A key path is found by its line through tables, arrays of tables, quoted keys and long values."""
    assert toml_line(TOML, path) == line


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("screen", 0, "controls", "Email", "kind"), ("New incident", "Email", "kind")),
        (("screen", 0, "name"), ("New incident", "name")),
        (("screen", 1, "controls", "controls"), ("screen", "1", "controls", "controls")),
        (("screen", 7, "name"), ("screen", "7", "name")),
        (("session", "steps", 0), ("session", "steps", "0")),
        ((), ()),
    ],
)
def test_a_table_goes_by_its_name(path: tuple[str | int, ...], said: tuple[str, ...]) -> None:
    """A place is given by the name that a table of an array has, where it has one, and a control by its screen."""
    document = {
        "screen": [{"name": "New incident", "controls": {"Email": {"kind": "text"}}}, {"controls": {}}],
        "session": {"steps": [{"go": "/"}]},
    }
    assert spoken(document, path) == said


JSON = """{
  "title": "Crime",
  "properties": {
    "a/b": {"type": "string"},
    "list": [
      1,
      {"const": 2}
    ]
  }
}"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/title", 2),
        ("/properties/a~1b/type", 4),
        ("/properties/list/1/const", 7),
        ("/properties/list/9", 5),
        ("/nowhere", 1),
    ],
)
def test_json_line(pointer: str, line: int) -> None:
    """A JSON Pointer is found by its line; a missing place has the line of the nearest one above."""
    assert json_line(JSON, pointer) == line


def test_a_broken_text_is_line_one() -> None:
    """Neither function raises on a text that does not parse."""
    assert json_line('{"a": [', "/a") == 1
    assert toml_line("= = [\n[x", ("a",)) == 1


@pytest.mark.parametrize("value", ["[" * 100_000, "9" * 5_000], ids=["too deep", "too long"])
def test_a_value_that_python_gives_up_on_takes_one_line(value: str) -> None:
    """What stands below it is found nevertheless."""
    assert toml_line(f"a = {value}\nb = 1\n", ("b",)) == 2
