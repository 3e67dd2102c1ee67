"""A profile's shape: what is read from it, and what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rpa.errors import DefinitionError
from rpa.targets.profile import (
    Control,
    Definition,
    Find,
    Grid,
    Journey,
    Kind,
    PageCondition,
    Profile,
    Record,
    Screen,
    Session,
    Step,
    Update,
    caption,
    load_profile,
)
from tests.worlds import MAPPINGS, ROOT, definitions

LEAST = """
title = "Least"
[session]
steps = []
done = { heading = "Home" }
ended = { path = "/login" }
[journey]
steps = []
errors = ".errors"
save = "Save"
saved = { heading = "Saved" }
reference = 'X\\d+'
[find]
steps = []
found = { css = "td" }
none = { text = "None" }
[record]
steps = []
heading = "Record"
[[screen]]
name = "Only"
"""


def test_least_profile(tmp_path: Path) -> None:
    """What may be left out has a sensible value: the whole page, British time, definition lists, yes and no."""
    (tmp_path / "screens.toml").write_text(LEAST, encoding="utf-8")
    profile = load_profile(tmp_path)
    assert str(profile.zone) == "Europe/London"
    assert (profile.journey.scope, profile.record.scope) == ("body", "body")
    assert (profile.record.yes, profile.record.no, profile.record.item) == ("Yes", "No", "li")
    assert profile.by_name["Only"].condition.heading == "Only"


def test_lists_are_files(tmp_path: Path) -> None:
    """A control's options may be written out, or be the lines of a file of lists/."""
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "colours.txt").write_text("Red\nBlue\n", encoding="utf-8")
    (tmp_path / "screens.toml").write_text(LEAST, encoding="utf-8")
    profile = load_profile(tmp_path)
    assert profile.options(Control(kind=Kind.SELECT, options="colours")) == ("Red", "Blue")
    assert profile.options(Control(kind=Kind.SELECT, options=("One",))) == ("One",)
    assert profile.options(Control(kind=Kind.SELECT)) is None


@pytest.mark.parametrize(
    ("name", "label", "parts"),
    [
        ("Surname", None, (None, "Surname")),
        ("Address / Postcode", None, ("Address", "Postcode")),
        ("Home / Address / Postcode", None, ("Home / Address", "Postcode")),
        ("Where", "Place", (None, "Place")),
        ("Address / Where", "Place", ("Address", "Place")),
    ],
)
def test_names_of_controls(name: str, label: str | None, parts: tuple[str | None, str]) -> None:
    """A name is a caption, in a group or not; a label takes the caption's place."""
    assert caption(name, Control(kind=Kind.TEXT, label=label)) == parts


def test_faults_name_file_and_line(tmp_path: Path) -> None:
    """An unknown key, an unknown kind and a missing part are each refused with its line."""
    text = (
        LEAST.replace('saved = { heading = "Saved" }\n', "")
        + '[screen.controls]\n"A" = { kind = "knob", size = 3 }\n'
    )
    (tmp_path / "screens.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load_profile(tmp_path)
    found = {(fault.line, fault.place) for fault in raised.value.faults}
    lines = text.splitlines()
    journey, knob = lines.index("[journey]") + 1, len(lines)
    assert found == {
        (journey, "journey / saved"),
        (knob, "Only / A / kind"),
        (knob, "Only / A / size"),
    }
    assert all(fault.file.endswith("screens.toml") and fault.remedy for fault in raised.value.faults)


@pytest.mark.parametrize(
    "pattern", [r"(a+)+b", r"(\w+\s?)*x", r"CHS-(\d+){2,}#", r"(?:A|A)*-\d", r"[)](\d+)+#"]
)
def test_a_pattern_that_may_never_end_is_refused(tmp_path: Path, pattern: str) -> None:
    """A repeated group may take longer than anybody waits to find nothing in a page."""
    (tmp_path / "screens.toml").write_text(LEAST.replace("X\\d+", pattern), encoding="utf-8")
    with pytest.raises(DefinitionError, match="a group is repeated") as raised:
        load_profile(tmp_path)
    (fault,) = raised.value.faults
    assert (fault.line, fault.place) == (line_of(LEAST, "reference"), "journey / reference")


@pytest.mark.parametrize(
    "pattern",
    [r"TKT-\d{5}", r"(?<=#)\d+(?=: )", r"(?:RT|CHS)-(\d+)?", r"\(\d+\)+", r"[(A-Z)]+-\d+", r"[])]*\d"],
)
def test_a_pattern_without_repeated_groups_is_taken(tmp_path: Path, pattern: str) -> None:
    """Groups, classes and brackets of the page's own are no repeated groups."""
    (tmp_path / "screens.toml").write_text(LEAST.replace("X\\d+", pattern), encoding="utf-8")
    assert load_profile(tmp_path).journey.reference == pattern


@pytest.mark.parametrize("content", [None, b"\xff"], ids=["pipe", "no text"])
def test_a_list_that_cannot_be_read_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    """A pipe in the place of a list is not waited for, and bytes that are no text are told."""
    (tmp_path / "screens.toml").write_text(LEAST, encoding="utf-8")
    (tmp_path / "lists").mkdir()
    path = tmp_path / "lists" / "offences.txt"
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    with pytest.raises(DefinitionError, match=re.escape(str(path))):
        load_profile(tmp_path)


def line_of(text: str, key: str) -> int:
    """The line that begins with a key."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(key))


def test_shipped_profile_covers_the_practice_chs() -> None:
    """The shipped profile describes at least eight screens and ninety controls."""
    profile = load_profile(MAPPINGS / "chs")
    controls = [name for screen in profile.screens for name in screen.controls]
    columns = [name for screen in profile.screens for grid in screen.grids.values() for name in grid.columns]
    assert len(profile.screens) >= 8
    assert len(controls) + len(columns) >= 90


@pytest.mark.parametrize(
    "part",
    [Profile, Session, Step, PageCondition, Journey, Find, Record, Update, Screen, Control, Grid],
    ids=lambda part: part.__name__,
)
def test_guide_explains_every_key(part: type[Definition]) -> None:
    """docs/writing-a-target.md speaks of every key that a profile may have."""
    guide = (ROOT / "docs" / "writing-a-target.md").read_text(encoding="utf-8")
    keys = {field.alias or name for name, field in part.model_fields.items()}
    assert {key for key in keys - {"lists"} if not re.search(rf"\b{key}\b", guide)} == set()


def test_a_copy_has_its_own_screens() -> None:
    """What a profile knows of its screens by name is never that of the profile that it was copied from."""
    profile = definitions().profile
    last = profile.screens[-1].name
    assert last in profile.by_name
    assert last not in profile.model_copy(update={"screens": profile.screens[:1]}).by_name
