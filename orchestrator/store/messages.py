"""What can be asked of the messages to the people who reported: each method is one transaction that reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from sqlalchemy import Engine

from orchestrator.states import MessageState
from orchestrator.store import outbox
from orchestrator.store.engine import Clock
from orchestrator.store.unreadable import refuse
from orchestrator.store.values import Outgoing


class Messages:
    """The outbox, for whoever reads it. `unreadable`: called with the reference of each message whose row cannot
    be read, and the rest goes on; without it `RowUnreadable` is raised."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def due(self, most: int, unreadable: Callable[[str], object] = refuse) -> list[Outgoing]:
        """The first of the messages that are to be sent now."""
        with self._engine.connect() as connection:
            return outbox.due(connection, self._clock(), most, unreadable)

    def of_report(self, reference: str, unreadable: Callable[[str], object] = refuse) -> list[Outgoing]:
        """The messages about a report, in the order they were queued."""
        with self._engine.connect() as connection:
            return outbox.of_report(connection, reference, unreadable)

    def in_states(
        self, states: Collection[MessageState], unreadable: Callable[[str], object] = refuse
    ) -> list[Outgoing]:
        """The messages in these states, in the order they were queued."""
        with self._engine.connect() as connection:
            return outbox.in_states(connection, states, unreadable)

    def uncertain(self, age: timedelta, most: int) -> list[Outgoing]:
        """The first of those that are uncertain and no older than that."""
        with self._engine.connect() as connection:
            return outbox.uncertain(connection, self._clock() - age, most)

    def counts(self) -> dict[MessageState, int]:
        """How many messages are in each state; every state is there."""
        with self._engine.connect() as connection:
            return outbox.counts(connection)

    def has_lapsed(self) -> bool:
        """Whether the claim on a message has run out. Keeps no writer waiting."""
        with self._engine.connect() as connection:
            return outbox.has_lapsed(connection, self._clock())
