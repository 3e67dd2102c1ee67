"""Changes in targets that a worker has met: the next report is planned around them at once, instead of finding out
again; after a while each control is tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rpa.plan import Unavailable


@dataclass
class KnownChanges:
    """Controls that turned out changed, by target, with the time of that. In memory: a worker that starts again
    finds out for itself."""

    remembered: timedelta = timedelta(minutes=10)
    _seen: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    def note(self, target: str, screen: str, control: str, now: datetime) -> None:
        """A control of a target is changed. One that is noted keeps its time, so that it is tried again."""
        if control:
            self._seen.setdefault((target, screen, control), now)

    def around(self, target: str, now: datetime) -> Unavailable:
        """The controls of a target to plan around now; those noted long ago are forgotten."""
        self._seen = {place: at for place, at in self._seen.items() if now - at < self.remembered}
        return frozenset((screen, control) for of, screen, control in self._seen if of == target)
