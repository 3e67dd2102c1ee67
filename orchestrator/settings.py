"""The settings, once and for all: read at start, checked whole, handed down in pieces.

This module is the only reader of the environment. What is said more than once counts in this order:
keywords of `load_settings`, the environment (`RPA_DATABASE__URL`), `rpa.toml`, the defaults below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from rpa import toml_file
from rpa.errors import DefinitionError, Fault
from rpa.places import toml_line

PREFIX = "RPA_"
DEFAULT_FILE = Path("rpa.toml")
GUIDE = "See the commented rpa.toml that `rpa init` writes."
_HERE = Path(__file__).parent


def definitions_dir(name: str) -> Path:
    """Where the definitions are, `forms` or `mappings`: in an installed wheel, else at the checkout's top."""
    shipped = _HERE.parent / "rpa" / "shipped" / name
    return shipped if shipped.is_dir() else _HERE.parent / name


def _database_url(url: str) -> str:
    """A URL SQLAlchemy understands, of a database the store works on."""
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        raise ValueError("not a database URL: sqlite:///PATH or postgresql://...") from None
    if backend not in {"sqlite", "postgresql"}:
        raise ValueError("the database must be SQLite or PostgreSQL")
    return url


def _host(host: str) -> str:
    """An address to listen on, or localhost."""
    try:
        return host if host == "localhost" else str(ip_address(host))
    except ValueError:
        raise ValueError("not an address to listen on: an IP address, or localhost") from None


def _web_address(url: str) -> str:
    """An http or https address, as written but without a slash at its end."""
    try:
        HttpUrl(url)
    except ValidationError:
        raise ValueError("not a web address: http://HOST:PORT or https://...") from None
    return url.rstrip("/")


def _proxy(url: str) -> str:
    """The address of a proxy. A name and password in it are kept out of messages."""
    way = urlsplit(url)
    if way.scheme not in {"http", "socks5"} or not way.hostname:
        raise ValueError("not the address of a proxy: http://HOST:PORT or socks5://HOST:PORT")
    return url


def _site(url: str) -> str:
    """The address of a site, whose pages a robot may be led to."""
    if urlsplit(_web_address(url)).path:
        raise ValueError("a site, without a path: https://HOST")
    return _web_address(url)


def _profile(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError('a name such as "chs", the folder\'s name under mappings_dir, not a path')
    return name


_NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Name = Annotated[str, Field(pattern=f"^{_NAME}$")]


class Section(BaseModel):
    """A part of the settings: frozen, and nothing in it but what we know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Database(Section):
    """Where reports, claims and the trail are kept."""

    url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///var/rpa.db"


class Target(Section):
    """A web system keyed into. `profile` is its folder under `mappings`, `accounts` its file of accounts."""

    profile: Annotated[str, AfterValidator(_profile)]
    url: Annotated[str, AfterValidator(_web_address)]
    accounts: Path | None = None
    proxy: Annotated[str, AfterValidator(_proxy)] | None = None  # that the network demands
    certificate: Path | None = (
        None  # PEM files of the client certificate that the target demands, and its key
    )
    key: Path | None = None
    other_sites: tuple[Annotated[str, AfterValidator(_site)], ...] = ()  # that the target consists of
    timeout_seconds: _Seconds = 30  # for any one page or action
    save_seconds: _Seconds = 120  # for the answer to save
    commit_delay_seconds: Annotated[float, Field(ge=0, le=86_400)] = 10  # from save until a search finds it
    enabled: bool = True


class Robots(Section):
    """How many robots one worker hosts, and how long they may hold a report."""

    number: Annotated[int, Field(ge=1, le=100)] = 4
    lease_seconds: Annotated[float, Field(ge=1, le=86_400)] = 120
    attempts: Annotated[int, Field(ge=1, le=100)] = 4
    recycle_after: Annotated[int, Field(ge=1)] = 50  # reports, before a robot's browser context is made anew
    job_seconds: _Seconds = 900  # for any one job; then its page is closed, and its lease renewed no more
    faults_in_a_row: Annotated[int, Field(ge=1, le=1000)] = 5  # met by as many reports: the target is paused
    probe_seconds: _Seconds = 10  # until a paused target is tried again, at first
    silence_seconds: _Seconds = 60  # a worker not heard of for so long is ended and replaced


class Browser(Section):
    """The browser; without an executable the one that set-up found."""

    executable: Path | None = None
    answer_seconds: _Seconds = 30  # a browser that does not answer for so long is ended and replaced


class IntakeFolder(Section):
    """The folder watched for submissions; without a path none is."""

    path: Path | None = Path("var/inbox")


class Intake(Section):
    """The ways reports come in."""

    folder: IntakeFolder = IntakeFolder()


class Api(Section):
    """Where the service listens."""

    host: Annotated[str, AfterValidator(_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8020


class Form(Section):
    """Whether a form's reports are keyed, and into which target."""

    enabled: bool = True
    target: _Name


class Settings(BaseSettings):
    """Everything that can be set. Paths are absolute once `load_settings` has made it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_dir: Path = Path("var")
    database: Database = Database()
    targets: dict[_Name, Target] = {}
    robots: Robots = Robots()
    browser: Browser = Browser()
    intake: Intake = Intake()
    api: Api = Api()
    forms: dict[_Name, Form] = {}
    forms_dir: Path = Field(default_factory=lambda: definitions_dir("forms"))
    mappings_dir: Path = Field(default_factory=lambda: definitions_dir("mappings"))
    _file: Path | None = PrivateAttr(None)
    _text: str = PrivateAttr("")

    @model_validator(mode="after")
    def _targets_exist(self) -> Self:
        for name, form in self.forms.items():
            if form.target not in self.targets:
                raise ValueError(f"forms.{name}.target: there is no [targets.{form.target}]")
        return self

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Settings that contradict each other."""
        for name, target in self.targets.items():
            if (target.certificate is None) != (target.key is None):
                given = "key" if target.certificate is None else "certificate"
                raise ValueError(f"targets.{name}.{given}: `certificate` and `key` belong together")
            if self.robots.job_seconds <= target.save_seconds:
                save = f"targets.{name}.save_seconds is {target.save_seconds:g}"
                raise ValueError(f"robots.job_seconds: no longer than a save alone may take: {save}")
        return self

    def written_in(self, path: Path | None, text: str) -> Self:
        """The same, known to stand in that file, so that `fault` can say where."""
        self._file, self._text = path, text
        return self

    def fault(self, key: Sequence[str], message: str, remedy: str) -> Fault:
        """What is wrong with what a key names, with the line of the file that has it, or its variable."""
        line = toml_line(self._text, key)
        return _blamed(Fault(str(self._file or "settings"), line, ".".join(key), message, remedy))

    @property
    def originals_dir(self) -> Path:
        """Where original bytes, media and pictures are kept."""
        return self.data_dir / "originals"

    @property
    def keys_dir(self) -> Path:
        """Where the keys of the trail are kept."""
        return self.data_dir / "keys"

    @property
    def checkpoints_file(self) -> Path:
        """Where the signed checkpoints of the trail are kept."""
        return self.data_dir / "checkpoints.jsonl"

    @property
    def enabled_targets(self) -> tuple[str, ...]:
        """The names of the targets that are on."""
        return tuple(name for name, target in self.targets.items() if target.enabled)

    @property
    def form_switches(self) -> Mapping[str, tuple[bool, str]]:
        """Form -> (on, target), as `Store.configure` takes it. A form whose target is off is off itself: its
        reports are held."""
        return {
            name: (form.enabled and self.targets[form.target].enabled, form.target)
            for name, form in self.forms.items()
        }


def load_settings(path: Path | None = None, **keywords: Any) -> Settings:
    """The settings, all of them checked.

    `path` is the `rpa.toml` (None: only environment and defaults); relative paths in it are relative to its
    folder. Raises `DefinitionError` with a fault for everything that is wrong, and where it stands.
    """
    text = toml_file.read(path, "Make it with `rpa init`, or name another.") if path else ""
    document = toml_file.parsed(path, text) if path else {}
    folder = (path.parent if path else Path()).resolve()
    faults = list(_stray_variables())
    try:
        settings = _from(document)(**keywords)
    except ValidationError as error:
        found = [_blamed(fault) for fault in toml_file.faults(error, path, text, GUIDE, ".")]
        raise DefinitionError(*faults, *found) from None  # it may show a value
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
    executable, inbox = settings.browser.executable, settings.intake.folder.path
    if executable and len(executable.parts) > 1:  # a bare name is looked up on the PATH
        executable = at(executable)
    return settings.model_copy(
        update={
            "data_dir": at(settings.data_dir),
            "database": Database(url=_anchored_url(settings.database.url, folder)),
            "targets": targets,
            "browser": settings.browser.model_copy(update={"executable": executable}),
            "intake": Intake(folder=IntakeFolder(path=inbox and at(inbox))),
            "forms_dir": at(settings.forms_dir),
            "mappings_dir": at(settings.mappings_dir),
        }
    )


def _anchored_url(text: str, folder: Path) -> str:
    url = make_url(text)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return text
    return url.set(database=str(folder / url.database)).render_as_string(hide_password=False)


def _stray_variables() -> Iterator[Fault]:
    """Variables that look like settings and are none: a misspelt one must not be passed over in silence."""
    for variable in sorted(os.environ):
        if variable.upper().startswith(PREFIX):
            key = variable[len(PREFIX) :].split("__")[0].lower()
            if key not in Settings.model_fields:
                yield Fault("environment", 1, variable, "there is no such setting", "Correct or unset it.")


def _blamed(fault: Fault) -> Fault:
    """The fault as it is, or blamed on the environment where that is what set the key."""
    variable = f"{PREFIX}{fault.place.replace('.', '__')}".upper()
    return replace(fault, file="environment", line=1, place=variable) if _is_set(variable) else fault


def _is_set(variable: str) -> bool:
    return variable in map(str.upper, os.environ)
