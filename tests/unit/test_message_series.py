"""Messages of a series wait for each other, and not for ever."""

from __future__ import annotations

import pytest

from orchestrator.originals import Arrival
from orchestrator.reading.series import MOST_WAITING, Incomplete
from rpa.documents.mail.message import Series
from tests.integration.store_world import FakeClock


class Seconds(FakeClock):
    """A clock that counts seconds."""

    def __call__(self) -> float:  # type: ignore[override]
        """Since 1970."""
        return self.now.timestamp()


@pytest.fixture
def clock() -> Seconds:
    """A clock that stands still."""
    return Seconds()


@pytest.fixture
def incomplete(clock: Seconds) -> Incomplete:
    """Nothing waits yet."""
    return Incomplete(clock)


def arrival(name: str) -> Arrival:
    """A message that is on disk."""
    return Arrival("0" * 64, "mailbox", name, ())


def test_the_last_part_completes_a_series(incomplete: Incomplete) -> None:
    """Whatever the order in which the parts come, they are read together in theirs."""
    assert incomplete.add(Series("theft", 3, 3), arrival("c")) == ()
    assert incomplete.add(Series("theft", 1, 3), arrival("a")) == ()
    assert len(incomplete) == 1
    assert incomplete.add(Series("theft", 2, 3), arrival("b")) == (arrival("a"), arrival("b"), arrival("c"))
    assert len(incomplete) == 0


def test_other_series_do_not_mix(incomplete: Incomplete) -> None:
    """Parts of another report are no parts of this one."""
    incomplete.add(Series("theft", 1, 2), arrival("a"))
    assert incomplete.add(Series("assault", 2, 2), arrival("b")) == ()
    assert incomplete.add(Series("theft", 2, 2), arrival("d")) == (arrival("a"), arrival("d"))


def test_only_the_last_fragment_says_of_how_many(incomplete: Incomplete) -> None:
    """Fragments whose number is not known yet wait; the last completes them, also when it comes first."""
    assert incomplete.add(Series("one", 1, 0), arrival("a")) == ()
    assert incomplete.add(Series("one", 2, 0), arrival("b")) == ()
    assert incomplete.add(Series("one", 3, 3), arrival("c")) == (arrival("a"), arrival("b"), arrival("c"))
    assert incomplete.add(Series("two", 2, 2), arrival("e")) == ()
    assert incomplete.add(Series("two", 1, 0), arrival("d")) == (arrival("d"), arrival("e"))


def test_a_part_again_takes_the_place_of_itself(incomplete: Incomplete) -> None:
    """The same part sent twice does not complete a series of two."""
    incomplete.add(Series("theft", 1, 2), arrival("a"))
    assert incomplete.add(Series("theft", 1, 2), arrival("again")) == ()
    assert incomplete.add(Series("theft", 2, 2), arrival("b")) == (arrival("again"), arrival("b"))


def test_a_series_waits_no_longer_than_it_may(incomplete: Incomplete, clock: Seconds) -> None:
    """What has waited for long enough is given out as it is, once."""
    incomplete.add(Series("theft", 1, 2), arrival("a"))
    clock.turn(59)
    assert incomplete.overdue(60) == []
    clock.turn(1)
    assert incomplete.overdue(60) == [(arrival("a"),)]
    assert incomplete.overdue(0) == []


def test_only_so_many_series_wait(incomplete: Incomplete) -> None:
    """A sender of first parts without second ones does not fill the memory: the oldest wait no more."""
    for number in range(MOST_WAITING + 2):
        incomplete.add(Series(str(number), 1, 2), arrival(str(number)))
    assert incomplete.overdue(60) == [(arrival("0"),), (arrival("1"),)]
    assert len(incomplete) == MOST_WAITING
