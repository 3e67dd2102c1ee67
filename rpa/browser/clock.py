"""The clock for deadlines: it goes on while the machine sleeps, and nobody sets it."""

from __future__ import annotations

import time

# Linux's monotonic clock stops while the machine sleeps. Elsewhere (macOS) it does not, and there is no other.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds since an arbitrary moment, the same for every process of this machine until it starts again."""
    return time.clock_gettime(_CLOCK)
