"""The app: the settings of a running system and the places where it keeps things, made once and handed down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from audit.keys import digest_key
from orchestrator.folders import named_by_setting
from orchestrator.originals import Originals
from orchestrator.settings import Settings
from orchestrator.store import (
    Store,
    Switch,
    TargetSwitch,
    begun,
    check,
    open_engine,
    say_where,
    upgrade,
    utc_now,
)
from orchestrator.trail_files import make_keys, missing_keys
from rpa.errors import DefinitionError, Fault

_SETTING = ("database", "url")


@dataclass(frozen=True)
class App:
    """Settings, and the two places where things are kept."""

    settings: Settings
    store: Store
    originals: Originals

    def target_switches(self) -> tuple[TargetSwitch, ...]:
        """Whether each target is on, as the settings have it now; `rpa run` follows them within seconds."""
        by_hand = {each.target: each.switched_on for each in self.store.target_switches()}
        enabled = self.settings.target_switches
        return tuple(TargetSwitch(name, on, by_hand.get(name, True)) for name, on in enabled.items())

    def form_switches(self) -> tuple[Switch, ...]:
        """The same of each form."""
        target_on = {each.target: each.on for each in self.target_switches()}
        by_hand = {each.form: each.switched_on for each in self.store.switches()}
        return tuple(
            Switch(form, target, enabled, by_hand.get(form, True), target_on[target])
            for form, (enabled, target) in self.settings.form_switches.items()
        )


def open_app(settings: Settings, *, long: bool = False) -> App:
    """The app, on a database whose tables are at the current revision. `long`: it is to read the whole of it.

    Raises `DefinitionError` if they are not, if a key is missing that entries of the trail were made with, or if
    `data_dir` cannot be used.
    """
    engine = _engine(settings, long=long)
    try:
        check(engine)
    except DefinitionError as error:
        raise DefinitionError(*(_of_setting(settings, fault) for fault in error.faults)) from error
    store = Store(engine, utc_now, _digest_key(settings, trail_begun=begun(engine)))
    return App(settings, store, Originals(settings.data_dir))


def _of_setting(settings: Settings, fault: Fault) -> Fault:
    """The fault of a database where the setting stands that names it."""
    return settings.fault(_SETTING, f"{fault.file}: {fault.message}", fault.remedy)


def upgrade_database(settings: Settings) -> str:
    """Bring the database's tables to the current revision; returns it. Raises `DefinitionError` when entries of
    the trail are to be sealed and a key is missing."""
    engine = _engine(settings, long=True)
    try:
        return upgrade(engine, digest_key=partial(_digest_key, settings, trail_begun=True))
    finally:
        engine.dispose()


def _engine(settings: Settings, *, long: bool) -> Engine:
    """The database of the settings. Its errors say its address, and which setting gives it."""
    waits, given = settings.operations, settings.fault(_SETTING, "", "")
    statement_seconds = waits.database_long_seconds if long else None
    engine = open_engine(settings.database.url, waits.database_busy_seconds, statement_seconds)
    return say_where(engine, f"{given.place.replace('database.url', '[database] url')} in {given.file}")


def _digest_key(settings: Settings, *, trail_begun: bool) -> bytes:
    """The key of digests. The trail's keys are made at first use."""
    with named_by_setting(settings, "data_dir", settings.data_dir):
        try:
            _ensure_keys(settings.keys_dir, trail_begun=trail_begun)
            return digest_key(settings.keys_dir)
        except ValueError as error:
            said, remedy = f"a key cannot be used: {error}", "Restore it from its safe copy"
            raise DefinitionError(Fault(str(settings.keys_dir), 1, "keys", said, remedy)) from error


def _ensure_keys(folder: Path, *, trail_begun: bool) -> None:
    """Make the trail's keys at first use only: with new ones, earlier entries could not be verified."""
    if trail_begun and (missing := missing_keys(folder)):
        raise DefinitionError(
            *(
                Fault(
                    str(path),
                    1,
                    "keys",
                    "the key is not there, and the audit trail has entries that only it can verify",
                    "Restore it from its safe copy. No new key is made for a trail that has entries",
                )
                for path in missing
            )
        )
    make_keys(folder)
