"""Messages of a series: a report that was sent in several messages is read once all of them are here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from orchestrator.originals import Arrival
from rpa.documents.mail.message import Series

MOST_WAITING = 1_000  # series; the longest waiting is read as it is when there are more


@dataclass(slots=True)
class _Waiting:
    since: float
    of: int = 0  # how many there are; fragments may not say it before the last
    parts: dict[int, Arrival] = field(default_factory=dict)


class Incomplete:
    """The messages that wait for others of their series. They are on disk, and pending there: a restart finds them
    again. Any thread may use it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, series: Series, arrival: Arrival) -> tuple[Arrival, ...]:
        """All messages of the series, in order, when this one completes it; none while another is missing."""
        with self._lock:
            waiting = self._waiting.setdefault(series.key, _Waiting(self._clock()))
            waiting.parts[series.number] = arrival
            waiting.of = max(waiting.of, series.of)
            if not waiting.of or len(waiting.parts) < waiting.of:
                return ()
            return _in_order(self._waiting.pop(series.key))

    def overdue(self, seconds: float) -> list[tuple[Arrival, ...]]:
        """The messages of each series that has waited for so long, or has no room: they wait no more."""
        with self._lock:
            surplus = len(self._waiting) - MOST_WAITING
            latest = self._clock() - seconds
            due = [
                key
                for n, (key, each) in enumerate(self._waiting.items())
                if n < surplus or each.since <= latest
            ]
            return [_in_order(self._waiting.pop(key)) for key in due]


def _in_order(waiting: _Waiting) -> tuple[Arrival, ...]:
    return tuple(arrival for _, arrival in sorted(waiting.parts.items()))
