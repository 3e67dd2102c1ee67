"""Folders that settings and arguments name: one that cannot be used is a fault of what names it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.durable import make_folder
from orchestrator.settings import Settings
from rpa.errors import DefinitionError, Fault

_WRONG_PATH = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)
"""What a full or failing disk raises is not among them: no other name would help."""


@contextmanager
def named_by_setting(settings: Settings, option: str, folder: Path) -> Iterator[None]:
    """A folder that a setting names, made if it is not there, for a block that works in it. Raises
    `DefinitionError`, with the line of the setting, where it cannot be used."""
    try:
        make_folder(folder)
        os.scandir(folder).close()
        yield
    except _WRONG_PATH as error:
        said = f"{folder} {_said(error)}"
        remedy = "Name another folder, or let the service's user write there"
        raise DefinitionError(settings.fault(option.split("."), said, remedy)) from error


@contextmanager
def named_by_argument(folder: Path) -> Iterator[None]:
    """The same for a folder that an argument names, which the block makes."""
    try:
        yield
    except _WRONG_PATH as error:
        fault = Fault(str(folder), 1, "directory", _said(error), "Choose another directory")
        raise DefinitionError(fault) from error


def _said(error: OSError) -> str:
    return f"cannot be used: {os.strerror(error.errno or 0)}"
