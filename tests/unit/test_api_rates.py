"""How often somebody may ask."""

from __future__ import annotations

from orchestrator.web.api.rates import MOST_KEPT, Buckets
from tests.integration.store_world import FakeClock


class Seconds(FakeClock):
    """A clock that shows seconds."""

    def seconds(self) -> float:
        """Since some moment."""
        return self.now.timestamp()


def test_a_minutes_worth_and_then_as_time_passes() -> None:
    """A full bucket is a minute's worth at once; then each comes after its share of a minute."""
    clock = Seconds()
    buckets = Buckets(6, clock.seconds)
    for _ in range(6):
        assert buckets.wait("a") == 0
        buckets.take("a")
    assert buckets.wait("a") == 10
    clock.turn(9)
    assert 0 < buckets.wait("a") <= 1
    clock.turn(1.5)
    assert buckets.wait("a") == 0
    clock.turn(600)
    for _ in range(6):
        buckets.take("a")
    assert buckets.wait("a") > 0


def test_one_does_not_use_up_anothers() -> None:
    """Each key has a bucket of its own."""
    buckets = Buckets(1, Seconds().seconds)
    buckets.take("a")
    assert buckets.wait("a") > 0
    assert buckets.wait("b") == 0


def test_a_bucket_is_never_in_debt() -> None:
    """Whoever goes on all the same waits no longer than anybody who has used theirs up."""
    buckets = Buckets(60, Seconds().seconds)
    for _ in range(600):
        buckets.take("a")
    assert buckets.wait("a") == 1


def test_what_is_kept_is_bounded() -> None:
    """However many keys are tried, no more than so many buckets are in memory; those used last stay."""
    buckets = Buckets(1, Seconds().seconds)
    for number in range(MOST_KEPT + 5):
        buckets.take(number)
    assert buckets.wait(0) == 0
    assert buckets.wait(5) > 0
