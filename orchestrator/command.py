"""What every command of the command line shares: where the settings are, how a program is answered, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypedDict

import typer

from orchestrator.assembly import Parts, assemble
from orchestrator.settings import Settings, load_settings
from orchestrator.terminal import write
from rpa.errors import DefinitionError, Fault

DONE, NEEDS_A_PERSON, WRONG_SETTING, UNFORESEEN = 0, 1, 2, 3

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class LogFormat(StrEnum):
    """How the log is written to standard error."""

    AUTO = "auto"  # for people at a terminal, else JSON
    JSON = "json"
    TERMINAL = "terminal"


class Chosen(TypedDict, total=False):
    """What stands before the command."""

    config: Path
    log: LogFormat


chosen: Chosen = {}


def settings() -> Settings:
    """The settings in the file that was chosen. Raises `DefinitionError`."""
    config = chosen["config"]
    if not config.exists():
        fault = Fault(
            str(config), 1, "file", "there is no such file", "Run `rpa init`, or name it with --config"
        )
        raise DefinitionError(fault)
    return load_settings(config)


@contextmanager
def opened() -> Iterator[Parts]:
    """The parts of the system that the settings describe."""
    yield assemble(settings())


def say(lines: Iterable[Mapping[str, Any]]) -> None:
    """Answer a program: one JSON object a line."""
    for line in lines:
        write(json.dumps(line, ensure_ascii=False))
