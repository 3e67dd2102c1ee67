"""The settings, read once at start: the file, the environment and the defaults put together and validated.

Where a setting is given more than once, the order is: keywords of `load_settings`, the environment
(`RPA_DATABASE__URL`), `rpa.toml`, the defaults in `sections`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsError
from sqlalchemy import make_url

from orchestrator.settings.notify import NotifySettings
from orchestrator.settings.sections import (
    GUIDE,
    PREFIX,
    Settings,
    blamed,
)
from orchestrator.settings.values import Section
from rpa import toml_file
from rpa.errors import DefinitionError, Fault


def load_settings(path: Path | None = None, **keywords: Any) -> Settings:
    """The settings, validated.

    `path` is the `rpa.toml` (None: only environment and defaults); relative paths in it are relative to its
    folder. Raises `DefinitionError` with a fault, and its place, for everything that is wrong.
    """
    text = toml_file.read(path, "Make it with `rpa init`, or name another.") if path else ""
    document = toml_file.parsed(path, text) if path else {}
    folder = (path.parent if path else Path()).resolve()
    faults = list(_stray_variables())
    try:
        settings = _from(document)(**keywords)
    except ValidationError as error:
        found = [blamed(fault) for fault in toml_file.faults(error, path, text, GUIDE, ".")]
        raise DefinitionError(*faults, *found) from None  # it may show a value
    except SettingsError as error:
        raise DefinitionError(*faults, _of_variable(error)) from None  # so may its cause
    if faults:
        raise DefinitionError(*faults)
    return _anchored(settings, folder).written_in(path, text)


def _from(document: Mapping[str, Any]) -> type[Settings]:
    """The settings with a parsed file as a source below the environment."""

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it by name
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - so too
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, dict(document))

    return FromFile


def _anchored(settings: Settings, folder: Path) -> Settings:
    """The same settings with every relative path taken from that folder."""

    def at(path: Path) -> Path:
        return folder / path.expanduser()

    files = ("accounts", "certificate", "key")
    targets = {
        name: target.model_copy(
            update={file: path and at(path) for file in files for path in [getattr(target, file)]}
        )
        for name, target in settings.targets.items()
    }
    executable, inbox = settings.browser.executable, settings.intake.folder
    watched = inbox.model_copy(update={"path": inbox.path and at(inbox.path)})
    api_files = {
        name: path and at(path)
        for name in ("certificate", "key", "client_ca")
        for path in [getattr(settings.api, name)]
    }
    media = settings.intake.media
    media = media.model_copy(update={"authority": media.authority and at(media.authority)})
    secrets = ("password_file", "token_file", "ca")
    mailboxes = {
        name: mailbox.model_copy(
            update={file: path and at(path) for file in secrets for path in [getattr(mailbox, file)]}
        )
        for name, mailbox in settings.intake.mailboxes.items()
    }
    if executable and len(executable.parts) > 1:  # a bare name is looked up on the PATH
        executable = at(executable)
    return settings.model_copy(
        update={
            "data_dir": at(settings.data_dir),
            "database": settings.database.model_copy(
                update={"url": _anchored_url(settings.database.url, folder)}
            ),
            "targets": targets,
            "browser": settings.browser.model_copy(update={"executable": executable}),
            "api": settings.api.model_copy(update=api_files),
            "notify": _anchored_notify(settings.notify, at),
            "intake": settings.intake.model_copy(
                update={"folder": watched, "media": media, "mailboxes": mailboxes}
            ),
            "forms_dir": at(settings.forms_dir),
            "mappings_dir": at(settings.mappings_dir),
        }
    )


def _anchored_notify(notify: NotifySettings, at: Callable[[Path], Path]) -> NotifySettings:
    """The same with its files where they are."""

    def placed(section: Section | None, *files: str) -> Section | None:
        given = {file: path and at(path) for file in files for path in [getattr(section, file, None)]}
        return section and section.model_copy(update=given)

    smtp = placed(notify.smtp, "authorities", "password_file")
    govuk_notify = placed(notify.govuk_notify, "api_key_file")
    return notify.model_copy(update={"smtp": smtp, "govuk_notify": govuk_notify})


def _anchored_url(text: str, folder: Path) -> str:
    url = make_url(text)
    if url.get_backend_name() != "sqlite" or not url.database:
        return text
    return url.set(database=str(folder / url.database)).render_as_string(hide_password=False)


def _of_variable(error: SettingsError) -> Fault:
    """The fault of a variable whose value is no JSON where several values are wanted."""
    named = re.search(r'field "(\w+)"', str(error))
    variable = f"{PREFIX}{named[1].upper()}" if named else PREFIX
    found = next((each for each in sorted(os.environ) if each.upper().startswith(variable)), variable)
    remedy = f"Set one of its parts, such as {PREFIX}DATABASE__URL, or write a list as JSON"
    return Fault("environment", 1, found, "this setting has parts, and the value is not JSON", remedy)


def _stray_variables() -> Iterator[Fault]:
    """Variables that look like settings and are not: a misspelt one must not be ignored silently."""
    for variable in sorted(os.environ):
        if variable.upper().startswith(PREFIX):
            key = variable[len(PREFIX) :].split("__")[0].lower()
            if key not in Settings.model_fields:
                yield Fault("environment", 1, variable, "there is no such setting", "Correct or unset it.")
