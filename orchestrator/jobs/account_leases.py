"""Account leases: a target account is in one worker's hands at a time, on this machine.

Many targets end the first session of an account when a second one signs in. Workers on several machines need
accounts files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import structlog

from orchestrator.durable import locked
from orchestrator.settings import Settings
from orchestrator.store import Store
from orchestrator.wording import counted, near
from rpa.errors import TargetError
from rpa.robot import Account

_log = structlog.get_logger(__name__)


def paused_accounts(store: Store) -> frozenset[tuple[str, str]]:
    """(target, account) of those that their target refuses, or that do not get in for now."""
    return frozenset((each.target, each.account) for each in store.breakers() if each.is_open)


@contextmanager
def account_leases(
    settings: Settings, accounts: Mapping[str, tuple[Account, ...]], number: int | None = None
) -> Iterator[dict[str, tuple[Account, ...]]]:
    """As many accounts of each target as there are robots, or that number, ours alone while the block lasts.

    The system gives them up by itself when the process dies. Raises `TargetError` when other workers hold too many
    of them: whoever started this one tries again later.
    """
    folder = settings.data_dir / "account-leases"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = settings.robots.number if number is None else number
    with ExitStack() as held:
        ours = {}
        for target, given in accounts.items():
            free = _take(held, folder, settings.targets[target].url, given, number)
            if len(free) < number:
                raise TargetError(f"{target}: {_too_few(settings, target, len(free), number)}")
            ours[target] = free
        yield ours


def _too_few(settings: Settings, target: str, free: int, number: int) -> str:
    file = settings.targets[target].accounts
    there = f" in {near(file)}" if file else ""
    if not free:
        return f"every account{there} is in use by a robot or paused; add one, or stop rpa run"
    needed = f"{counted(number, 'account is', 'accounts are')} needed, and {counted(free, 'is', 'are')} free"
    return f"{needed}{there}; add one, or stop rpa run"


def _take(
    held: ExitStack, folder: Path, url: str, given: tuple[Account, ...], number: int
) -> tuple[Account, ...]:
    taken: list[Account] = []
    for account in given:
        if len(taken) == number:
            break
        name = sha256(f"{url}\0{account.name}".encode()).hexdigest()[:32]
        try:
            file = locked(folder / f"{name}.lock")
        except OSError as error:  # of one account: the others go on
            _log.error("the lock of an account cannot be used", account=account.name, error=error)
            continue
        if file is not None:
            held.enter_context(file)
            taken.append(account)
    return tuple(taken)
