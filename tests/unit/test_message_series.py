"""Messages of a series wait for each other, and not for ever."""

from __future__ import annotations

import pytest

from orchestrator.originals import Arrival
from orchestrator.reading.series import MOST_BYTES, MOST_WAITING, WaitingSeries
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
def incomplete(clock: Seconds) -> WaitingSeries:
    """Nothing waits yet."""
    return WaitingSeries(clock)


def arrival(name: str) -> Arrival:
    """A message that is on disk; its name stands for its content."""
    return Arrival(name * 64, "mailbox", name, ())


def test_the_last_part_completes_a_series(incomplete: WaitingSeries) -> None:
    """Whatever the order in which the parts come, they are read together in theirs."""
    assert incomplete.add(Series("theft", 3, 3), arrival("c"), 1) == []
    assert incomplete.add(Series("theft", 1, 3), arrival("a"), 1) == []
    assert len(incomplete) == 1
    assert incomplete.add(Series("theft", 2, 3), arrival("b"), 1) == [
        (arrival("a"), arrival("b"), arrival("c"))
    ]


def test_other_series_do_not_mix(incomplete: WaitingSeries) -> None:
    """Parts of another report are no parts of this one."""
    incomplete.add(Series("theft", 1, 2), arrival("a"), 1)
    assert incomplete.add(Series("assault", 2, 2), arrival("b"), 1) == []
    assert incomplete.add(Series("theft", 2, 2), arrival("d"), 1) == [(arrival("a"), arrival("d"))]


def test_only_the_last_fragment_says_of_how_many(incomplete: WaitingSeries) -> None:
    """Fragments whose number is not known yet wait; the last completes them, also when it comes first."""
    assert incomplete.add(Series("one", 1, 0), arrival("a"), 1) == []
    assert incomplete.add(Series("one", 2, 0), arrival("b"), 1) == []
    assert incomplete.add(Series("one", 3, 3), arrival("c"), 1) == [
        (arrival("a"), arrival("b"), arrival("c"))
    ]
    assert incomplete.add(Series("two", 2, 2), arrival("e"), 1) == []
    assert incomplete.add(Series("two", 1, 0), arrival("d"), 1) == [(arrival("d"), arrival("e"))]


def test_a_part_that_comes_again_is_one(incomplete: WaitingSeries) -> None:
    """The same message twice does not complete a series of two."""
    incomplete.add(Series("theft", 1, 2), arrival("a"), 1)
    assert incomplete.add(Series("theft", 1, 2), arrival("a"), 1) == []
    assert incomplete.add(Series("theft", 2, 2), arrival("b"), 1) == [(arrival("a"), arrival("b"))]


def test_two_reports_under_one_subject_are_not_mixed(incomplete: WaitingSeries) -> None:
    """Two messages that are both the first: each is read by itself, and none waits for another's second."""
    incomplete.add(Series("theft", 1, 2), arrival("a"), 1)
    assert incomplete.add(Series("theft", 1, 2), arrival("b"), 1) == [(arrival("a"),), (arrival("b"),)]
    assert incomplete.add(Series("theft", 2, 2), arrival("c"), 1) == []


def test_a_series_that_is_too_large_is_read_one_by_one(incomplete: WaitingSeries) -> None:
    """All messages of a series are in memory at once: there is a limit, and what is above it is not lost."""
    incomplete.add(Series("theft", 1, 3), arrival("a"), MOST_BYTES)
    assert incomplete.add(Series("theft", 2, 3), arrival("b"), 1) == [(arrival("a"),), (arrival("b"),)]
    assert len(incomplete) == 0


def test_what_was_not_stored_is_given_out_again(incomplete: WaitingSeries, clock: Seconds) -> None:
    """A series is known until it is stored: where that failed, the last message again completes it again."""
    incomplete.add(Series("theft", 1, 2), arrival("a"), 1)
    group = (arrival("a"), arrival("b"))
    assert incomplete.add(Series("theft", 2, 2), arrival("b"), 1) == [group]
    assert incomplete.add(Series("theft", 2, 2), arrival("b"), 1) == [group]
    clock.turn(60)
    assert incomplete.overdue(60) == [group]
    incomplete.forget([group])
    assert len(incomplete) == 0


def test_a_series_waits_no_longer_than_it_may(incomplete: WaitingSeries, clock: Seconds) -> None:
    """What has waited for long enough is given out as it is, once."""
    incomplete.add(Series("theft", 1, 2), arrival("a"), 1)
    clock.turn(59)
    assert incomplete.overdue(60) == []
    clock.turn(1)
    assert incomplete.overdue(60) == [(arrival("a"),)]
    assert incomplete.overdue(60) == []


def test_only_so_many_series_wait(incomplete: WaitingSeries) -> None:
    """A sender of first parts without second ones does not fill the memory: the oldest wait no more."""
    for number in range(MOST_WAITING + 2):
        incomplete.add(Series(str(number), 1, 2), arrival(str(number)), 1)
    overdue = incomplete.overdue(60)
    assert overdue == [(arrival("0"),), (arrival("1"),)]
    incomplete.forget(overdue)
    assert len(incomplete) == MOST_WAITING
