"""What can be set: one class for each section of `rpa.toml`, with its defaults and bounds."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    PrivateAttr,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from orchestrator.settings.channels import ApiSettings, IntakeSettings
from orchestrator.settings.notify import MessageSettings, NotifySettings
from orchestrator.settings.values import NAME, Name, Seconds, Section, WebAddress, web_address
from rpa.errors import Fault
from rpa.report import MessageKind
from rpa.source_lines import toml_line

PREFIX = "RPA_"
DEFAULT_FILE = Path("rpa.toml")
GUIDE = "See the commented rpa.toml that `rpa init` writes."
_CODE = Path(__file__).parents[2]


def definitions_dir(name: str) -> Path:
    """Where the definitions are, `forms` or `mappings`: in an installed wheel, else at the checkout's top."""
    shipped = _CODE / "rpa" / "shipped" / name
    return shipped if shipped.is_dir() else _CODE / name


# A password with an @ or a / that is not written as %40 or %2F is read as part of a host or a database, and would
# be shown with it (P8).
_HOST = re.compile(r"[A-Za-z0-9._:%-]*")
_DATABASE = re.compile(r"[^@]*")


def _database_url(text: str) -> str:
    """A URL SQLAlchemy understands, of a database the store works on. Of another no part is shown (P8)."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("not a database URL: sqlite:///PATH or postgresql://...") from None
    if not (_HOST.fullmatch(url.host or "") and _DATABASE.fullmatch(url.database or "")):
        raise ValueError(
            "a host and a database have plain names: in a user or password write @ as %40, / as %2F"
        )
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"}:
        raise ValueError("the database must be SQLite or PostgreSQL: sqlite:///PATH or postgresql://...")
    in_memory = (url.database or "").removeprefix("file:") in {"", ":memory:"} or url.query.get(
        "mode"
    ) == "memory"
    if url.get_backend_name() == "sqlite" and in_memory:
        raise ValueError("a database in memory keeps nothing. Name a file: sqlite:///PATH")
    return text


def _proxy(url: str) -> str:
    """The address of a proxy. A name and password in it are kept out of messages."""
    way = urlsplit(url)
    if way.scheme not in {"http", "socks5"} or not way.hostname:
        raise ValueError("not the address of a proxy: http://HOST:PORT or socks5://HOST:PORT")
    return url


def _site(url: str) -> str:
    """The address of a site, whose pages a robot may be led to."""
    if urlsplit(web_address(url)).path:
        raise ValueError("a site, without a path: https://HOST")
    return web_address(url)


def _profile(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise ValueError('a name such as "chs", the folder\'s name under mappings_dir, not a path')
    return name


class DatabaseSettings(Section):
    """Where reports, claims and the trail are kept."""

    url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///var/rpa.db"


class TargetSettings(Section):
    """A web system keyed into. `profile` is its folder under `mappings`, `accounts` its file of accounts."""

    profile: Annotated[str, AfterValidator(_profile)]
    url: WebAddress
    accounts: Path | None = None
    proxy: Annotated[str, AfterValidator(_proxy)] | None = None  # that the network demands
    certificate: Path | None = (
        None  # PEM files of the client certificate that the target demands, and its key
    )
    key: Path | None = None
    other_sites: tuple[Annotated[str, AfterValidator(_site)], ...] = ()  # that the target consists of
    timeout_seconds: Seconds = 30  # for any one page or action
    save_seconds: Seconds = 120  # for the response to save
    commit_delay_seconds: Annotated[float, Field(ge=0, le=86_400)] = 10  # from save until a search finds it
    enabled: bool = True


class RobotSettings(Section):
    """How many robots one worker hosts, and how long they may hold a report."""

    number: Annotated[int, Field(ge=1, le=100)] = 4
    lease_seconds: Annotated[float, Field(ge=1, le=86_400)] = 120
    attempts: Annotated[int, Field(ge=1, le=100)] = 4
    recycle_after: Annotated[int, Field(ge=1)] = 50  # reports; then the robot signs in again
    job_seconds: Seconds = 900  # for one job; then its page is closed and its lease ends
    faults_in_a_row: Annotated[int, Field(ge=1, le=1000)] = (
        5  # the target is paused after faults in this number of reports in a row
    )
    probe_seconds: Seconds = 10  # until a paused target is tried again, at first
    silence_seconds: Seconds = 60  # a worker without a heartbeat for so long is replaced


class BrowserSettings(Section):
    """The browser; without an executable the one that set-up found."""

    executable: Path | None = None
    response_seconds: Annotated[
        Seconds, Field(validation_alias=AliasChoices("response_seconds", "answer_seconds"))
    ] = 30  # a browser that does not respond for so long is replaced; the other name is that of earlier files


class OperationsSettings(Section):
    """Waits, intervals and limits of the running system. The defaults suit most sites."""

    # Robots
    claim_seconds: Seconds = 0.5  # between two tries to claim work, when there was none
    claim_failed_seconds: Seconds = 5  # after a try that failed: the database is away, or its disk is full
    changes_seconds: Seconds = 600  # a worker plans around a changed control for so long, then tries it again
    # Retries
    retry_seconds: Seconds = 5  # after the first failed attempt
    retry_growth: Annotated[float, Field(ge=1, le=100)] = 4  # how many times as long each further wait is
    retry_longest_seconds: Seconds = 300
    retry_spread: Annotated[float, Field(ge=0, le=1)] = 0.25  # so that robots do not return all at once
    away_seconds: Seconds = 10  # until a target that is away is tried again
    probe_longest_seconds: Seconds = 300  # between two tries of a paused target
    # Saves whose result is not known, and records that cannot be read
    look_up_seconds: Seconds = 1800  # after save; then an operator searches the target
    read_back_seconds: Seconds = 600  # after save; then the operator gets the record unread
    look_up_longest_seconds: Seconds = 60  # between two tries
    reconcile_tries: Annotated[int, Field(ge=1, le=1000)] = (
        6  # without a clear result; then an operator looks
    )
    # Processes
    restart_seconds: Seconds = 1  # until a worker or browser that ended is started again, at first
    restart_longest_seconds: Seconds = 30
    stable_seconds: Seconds = 60  # one that ran for so long did not fail at its start
    worker_start_seconds: Seconds = 60  # until the first heartbeat of a worker
    worker_stop_seconds: Seconds = 300  # for a worker to finish the reports in its robots' hands
    browser_start_seconds: Seconds = 60  # for a browser to start, or to end
    database_busy_seconds: Seconds = 30  # for another writer to finish, or the server to respond
    database_long_seconds: Seconds = 3600  # for a statement of `rpa db upgrade` and `rpa audit` (PostgreSQL)
    # Memory
    script_megabytes: Annotated[int, Field(ge=16, le=65_536)] = 512  # of one page's scripts; then it is ended
    session_megabytes: Annotated[int, Field(ge=1, le=65_536)] = 256  # then a robot signs in again
    session_pages: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000  # then a robot signs in again
    # Periodic jobs
    receive_seconds: Seconds = 0.5  # between two rounds through the watched folder
    receive_round_seconds: Seconds = 5  # that a round may take, before it looks for what is new
    parts_seconds: Seconds = 600  # that a message waits for the other parts of its report
    expire_seconds: Seconds = 2  # between two checks for lapsed claims, and for another run
    follow_seconds: Seconds = 2  # between two checks of the switches in this file
    sign_seconds: Seconds = 60  # between two signatures of the trail
    reconcile_hour: Annotated[int, Field(ge=0, le=23)] = 2  # UTC, each night
    reconcile_days: Annotated[float, Field(gt=0, le=365)] = (
        2  # how old the records are that are looked up then
    )
    waiting_seconds: Seconds = 15  # between two lines that say what `rpa run --until-idle` waits for
    # Files of one report
    file_megabytes: Annotated[int, Field(ge=1, le=2_048)] = 100  # of the report itself
    media_files: Annotated[int, Field(ge=0, le=10_000)] = 50
    media_megabytes: Annotated[int, Field(ge=1, le=2_048)] = 20  # of one file with it
    media_total_megabytes: Annotated[int, Field(ge=1, le=8_192)] = 200  # of all; they are in memory at once
    folder_levels: Annotated[int, Field(ge=0, le=100)] = 20  # of the watched folder
    # Reading of one report, in a process of its own
    reading_seconds: Seconds = 5  # of processor time
    reading_megabytes: Annotated[int, Field(ge=50, le=65_536)] = 500
    reading_processes: Annotated[int, Field(ge=1, le=100)] = 2  # that read at once


class FormSettings(Section):
    """Whether a form's reports are keyed, into which target, and what the people who reported are told."""

    enabled: bool = True
    target: Name
    messages: MessageSettings = MessageSettings()


class Settings(BaseSettings):
    """Everything that can be set. Paths are absolute once `load_settings` has made it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_dir: Path = Path("var")
    database: DatabaseSettings = DatabaseSettings()
    targets: dict[Name, TargetSettings] = {}
    robots: RobotSettings = RobotSettings()
    browser: BrowserSettings = BrowserSettings()
    operations: OperationsSettings = OperationsSettings()
    intake: IntakeSettings = IntakeSettings()
    api: ApiSettings = ApiSettings()
    notify: NotifySettings = NotifySettings()
    forms: dict[Name, FormSettings] = {}
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
                raise ValueError(f"robots.job_seconds: must be longer than a save alone may take: {save}")
        for said in self.api.contradictions():
            raise ValueError(f"api.{said}")
        for name, mailbox in self.intake.mailboxes.items():
            for key, fault in mailbox.faults():
                raise ValueError(f"intake.mailboxes.{name}.{key}: {fault}")
        return self

    @model_validator(mode="after")
    def _messages_can_be_sent(self) -> Self:
        """A message that is switched on, and has no way to be sent."""
        for name, form in self.forms.items():
            for kind in sorted(form.messages.kinds):
                if said := self.notify.lacks(kind):
                    raise ValueError(f"forms.{name}.messages.{kind}: {said}")
        return self

    def written_in(self, path: Path | None, text: str) -> Self:
        """The same settings, with the file that they come from, so that `fault` can name the line."""
        self._file, self._text = path, text
        return self

    def fault(self, key: Sequence[str], message: str, remedy: str) -> Fault:
        """A fault of one setting, with its line in the file, or its variable."""
        line = toml_line(self._text, tuple(key))
        return blamed(Fault(str(self._file or "settings"), line, ".".join(key), message, remedy))

    @property
    def file(self) -> Path | None:
        """The file that they were read from; None where they come from the environment and the defaults alone."""
        return self._file

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
    def form_switches(self) -> Mapping[str, tuple[bool, str]]:
        """Form -> (enabled, target), as `switching.configure` takes it."""
        return {name: (form.enabled, form.target) for name, form in self.forms.items()}

    @property
    def message_switches(self) -> frozenset[tuple[str, MessageKind]]:
        """(form, kind of message) for each that is on, as `messages.configure` takes it."""
        return frozenset((name, kind) for name, form in self.forms.items() for kind in form.messages.kinds)

    @property
    def target_switches(self) -> Mapping[str, bool]:
        """Target -> enabled, as `switching.configure` takes it."""
        return {name: target.enabled for name, target in self.targets.items()}


def blamed(fault: Fault) -> Fault:
    """The fault as it is, or of the environment where a variable set the key."""
    variable = f"{PREFIX}{fault.place.replace('.', '__')}".upper()
    return replace(fault, file="environment", line=1, place=variable) if _is_set(variable) else fault


def _is_set(variable: str) -> bool:
    return variable in map(str.upper, os.environ)
