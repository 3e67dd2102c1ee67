"""Circuit breakers of targets and of accounts in them: what robots report, and an administrator's retry."""

from __future__ import annotations

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.store import Breaker, Claim, Store, Trouble, Verdict, breakers


def record_trouble(store: Store, trouble: Trouble) -> Verdict:
    """Count a trouble met in a target against its circuit breaker; see `store.breakers.record_trouble`."""
    with store.writing() as transaction:
        return breakers.record_trouble(transaction, trouble)


def record_success(store: Store, claim: Claim) -> list[Breaker]:
    """A claim's job ended well; returns the circuit breakers that this closed."""
    if not store.is_troubled(claim):
        return []
    with store.writing() as transaction:
        return breakers.record_success(transaction, claim)


def close_if_changed(store: Store, target: str, account: str, credential: str) -> list[Breaker]:
    """Close the breaker of an account whose entry is not the one that was refused; returns it."""
    with store.writing() as transaction:
        return breakers.close_if_changed(transaction, target, account, credential)


def retry(store: Store, actor: Actor, target: str, account: str | None) -> list[Breaker]:
    """Close the open circuit breakers of a target (None: and of its accounts), or of one account in it; returns
    them. Raises `NotAllowed`."""
    require(actor, Act.RETRY_TARGET)
    with store.writing() as transaction:
        return breakers.close(transaction, target, account, actor.name)
