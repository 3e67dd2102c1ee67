"""What the system does by itself: lapsed claims, changes seen, circuit breakers, heartbeats, looks, the signature.

These need no permission: they always run as the system.
"""

from __future__ import annotations

from datetime import datetime

from audit import checkpoint
from audit.keys import signing_key
from orchestrator.actions.permissions import SYSTEM
from orchestrator.app import App
from orchestrator.store import (
    Breaker,
    Claim,
    Store,
    Trouble,
    Verdict,
    breakers,
    claims,
    drift,
    heartbeats,
    late_answers,
    utc_now,
)
from orchestrator.trail_files import append_checkpoint


def expire(store: Store, limit: int) -> list[str]:
    """Take back the reports whose lease has run out; returns them. `limit` is how many attempts a report has."""
    with store.writing() as transaction:
        return claims.expire(transaction, limit)


def look_first(store: Store) -> int:
    """Have every report that may have been keyed since a copy was made looked for first; returns how many."""
    with store.writing() as transaction:
        return late_answers.look_first(transaction, SYSTEM.name)


def look_again(store: Store, since: datetime) -> int:
    """Have every record saved since then, and not decided yet, looked for once more; returns how many."""
    with store.writing() as transaction:
        return claims.look_again(transaction, since)


def note_change(store: Store, subject: str, kind: str, place: str) -> bool:
    """Count a change seen in a form or target. True, and on the trail, the first time only (P6)."""
    with store.writing() as transaction:
        return drift.note(transaction, subject, kind, place)


def met(store: Store, trouble: Trouble) -> Verdict:
    """Count a trouble met in a target against its circuit breaker; see `breakers.met`."""
    with store.writing() as transaction:
        return breakers.met(transaction, trouble)


def went_well(store: Store, claim: Claim) -> list[Breaker]:
    """A claim's job ended well; returns the circuit breakers that this closed."""
    if not store.is_troubled(claim):
        return []
    with store.writing() as transaction:
        return breakers.went_well(transaction, claim)


def admit(store: Store, target: str, account: str, credential: str) -> list[Breaker]:
    """Close the breaker of an account whose entry is not the one that was refused; returns it."""
    with store.writing() as transaction:
        return breakers.close_changed(transaction, target, account, credential)


def hear(store: Store, host: str, process: int, robots: int, *, progress: bool) -> None:
    """A worker process is alive; `progress`: a robot of it has finished a job since the last time."""
    with store.writing() as transaction:
        heartbeats.hear(transaction, host, process, robots, progress=progress)


def listen(store: Store, host: str, process: int) -> datetime | None:
    """When a worker process was last heard; raises while heartbeats cannot be written."""
    with store.writing() as transaction:
        return heartbeats.listen(transaction, host, process)


def forget(store: Store, host: str, process: int) -> None:
    """A worker process has ended."""
    with store.writing() as transaction:
        heartbeats.forget(transaction, host, process)


def sign(app: App) -> None:
    """Append a signed checkpoint of the trail's head, unless the last one stands there already."""
    head = app.store.head()
    if head is None:
        return
    path = app.settings.checkpoints_file
    last = checkpoint.last(path)
    if last is not None and last.seq == head.seq:
        return
    append_checkpoint(path, checkpoint.sign(head, signing_key(app.settings.keys_dir), utc_now()))
