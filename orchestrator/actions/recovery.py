"""After a crash or a restore: lapsed claims are taken back; what may be saved already is looked for first (P2).

These need no permission: they always run as the system.
"""

from __future__ import annotations

from orchestrator.actions.permissions import SYSTEM
from orchestrator.store import Store, claims, restored


def expire(store: Store, limit: int) -> list[str]:
    """Take back the reports whose lease has run out; returns them. `limit` is how many attempts a report has."""
    if not store.has_lapsed():
        return []
    with store.writing() as transaction:
        return claims.expire(transaction, limit)


def mark_for_look_up(store: Store, followed: str = "") -> int:
    """Have every report that may have been keyed since a copy was made looked for first; returns how many.
    `followed`: the signature of the last checkpoint there is."""
    with store.writing() as transaction:
        return restored.mark_for_look_up(transaction, SYSTEM.name, followed)
