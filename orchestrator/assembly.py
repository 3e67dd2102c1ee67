"""The parts of a running system, put together once from its settings and handed down."""

from __future__ import annotations

import os
from dataclasses import dataclass

from audit.keys import digest_key
from orchestrator.originals import Originals
from orchestrator.settings import Settings, load_accounts
from orchestrator.store import Store, check, open_engine, utc_now
from rpa.errors import DefinitionError, Fault
from rpa.robot import Account


@dataclass(frozen=True)
class Parts:
    """Settings, and the two places where things are kept."""

    settings: Settings
    store: Store
    originals: Originals


def assemble(settings: Settings) -> Parts:
    """The parts, on a database whose tables are in today's shape. Raises `DefinitionError` if they are not."""
    engine = open_engine(settings.database.url)
    check(engine)
    store = Store(engine, utc_now, digest_key(settings.keys_dir))
    return Parts(settings, store, Originals(settings.data_dir))


def robot_accounts(settings: Settings) -> dict[str, tuple[Account, ...]]:
    """The accounts of every target that has any. A target that is off now may be switched on later.

    Raises `DefinitionError` where there are fewer than robots, or none for a target that is on.
    """
    found = {}
    for name, target in settings.targets.items():
        path = target.accounts
        if path is None and target.enabled:
            fault = Fault("rpa.toml", 1, f"targets.{name}", "no accounts", "Set `accounts` to a file of them")
            raise DefinitionError(fault)
        if path is None:
            continue
        given = load_accounts(path)
        if len(given) < settings.robots.number:
            problem = f"{len(given)} accounts for {settings.robots.number} robots"
            raise DefinitionError(
                Fault(str(path), 1, "account", problem, "Add accounts, or lower [robots] number")
            )
        found[name] = tuple(Account(account.name, account.password.get_secret_value()) for account in given)
    return found


def actor() -> str:
    """Who does what the command line is told to do, for the trail: the operating system's user."""
    return f"user:{os.environ.get('SUDO_USER') or os.environ.get('USER') or os.getuid()}"
