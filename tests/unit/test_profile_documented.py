"""Every key that a profile may have is explained to whoever writes one."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel

from rpa.targets.profile import (
    Control,
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
)
from tests.worlds import ROOT

GUIDE = (ROOT / "docs" / "writing-a-target.md").read_text(encoding="utf-8")
SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "## `title`, `timezone`": (),
    "## Steps and conditions": (Step, PageCondition),
    "## `[session]`": (Session,),
    "## `[journey]`": (Journey,),
    "## `[find]`": (Find,),
    "## `[record]`": (Record,),
    "## `[update]`": (Update,),
    "## `[[screen]]`": (Screen,),
    "### `[screen.controls]`": (Control,),
    "### `[screen.grids": (Grid,),
}


def section(heading: str) -> str:
    """What stands under a heading, up to the next of any kind."""
    _, found, after = GUIDE.partition(f"\n{heading}")
    assert found, heading
    return re.split(r"\n##+ ", after, maxsplit=1)[0]


def explained(text: str) -> set[str]:
    """The words that stand as code in a text: between backquotes, or in a fenced block."""
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {word for each in code for word in re.findall(r"[a-z_]+", each)}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_of_a_part_is_explained_under_its_heading(heading: str) -> None:
    """Each key of each part of a profile stands in the section that is about that part."""
    keys = {field.alias or name for model in SECTIONS[heading] for name, field in model.model_fields.items()}
    written_in_place = {"controls", "grids", "columns"}  # tables of their own, in the sections below
    assert keys - written_in_place <= explained(section(heading))


def test_every_part_of_a_profile_has_its_section() -> None:
    """No part of a profile, and no kind of control, is without a place in the guide."""
    parts = {field.alias or name for name, field in Profile.model_fields.items()} - {
        "lists"
    }  # files beside it
    assert all(re.search(rf"^##+ .*\b{part}\b", GUIDE, re.MULTILINE) for part in parts)
    assert {str(kind) for kind in Kind} <= explained(section("### `[screen.controls]`"))


def test_a_key_that_is_not_explained_is_noticed() -> None:
    """The check bites: a word in prose alone is no explanation."""
    assert explained("The scope is `css` and\n```toml\nopen = 1\n```\n") == {"css", "toml", "open"}
