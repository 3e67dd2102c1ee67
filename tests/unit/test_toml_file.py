"""TOML that is hostile, broken or no file at all: told as a fault, in time, whatever it is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from rpa.errors import DefinitionError, Fault
from rpa.toml_file import MOST_DEPTH, MOST_FAULTS, load


class Shape(BaseModel):
    """Any key but `a` is a fault."""

    model_config = ConfigDict(extra="forbid")

    a: int = 0


def faults(path: Path) -> tuple[Fault, ...]:
    """What is wrong with the file."""
    with pytest.raises(DefinitionError) as raised:
        load(path, Shape, "Mend it")
    return raised.value.faults


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 100_000, "nested"),
        ("a = " + "{a=" * 50_000, "nested"),
        (".".join(["a"] * 5_000) + " = 1", "nested"),
        ("[" + ".".join(["a"] * 20_000) + "]", "nested"),
        ("a = " + "[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), "nested"),
        ("a = " + "9" * 5_000, "number"),
    ],
    ids=["arrays", "tables", "dotted key", "dotted header", "just too deep", "long number"],
)
def test_what_cannot_be_read_is_a_fault(tmp_path: Path, text: str, said: str) -> None:
    """Whatever Python makes of it, the file is named, with what is wrong and what to do."""
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    (fault,) = faults(path)
    assert (fault.file, fault.line, fault.place) == (str(path), 1, "file")
    assert said in fault.message
    assert fault.remedy


class Typed(BaseModel):
    """A key of each type that definitions and settings have."""

    whole: int = Field(1, ge=1)
    number: float = 1.0
    yes: bool = True
    text: str = Field("x", min_length=1)
    one: Literal["a", "b"] = "a"
    table: dict[str, int] = {}
    part: Shape = Shape()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('whole = "many"', "a whole number is needed"),
        ("whole = 1.5", "a whole number is needed"),
        ("whole = []", "a whole number is needed"),
        ("whole = 0", "it must be greater than or equal to 1"),
        ('number = "1x"', "a number is needed"),
        ('yes = "maybe"', "true or false is needed"),
        ("text = 1", 'a text in quotation marks is needed, such as "..."'),
        ('text = ""', "it must have at least 1 character"),
        ('one = "c"', "it must be 'a' or 'b'"),
        ("table = 1", "a table is needed"),
        ("part = 1", "a table is needed"),
    ],
)
def test_a_wrong_value_is_said_in_plain_words(tmp_path: Path, text: str, said: str) -> None:
    """What is needed is said, not how the library that validates failed."""
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        load(path, Typed, "Correct it")
    assert [fault.message for fault in raised.value.faults] == [said]


def test_thousands_of_faults_are_told_in_time(tmp_path: Path) -> None:
    """The first of them with their lines, then that there are more."""
    path = tmp_path / "a.toml"
    path.write_text("\n".join(f"x{number} = 1" for number in range(2_000)), encoding="utf-8")
    began = time.monotonic()
    *told, rest = faults(path)
    assert time.monotonic() - began < 5
    assert [(fault.line, fault.place) for fault in told] == [(n + 1, f"x{n}") for n in range(MOST_FAULTS)]
    assert f"{2_000 - MOST_FAULTS} more faults" in rest.message


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir],
    ids=["pipe", "device", "folder"],
)
def test_only_a_regular_file_is_read(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A pipe would be waited for and a device read without end: told instead."""
    path = tmp_path / "a.toml"
    make(path)
    (fault,) = faults(path)
    assert "not a regular file" in fault.message


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    """Definitions may lie elsewhere."""
    (tmp_path / "elsewhere.toml").write_text("a = 3", encoding="utf-8")
    (tmp_path / "a.toml").symlink_to("elsewhere.toml")
    assert load(tmp_path / "a.toml", Shape, "Mend it").a == 3
