"""What robots and workers share through the store: circuit breakers and heartbeats. A method is a transaction."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Engine

from orchestrator.store import breakers, heartbeats
from orchestrator.store.engine import Clock, Transaction, writing
from orchestrator.store.trail import bound_digest
from orchestrator.store.values import Breaker, Claim, Trouble, Verdict, Worker


class Supervision:
    """Circuit breakers and heartbeats, in one database.

    `clock` returns aware times. `digest_key` is the secret that digests in the trail are taken with.
    """

    def __init__(self, engine: Engine, clock: Clock, digest_key: bytes) -> None:
        self._engine, self._clock, self._digest_key = engine, clock, digest_key

    def met(self, trouble: Trouble) -> Verdict:
        """Count a trouble met in a target against its circuit breaker; see `breakers.met`."""
        with self._writing() as transaction:
            return breakers.met(transaction, trouble)

    def went_well(self, claim: Claim) -> list[Breaker]:
        """A claim's job ended well; returns the circuit breakers that this closed."""
        with self._engine.connect() as connection:
            if not breakers.is_troubled(connection, claim):
                return []
        with self._writing() as transaction:
            return breakers.went_well(transaction, claim)

    def close_breaker(self, target: str, account: str | None, actor: str) -> list[Breaker]:
        """Close the open circuit breakers of a target (None: and of its accounts), or of one account in it."""
        with self._writing() as transaction:
            return breakers.close(transaction, target, account, actor)

    def admit(self, target: str, account: str, credential: str) -> list[Breaker]:
        """Close the breaker of an account whose entry is not the one that was refused; returns it."""
        with self._writing() as transaction:
            return breakers.close_changed(transaction, target, account, credential)

    def credential(self, target: str, account: str, password: str) -> str:
        """The keyed digest of an account's entry, which tells whether it was changed."""
        return bound_digest(self._digest_key, target, account, password.encode())

    def breakers(self) -> list[Breaker]:
        """Every circuit breaker that ever met trouble."""
        with self._engine.connect() as connection:
            return breakers.seen(connection)

    def hear(self, host: str, process: int, robots: int, *, progress: bool) -> None:
        """A worker process is alive; `progress`: a robot of it has finished a job since the last time."""
        with self._writing() as transaction:
            heartbeats.hear(transaction, host, process, robots, progress=progress)

    def listen(self, host: str, process: int) -> datetime | None:
        """When a worker process was last heard; raises while heartbeats cannot be written."""
        with self._writing() as transaction:
            return heartbeats.listen(transaction, host, process)

    def forget(self, host: str, process: int) -> None:
        """A worker process has ended."""
        with self._writing() as transaction:
            heartbeats.forget(transaction, host, process)

    def workers(self) -> list[Worker]:
        """The worker processes, and when each was last heard."""
        with self._engine.connect() as connection:
            return heartbeats.heard(connection)

    def _writing(self) -> AbstractContextManager[Transaction]:
        return writing(self._engine, self._clock, self._digest_key)
