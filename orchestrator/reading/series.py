"""Messages of a series: a report that was sent in several messages is read once all of them are here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import monotonic

from orchestrator.originals import Arrival
from rpa.documents.mail.message import Series

MOST_WAITING = 1_000  # series; the longest waiting is read as it is when there are more
MOST_BYTES = 150 * 1024 * 1024  # of one series: all of them are in memory at once when they are read

Group = tuple[Arrival, ...]
"""Messages that are read together, in order."""


@dataclass(slots=True)
class _Waiting:
    since: float
    of: int = 0  # how many there are; fragments may not say it before the last
    size: int = 0
    parts: dict[int, Arrival] = field(default_factory=dict)

    def group(self) -> Group:
        return tuple(arrival for _, arrival in sorted(self.parts.items()))


class WaitingSeries:
    """The messages that wait for others of their series. They are on disk, and pending there: a restart finds them
    again. They are known here until `forget`, so that what could not be stored is given out again. Any thread may
    use it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, series: Series, arrival: Arrival, size: int) -> list[Group]:
        """All messages of the series, in order, when this one completes it; none while another is missing.

        `size`: bytes of the message. Two messages with other content that say they are the same part belong to two
        reports, and nobody can tell which others belong to which: then each is given out by itself. So it is when
        all together are too large.
        """
        with self._lock:
            waiting = self._waiting.setdefault(series.key, _Waiting(self._clock()))
            before = waiting.parts.get(series.number)
            if before is not None and before.sha256 != arrival.sha256:
                del self._waiting[series.key]
                return [(each,) for each in (*waiting.group(), arrival)]
            waiting.size += 0 if before else size
            waiting.parts[series.number] = arrival
            waiting.of = max(waiting.of, series.of)
            if waiting.size > MOST_BYTES:
                del self._waiting[series.key]
                return [(each,) for each in waiting.group()]
            return [waiting.group()] if waiting.of and len(waiting.parts) >= waiting.of else []

    def overdue(self, seconds: float) -> list[Group]:
        """The messages of each series that has waited for so long, or has no room. What is not forgotten
        then waits for as long again."""
        with self._lock:
            surplus, now = len(self._waiting) - MOST_WAITING, self._clock()
            due = [
                each
                for number, each in enumerate(self._waiting.values())
                if number < surplus or each.since <= now - seconds
            ]
            for each in due:
                each.since = now
            return [each.group() for each in due]

    def forget(self, groups: Collection[Group]) -> None:
        """The messages of these groups are stored as reports."""
        with self._lock:
            for key, each in list(self._waiting.items()):
                if each.group() in groups:
                    del self._waiting[key]
