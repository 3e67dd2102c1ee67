"""What every command shares: the options before it, output for programs, and exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from orchestrator.cli.os_user import os_user

if TYPE_CHECKING:
    from orchestrator.actions.permissions import Actor
    from orchestrator.app import App
    from orchestrator.settings import Settings
    from orchestrator.states import State

DEFAULT_FILE = Path("rpa.toml")
_MOST_OF_ACTOR = 64  # characters, as the store keeps it
DONE, NEEDS_A_PERSON, WRONG_SETTING, UNEXPECTED = 0, 1, 2, 3

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class LogFormat(StrEnum):
    """How the log is written to standard error."""

    AUTO = "auto"  # for people at a terminal, else JSON
    JSON = "json"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Invocation:
    """The options that stand before the command. `named`: whether somebody named the settings file."""

    config: Path = DEFAULT_FILE
    log: LogFormat = LogFormat.AUTO
    named: bool = False

    def settings(self) -> Settings:
        """The settings in the chosen file. Raises `DefinitionError`."""
        from orchestrator.settings import load_settings
        from rpa.errors import DefinitionError, Fault

        if not self.config.exists():
            remedy = "Run `rpa init`, or name it with --config"
            raise DefinitionError(Fault(str(self.config), 1, "file", "there is no such file", remedy))
        return load_settings(self.config)

    def app(self, *, long: bool = False) -> App:
        """The system that the settings describe; `long`: to read the whole database. Raises `DefinitionError`."""
        from orchestrator.app import open_app

        return open_app(self.settings(), long=long)


def invocation(ctx: typer.Context) -> Invocation:
    """The options that stand before the command that runs."""
    return ctx.find_object(Invocation) or Invocation()


def followed(given: Invocation) -> App:
    """The system with its switches as the settings have them now, for a command that changes what they decide."""
    from orchestrator.actions import messages, switching

    app = given.app()
    switching.configure(app.store, app.settings.form_switches, app.settings.target_switches)
    messages.configure(app.store, app.settings.message_switches)
    return app


def actor() -> Actor:
    """Who runs the command: the operating system's user."""
    from orchestrator.actions.permissions import Actor, Role

    return Actor(f"user:{os_user(os.getuid())}"[:_MOST_OF_ACTOR], Role.OS_USER)


def not_empty(words: str | None) -> str | None:
    """What an option says, which must be something."""
    if words is not None and not words.strip():
        raise typer.BadParameter("it is empty")
    return words


def write_json(lines: Iterable[Mapping[str, Any]]) -> None:
    """Write for a program: one JSON object a line."""
    from orchestrator.render.terminal import write

    for line in lines:
        write(json.dumps(line, ensure_ascii=False))


def end(states: Iterable[State], *, failed: bool = False) -> NoReturn:
    """End a command: with 1 if it failed, or if a report is now in a state that only a person ends."""
    from orchestrator.states import STOPPED

    raise typer.Exit(NEEDS_A_PERSON if failed or any(state in STOPPED for state in states) else DONE)


def say_problems(app: App, reference: str) -> None:
    """Say what is wrong with a report that a command has read again, and whether that stops it; nothing where
    nothing is wrong."""
    from orchestrator.render.report import problem_line
    from orchestrator.render.terminal import write
    from orchestrator.states import STOPPED

    stored = app.store.report(reference)
    if stored is None:
        return
    wrong = [*filter(None, (stored.message, *map(problem_line, stored.problems)))]
    if stored.state in STOPPED:
        write(f"It still needs a person ({stored.reason}). `rpa report {reference}` says what you can do.")
    elif wrong:
        write("These problems do not stop it:")
    for line in wrong:
        write(f"- {line}")


def refuse(reason: object) -> NoReturn:
    """End a command that cannot do its work, with the reason on standard error."""
    from orchestrator.render.terminal import write

    write(str(reason), err=True)
    raise typer.Exit(NEEDS_A_PERSON)
