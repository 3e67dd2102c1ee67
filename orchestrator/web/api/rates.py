"""How often somebody may ask: a bucket of tokens for each, that fills again as time passes. In memory, and
bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

MOST_KEPT = 10_000  # buckets; beyond, the one that was used longest ago is full again


class Buckets:
    """A bucket for each key, with a minute's worth of tokens. `clock` returns seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._per_second, self._clock = float(per_minute), per_minute / 60, clock
        self._kept: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Seconds until a token may be taken; 0 where one is there now."""
        return max(0.0, (1 - self._tokens(key)) / self._per_second)

    def take(self, key: Hashable) -> None:
        """Take a token, or what is left of one."""
        self._kept[key] = (max(0.0, self._tokens(key) - 1), self._clock())
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _tokens(self, key: Hashable) -> float:
        tokens, at = self._kept.get(key, (self._most, 0.0))
        return min(self._most, tokens + (self._clock() - at) * self._per_second)
