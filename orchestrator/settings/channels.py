"""The ways reports come in: one class for each of their sections of `rpa.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from orchestrator.settings.values import ListenAddress, Section


class IntakeFolder(Section):
    """The folder watched for submissions; without a path none is."""

    path: Path | None = Path("var/inbox")


class IntakeSettings(Section):
    """The ways reports come in."""

    folder: IntakeFolder = IntakeFolder()


class ApiSettings(Section):
    """Where the service listens."""

    host: ListenAddress = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8020
