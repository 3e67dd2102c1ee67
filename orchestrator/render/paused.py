"""What is paused in a target: since when, why and what ends it; a line for all accounts that share a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from orchestrator.credentials import load_accounts
from orchestrator.render.remedies import remedy
from orchestrator.settings import Settings
from orchestrator.states import Reason
from orchestrator.store import Breaker, TargetSwitch, utc_now
from orchestrator.wording import counted, when
from rpa.errors import DefinitionError

_NAMED = 3  # accounts of one line that are named


def standing(settings: Settings, switch: TargetSwitch, paused: Sequence[Breaker]) -> str:
    """Whether a target is on, and how much of it is paused."""
    if not switch.on:
        return "off"
    if not all(each.account for each in paused):
        return "on, but paused"
    if paused and _accounts(settings, switch.target) <= {each.account for each in paused}:
        return "on, but no account can sign in"
    return f"on, but {counted(len(paused), 'account is', 'accounts are')} paused" if paused else "on"


def lines(settings: Settings, paused: Sequence[Breaker]) -> Iterator[str]:
    """What is paused in one target, since when, why, and what ends it: the target itself, then its accounts."""
    alike: dict[tuple[bool, Reason, str], list[Breaker]] = {}
    for each in paused:
        alike.setdefault((bool(each.account), each.reason, each.message), []).append(each)
    return (_line(settings, each) for each in alike.values())


def _line(settings: Settings, alike: Sequence[Breaker]) -> str:
    first, accounts = alike[0], [each.account for each in alike if each.account]
    if not first.readable:
        return f"{_what(accounts)}: paused: {first.message}"
    since = when(min(each.opened_at for each in alike if each.opened_at))
    helps = remedy(settings, first.target, first.reason, accounts)
    if first.reason is Reason.SIGN_IN_REFUSED and helps:
        return f"{_what(accounts)}: refused since {since}. {helps}"
    soonest = min((each.probe_at for each in alike if each.probe_at), default=None)
    tried = f"at {when(soonest)}" if soonest and soonest > utc_now() else "with the next report"
    said = f"{_what(accounts)}: paused since {since}, tried again {tried}: {first.message}"
    return f"{said}. {helps}" if helps else said


def _what(accounts: Sequence[str]) -> str:
    if not accounts:
        return "the target"
    if len(accounts) == 1:
        return f"account {accounts[0]}"
    others = len(accounts) - _NAMED
    names = ", ".join(accounts[:_NAMED]) + (f" and {counted(others, 'other')}" if others > 0 else "")
    return f"{len(accounts)} accounts ({names})"


def _accounts(settings: Settings, target: str) -> set[str]:
    """The names of all accounts of a target; one that nobody has where they cannot be read."""
    file = settings.targets[target].accounts
    with suppress(DefinitionError):
        return {each.name for each in load_accounts(file)} if file else {""}
    return {""}
